import Model
import Store

/// The table of `ps`.
enum WorkTable {
    /// How much of what there is stands in the table.
    struct Extent: Sendable {
        /// What is over was wanted too.
        var showsAll = true
        var shown = 0
        /// Jobs that were asked for.
        var matching = 0
        /// Jobs of these modules and times, whether they are over or not.
        var existing = 0
        /// Older jobs that no condition and no order was applied to.
        var unexamined = 0
        /// What only a person opens.
        var closed: [ClosedPool] = []

        /// What was asked for and is not shown, in words.
        var cuts: [String] {
            var lines: [String] = []
            if shown < matching { lines.append("\(shown) shown of \(matching); more: --limit \(matching)") }
            if unexamined > 0 {
                lines.append("\(Amounts.count(unexamined, "older job")) not looked at; --since, --run and -m narrow")
            }
            return lines
        }
    }

    /// The lines over, of and under the table.
    static func lines(
        _ rows: [WorkRow], counts: StoreCounts, extent: Extent, on surface: Surface, now: Timestamp
    ) -> [String] {
        var lines = [surface.paint(head(counts), .dim)]
        if !extent.closed.isEmpty {
            lines.append(surface.paint(ClosedPools.words(extent.closed, on: surface), .yellow))
        }
        if !rows.isEmpty {
            lines += table(rows, on: surface, now: now).lines(on: surface)
        }
        lines += extent.cuts.map { surface.paint($0, .dim) }
        if extent.matching < extent.existing, !extent.showsAll {
            lines.append(surface.paint("\(rows.count) shown of \(extent.existing); all: tutti ps -a", .dim))
        } else if rows.isEmpty {
            lines.append(
                extent.existing > 0
                    ? "nothing is like that"
                    : extent.showsAll
                        ? "nothing is recorded yet; try: tutti demo" : "nothing is running; all: tutti ps -a")
        }
        return lines
    }

    /// How much there is of what, and what today cost.
    static func head(_ counts: StoreCounts) -> String {
        var parts = ["\(counts.queued) queued", "\(counts.running) running"]
        if counts.needsInput > 0 { parts.append("\(counts.needsInput) needs input") }
        parts.append("\(counts.failed) failed")
        var line = parts.joined(separator: "   ")
        if counts.usage.knownCost > .zero {
            line +=
                "     today " + Amounts.money(counts.usage.knownCost) + (counts.usage.hasUnknownCost ? " and more" : "")
        } else if counts.usage.usage.total > 0 {
            line += "     today " + Amounts.tokens(counts.usage.usage.total) + " tokens"
        }
        return line
    }

    /// The rows under their titles. With `keepsActivity` a narrow surface loses the run's name before what is done now.
    static func table(
        _ rows: [WorkRow], on surface: Surface, now: Timestamp, keepsActivity: Bool = false
    ) -> Table {
        let hasRate = rows.contains { $0.rate(at: now) != nil && $0.state == "running" }
        let hasCost = rows.contains { !$0.costWords.isEmpty }
        var columns: [Table.Column] = [
            .init(title: "ID"), .init(title: "RUN", dropsAt: keepsActivity ? 7 : 5), .init(title: "MODULE"),
            .init(title: "STATE"),
            .init(title: "AGE", right: true, dropsAt: 1), .init(title: "TOKENS", right: true, dropsAt: 2),
        ]
        if hasRate { columns.append(.init(title: "T/S", right: true, dropsAt: 4)) }
        if hasCost { columns.append(.init(title: "COST", right: true, dropsAt: 3)) }
        columns.append(.init(title: "NOW", flexible: true, dropsAt: 6))
        var table = Table(columns)
        for row in rows {
            let tokens = row.usage?.usage.total ?? 0
            var cells: [Table.Cell] = [
                Table.Cell((row.session?.id ?? row.job.id).short),
                Table.Cell(
                    DisplayWidth.cut(row.job.runName ?? row.job.run.short, to: 16, mark: surface.glyphs.cut), .dim),
                Table.Cell(DisplayWidth.cut(row.job.module ?? row.job.kind, to: 24, mark: surface.glyphs.cut)),
                StateMark.cell(row.state, surface.glyphs),
                Table.Cell(Amounts.age(milliseconds: row.age(at: now))),
                Table.Cell(tokens > 0 ? Amounts.tokens(tokens) : ""),
            ]
            if hasRate {
                cells.append(Table.Cell(row.state == "running" ? row.rate(at: now).map { "\($0)" } ?? "" : ""))
            }
            if hasCost { cells.append(Table.Cell(row.costWords)) }
            cells.append(Table.Cell(row.activity(at: now), row.state == "failed" ? .red : nil))
            table.rows.append(cells)
        }
        return table
    }
}
