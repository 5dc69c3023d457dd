import Model

/// The last line of the live picture: how much is done, how fast, for how much, and until when.
enum ProgressBar {
    /// The bar of `progress` at `now`; what does not fit leaves from the right.
    static func line(
        _ progress: RunProgress, history: [Int64], isPaused: Bool = false, on surface: Surface, now: Timestamp
    ) -> String {
        let width = min(surface.width, 160) - 1
        let barWidth = max(8, min(28, width / 4))
        let total = max(1, progress.rows.count)
        let full = min(barWidth, progress.finished * barWidth / total)
        let bar =
            surface.paint(String(repeating: surface.glyphs.barFull, count: full), .green)
            + surface.paint(String(repeating: surface.glyphs.barEmpty, count: barWidth - full), .dim)
        var used = 2 + barWidth
        var line = "  " + bar
        for (index, part) in parts(progress, history, isPaused, now).enumerated() {
            let gap = index < 2 ? "  " : "   "
            if used + gap.count + part.count > width { break }
            line += gap + part
            used += gap.count + part.count
        }
        return line
    }

    private static func parts(
        _ progress: RunProgress, _ history: [Int64], _ isPaused: Bool, _ now: Timestamp
    ) -> [String] {
        var parts = ["\(progress.finished)/\(progress.rows.count) done"]
        let words: [(RunProgress.Standing, String)] = [
            (.failed, "failed"), (.retrying, "retrying"), (.needsInput, "asking"),
        ]
        for (standing, word) in words where progress.count(standing) > 0 {
            parts.append("\(progress.count(standing)) \(word)")
        }
        let rate = progress.rate(at: now)
        if rate > 0 { parts.append("\(rate) t/s") }
        if let cost = progress.costWords {
            parts.append(cost + (progress.maxCost.map { " of " + Amounts.money($0) } ?? ""))
        }
        if isPaused {
            parts.append("paused")
        } else if let rest = progress.remainingMilliseconds(history: history), rest >= 1000 {
            parts.append("ETA " + Amounts.clock(milliseconds: rest))
        }
        return parts
    }
}
