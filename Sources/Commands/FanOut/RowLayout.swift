import Model

/// The columns of a run's rows on one surface. Narrow surfaces lose cost, then speed, then tokens, then the text.
struct RowLayout: Sendable {
    private let surface: Surface
    private let moduleWidth: Int
    private let showsCost: Bool
    private let showsRate: Bool
    private let showsTokens: Bool
    private let textWidth: Int

    private static let timeWidth = 7
    private static let tokensWidth = 12
    private static let rateWidth = 10
    private static let costWidth = 10
    private static let leastText = 24

    /// The columns for the rows of `progress` on `surface`.
    init(_ progress: RunProgress, _ surface: Surface) {
        self.surface = surface
        // The last column stays free: a character there makes some terminals wrap.
        let width = min(surface.width, 160) - 1
        let longest = progress.rows.reduce(6) { max($0, DisplayWidth.of(surface.safeLine($1.module))) }
        moduleWidth = min(longest, max(8, width / 4))
        var rest = width - (2 + surface.glyphs.width + 1) - moduleWidth - 2 - RowLayout.timeWidth - 3
        let wanted = RowLayout.leastText
        showsTokens = rest - RowLayout.tokensWidth >= wanted
        if showsTokens { rest -= RowLayout.tokensWidth }
        showsRate = showsTokens && rest - RowLayout.rateWidth >= wanted
        if showsRate { rest -= RowLayout.rateWidth }
        let hasCost = progress.cost != nil || progress.maxCost != nil
        showsCost = hasCost && showsRate && rest - RowLayout.costWidth >= wanted
        if showsCost { rest -= RowLayout.costWidth }
        textWidth = max(0, rest)
    }

    /// One row at `now`; `note` stands for the text of a row that waits.
    func line(_ row: RunProgress.Row, at now: Timestamp, note: String? = nil) -> String {
        let (sign, tint) = RowLayout.mark(row.standing, surface.glyphs)
        var line = "  " + surface.paint(DisplayWidth.pad(sign, to: surface.glyphs.width), tint) + " "
        line += DisplayWidth.pad(surface.cut(surface.safeLine(row.module), to: moduleWidth), to: moduleWidth) + "  "
        line += DisplayWidth.pad(time(row, now), to: RowLayout.timeWidth)
        if showsTokens {
            let tokens = row.usage.map { $0.total > 0 ? Amounts.tokens($0.total) + " tok" : "" } ?? ""
            line += DisplayWidth.pad(tokens, to: RowLayout.tokensWidth, right: true)
        }
        if showsRate {
            let rate = row.standing == .running ? row.rate.tokensPerSecond(at: now) : 0
            line += DisplayWidth.pad(rate > 0 ? "\(rate) t/s" : "", to: RowLayout.rateWidth, right: true)
        }
        if showsCost {
            let cost = row.usage?.cost.map { Amounts.money($0) } ?? ""
            line += DisplayWidth.pad(cost, to: RowLayout.costWidth, right: true)
        }
        let text = surface.cut(text(row, now, note), to: textWidth)
        if !text.isEmpty { line += "   " + surface.paint(text, row.standing == .failed ? .red : nil) }
        return line.trimmedEnd
    }

    /// The sign of a standing, and its colour.
    static func mark(_ standing: RunProgress.Standing, _ glyphs: Glyphs) -> (String, Tint?) {
        switch standing {
        case .queued: (glyphs.queued, .dim)
        case .retrying: (glyphs.retrying, .yellow)
        case .running: (glyphs.running, .cyan)
        case .needsInput: (glyphs.question, .magenta)
        case .completed: (glyphs.done, .green)
        case .failed: (glyphs.failed, .red)
        case .cancelled: (glyphs.failed, .yellow)
        case .skipped, .unneeded: (glyphs.none, .dim)
        }
    }

    private func time(_ row: RunProgress.Row, _ now: Timestamp) -> String {
        switch row.standing {
        case .queued: "queued"
        case .skipped: "skipped"
        case .unneeded: "not needed"
        case .retrying, .running, .needsInput, .completed, .failed, .cancelled:
            row.startedAt == nil ? "" : Amounts.clock(milliseconds: row.elapsed(at: now))
        }
    }

    private func text(_ row: RunProgress.Row, _ now: Timestamp, _ note: String?) -> String {
        let surface = surface
        switch row.standing {
        case .unneeded: return ""
        case .queued, .skipped: return note ?? (row.standing == .skipped ? surface.safeLine(row.failure ?? "") : "")
        case .retrying:
            let wait = max(0, (row.retryAt ?? now).milliseconds - now.milliseconds)
            let attempt =
                row.isRepair ? "repair" : "retry \(row.attempt)" + (row.attempts.map { "/\($0)" } ?? "")
            return "\(attempt) in \(Amounts.clock(milliseconds: wait)): "
                + surface.safeLine(row.failure ?? row.failureClass ?? "failed")
        case .needsInput: return "asks: " + surface.safeLine(row.question ?? "")
        case .running: return activity(row)
        case .completed: return row.beginning.isEmpty ? "done" : surface.safeLine(row.beginning)
        case .failed: return "failed: " + surface.safeLine(row.failure ?? row.failureClass ?? "no reason given")
        case .cancelled: return "cancelled"
        }
    }

    private func activity(_ row: RunProgress.Row) -> String {
        switch row.activity {
        case .nothing: "started"
        case .thinking: "thinking"
        case .tool(let call): surface.glyphs.tool + " " + surface.safeLine(call)
        case .text(let line): tail(surface.safeLine(line))
        case .status(let words): surface.safeLine(words)
        }
    }

    /// The end of a growing line, so that new words are seen arriving.
    private func tail(_ line: String) -> String {
        var excess = DisplayWidth.of(line) - textWidth
        guard excess > 0 else { return line }
        excess += DisplayWidth.of(surface.glyphs.cut)
        var rest = line[...]
        while excess > 0, let first = rest.first {
            excess -= DisplayWidth.of(first)
            rest = rest.dropFirst()
        }
        return surface.glyphs.cut + rest
    }
}
