/// The signs that stand before words: one set for Unicode terminals, one for all others. A sign never stands alone.
struct Glyphs: Sendable, Hashable {
    var done: String
    var failed: String
    var running: String
    var question: String
    var queued: String
    var retrying: String
    var tool: String
    var warning: String
    var none: String
    var cut: String
    var rule: String
    var barFull: String
    var barEmpty: String
    /// Parts of a timeline: an attempt that failed, one that still runs, and waiting.
    var barFailed: String
    var barRuns: String
    var barWaits: String
    var markBegin: String
    var markEnd: String

    /// Signs of one column each.
    static let unicode = Glyphs(
        done: "✓", failed: "✗", running: "●", question: "◆", queued: "○", retrying: "↻", tool: "▸", warning: "!",
        none: "-", cut: "…", rule: "─", barFull: "█", barEmpty: "░", barFailed: "▒", barRuns: "▓", barWaits: "·",
        markBegin: "«", markEnd: "»")

    /// Signs for a locale without UTF-8, a `TUTTI_ASCII=1`, or a reader of screens.
    static let ascii = Glyphs(
        done: "ok", failed: "!!", running: "..", question: "??", queued: "--", retrying: "<>", tool: ">",
        warning: "!", none: "-", cut: "..", rule: "-", barFull: "#", barEmpty: ".", barFailed: "x", barRuns: "=",
        barWaits: ".", markBegin: "[",
        markEnd: "]")

    /// Columns that the widest sign of a state takes.
    var width: Int { DisplayWidth.of(done) }
}
