import Model
import Store

/// The table of `ps`.
enum WorkTable {
    /// The lines over, of and under the table.
    static func lines(
        _ rows: [WorkRow], counts: StoreCounts, hidden: Int, showsAll: Bool, on surface: Surface, now: Timestamp
    ) -> [String] {
        var lines = [head(counts, surface)]
        if !rows.isEmpty {
            lines += table(rows, on: surface, now: now).lines(on: surface)
        }
        if hidden > 0 {
            lines.append(surface.paint("\(rows.count) shown of \(rows.count + hidden); all: tutti ps -a", .dim))
        } else if rows.isEmpty {
            lines.append(showsAll ? "nothing is recorded yet; try: tutti demo" : "nothing is running; all: tutti ps -a")
        }
        return lines
    }

    private static func head(_ counts: StoreCounts, _ surface: Surface) -> String {
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
        return surface.paint(line, .dim)
    }

    private static func table(_ rows: [WorkRow], on surface: Surface, now: Timestamp) -> Table {
        let hasRate = rows.contains { $0.rate(at: now) != nil && $0.state == "running" }
        let hasCost = rows.contains { !$0.costWords.isEmpty }
        var columns: [Table.Column] = [
            .init(title: "ID"), .init(title: "RUN", dropsAt: 5), .init(title: "MODULE"), .init(title: "STATE"),
            .init(title: "AGE", right: true, dropsAt: 1), .init(title: "TOKENS", right: true, dropsAt: 2),
        ]
        if hasRate { columns.append(.init(title: "T/S", right: true, dropsAt: 4)) }
        if hasCost { columns.append(.init(title: "COST", right: true, dropsAt: 3)) }
        columns.append(.init(title: "NOW", flexible: true, dropsAt: 6))
        var table = Table(columns)
        for row in rows {
            let tokens = row.session?.usage.usage.total ?? 0
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
