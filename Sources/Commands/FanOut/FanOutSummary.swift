import Model

/// What stays on the screen when a run is over: the sums, the failures last, and what to type next.
enum FanOutSummary {
    /// The block under the answers.
    static func lines(_ progress: RunProgress, on surface: Surface) -> [String] {
        let width = min(surface.width - 1, 96)
        var lines: [String] = []
        let answered = progress.rows.filter { $0.standing == .completed }.map { surface.safeLine($0.module) }
        if answered.count > 1 {
            lines.append("  answers   " + surface.cut(answered.joined(separator: ", "), to: max(8, width - 12)))
        }
        lines.append(surface.rule(width))
        lines += sums(progress, width)
        for row in progress.rows where row.standing == .failed || row.standing == .cancelled {
            lines.append(failure(row, on: surface, width: width))
        }
        if let run = progress.run?.short { lines.append(next(run, progress, width)) }
        return lines
    }

    private static func sums(_ progress: RunProgress, _ width: Int) -> [String] {
        var states: [String] = []
        let words: [(RunProgress.Standing, String)] = [
            (.completed, "completed"), (.failed, "failed"), (.cancelled, "cancelled"), (.skipped, "skipped"),
            (.unneeded, "not needed"),
        ]
        for (standing, word) in words where progress.count(standing) > 0 {
            states.append("\(progress.count(standing)) \(word)")
        }
        var elapsed: Int64 = 0
        if let start = progress.startedAt, let end = progress.finishedAt {
            elapsed = end.milliseconds - start.milliseconds
        }
        var parts = [
            "\(Amounts.count(progress.rows.count, "session")): " + states.joined(separator: ", ")
        ]
        if progress.tokens > 0 { parts.append(Amounts.tokens(progress.tokens) + " tok") }
        if let cost = progress.costWords { parts.append(cost) }
        if progress.peak > 0 { parts.append("peak \(progress.peak) running") }
        var lines: [String] = []
        var line = "  Summary [ \(Amounts.clock(milliseconds: elapsed)) ]"
        for (index, part) in parts.enumerated() {
            let gap = index == 0 ? "  " : "   "
            if line.count + gap.count + part.count > width {
                lines.append(line)
                line = "    " + part
            } else {
                line += gap + part
            }
        }
        return lines + [line]
    }

    private static func failure(_ row: RunProgress.Row, on surface: Surface, width: Int) -> String {
        let (word, tint): (String, Tint) = row.standing == .failed ? ("failed", .red) : ("cancelled", .yellow)
        var text = surface.safeLine(row.module) + "  " + word
        if row.standing == .failed, row.attempt > 1 { text += " after \(row.attempt) attempts" }
        if let reason = row.failure, row.standing == .failed { text += ": " + surface.safeLine(Answers.reason(reason)) }
        let command = row.session.map { "tutti logs \($0.short)" } ?? ""
        let sign = "  " + surface.paint(DisplayWidth.pad(surface.glyphs.failed, to: surface.glyphs.width), tint) + " "
        let room = width - 3 - surface.glyphs.width - (command.isEmpty ? 0 : command.count + 3)
        let cut = surface.cut(text, to: max(12, room))
        return (sign + DisplayWidth.pad(cut, to: max(12, room)) + (command.isEmpty ? "" : "   " + command)).trimmedEnd
    }

    private static func next(_ run: String, _ progress: RunProgress, _ width: Int) -> String {
        var line = "  next:  tutti show \(run)"
        let again = progress.count(.cancelled) > 0 ? "tutti retry \(run)" : "tutti retry \(run) --failed"
        let failed = progress.count(.failed) + progress.count(.cancelled) > 0
        for part in (failed ? [again] : []) + ["tutti logs \(run)", "tutti usage --run \(run)"] {
            if line.count + 4 + part.count > width { break }
            line += "    " + part
        }
        return line
    }
}
