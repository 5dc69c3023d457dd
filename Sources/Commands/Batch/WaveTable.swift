/// The table of a plan: a row for each wave, whose jobs are on as many lines as they need.
struct WaveTable {
    /// One row.
    struct Row {
        /// `wave 1`
        var head: String
        /// The jobs in a few words each.
        var jobs: [String]
        /// The jobs that come first.
        var after: [String]
        var time: String
        var cost: String
        /// How much past is behind time and cost.
        var sessions: String
    }

    var rows: [Row]

    private static let gap = 2
    private static let leastJobs = 16
    private static let mostPiped = 100

    private struct Widths {
        var head: Int
        var jobs: Int
        var after: Int
        var time: Int
        var cost: Int
        var sessions: Int

        /// What the columns that are there take, with the gaps between them and the space before them.
        var fixed: Int {
            1 + [head, time, cost, sessions].reduce(0) { $0 + ($1 == 0 ? 0 : $1 + WaveTable.gap) } - WaveTable.gap
        }
    }

    /// The table as lines. Cells must be harmless already.
    func lines(on surface: Surface) -> [String] {
        let widths = widths(surface.isTerminal ? surface.width - 1 : WaveTable.mostPiped)
        return rows.flatMap { lines(of: $0, widths, surface) }
    }

    /// What has no room leaves, the least needed first; what is left of the width is for the jobs.
    private func widths(_ width: Int) -> Widths {
        func widest(_ cell: (Row) -> String) -> Int { rows.reduce(0) { max($0, DisplayWidth.of(cell($1))) } }
        let natural = (
            jobs: widest { $0.jobs.joined(separator: "  ") },
            after: widest { WaveTable.after($0).joined(separator: " ") }
        )
        var widths = Widths(
            head: widest(\.head), jobs: 0, after: natural.after, time: widest(\.time), cost: widest(\.cost),
            sessions: widest(\.sessions))
        func room() -> Int { width - widths.fixed - WaveTable.gap }
        let leastAfter = min(natural.after, 14)
        if room() < WaveTable.leastJobs + WaveTable.gap + leastAfter { widths.sessions = 0 }
        if room() < WaveTable.leastJobs + WaveTable.gap + leastAfter { widths.after = 0 }
        if room() < WaveTable.leastJobs { widths.cost = 0 }
        if room() < WaveTable.leastJobs { widths.time = 0 }
        if widths.after > 0 {
            let both = room() - WaveTable.gap
            if natural.jobs + natural.after > both {
                widths.after = min(natural.after, max(leastAfter, both / 3, both - natural.jobs))
            }
            widths.jobs = min(natural.jobs, both - widths.after)
        } else {
            widths.jobs = max(1, min(natural.jobs, room()))
        }
        // No wider than the lines that came of it.
        widths.jobs = rows.flatMap { PartFlow.lines($0.jobs, separator: "  ", width: widths.jobs) }
            .reduce(1) { max($0, DisplayWidth.of($1)) }
        return widths
    }

    private func lines(of row: Row, _ widths: Widths, _ surface: Surface) -> [String] {
        let jobs = PartFlow.lines(row.jobs, separator: "  ", width: widths.jobs)
        let after =
            widths.after == 0 ? [] : PartFlow.lines(WaveTable.after(row), separator: " ", width: widths.after)
        return (0..<max(jobs.count, after.count, 1)).map { index in
            var line = " " + surface.paint(DisplayWidth.pad(index == 0 ? row.head : "", to: widths.head), .bold)
            func add(_ text: String, _ width: Int, _ tint: Tint? = nil) {
                guard width > 0 else { return }
                line += String(repeating: " ", count: WaveTable.gap)
                line += surface.paint(text, tint) + String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
            }
            add(index < jobs.count ? jobs[index] : "", widths.jobs)
            add(index < after.count ? after[index] : "", widths.after, .dim)
            add(index == 0 ? row.time : "", widths.time)
            add(index == 0 ? row.cost : "", widths.cost)
            add(index == 0 ? row.sessions : "", widths.sessions, .dim)
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    private static func after(_ row: Row) -> [String] {
        guard !row.after.isEmpty else { return [] }
        return row.after.enumerated().map { index, name in
            (index == 0 ? "after " : "") + name + (index < row.after.count - 1 ? "," : "")
        }
    }
}
