import Model

/// A table of text whose columns line up, whatever the width of its characters.
struct Table: Sendable {
    /// One column: its title, where its text stands, and how it gives way when the surface is narrow.
    struct Column: Sendable {
        var title: String
        var right = false
        /// The column that is cut when the table is wider than the surface.
        var flexible = false
        /// Columns with a higher number leave first when even the cut column has no room; 0 never leaves.
        var dropsAt = 0
    }

    /// One cell: text and its colour.
    struct Cell: Sendable, ExpressibleByStringLiteral {
        var text: String
        var tint: Tint?

        /// A cell that shows `text` in `tint`.
        init(_ text: String, _ tint: Tint? = nil) {
            self.text = text
            self.tint = tint
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    var columns: [Column]
    var rows: [[Cell]] = []

    /// A table with these columns.
    init(_ columns: [Column]) { self.columns = columns }

    private static let leastFlexible = 12
    private static let mostPiped = 100

    /// The table as lines: the titles, then a line for each row. Text is made harmless and cut to the surface.
    func lines(on surface: Surface, titles: Bool = true) -> [String] {
        var shown = Array(columns.indices)
        let safe = rows.map { row in row.map { Cell(surface.safeLine($0.text), $0.tint) } }
        var widths = columns.indices.map { index in
            safe.reduce(titles ? DisplayWidth.of(surface.safeLine(columns[index].title)) : 0) {
                index < $1.count ? max($0, DisplayWidth.of($1[index].text)) : $0
            }
        }
        if surface.isTerminal {
            fit(&shown, &widths, surface.width)
        } else {
            // A pipe has no width, but a row must stay readable.
            for index in columns.indices where columns[index].flexible {
                widths[index] = min(widths[index], Table.mostPiped)
            }
        }
        var lines: [String] = []
        if titles {
            lines.append(surface.paint(line(shown, widths, surface) { surface.safeLine(columns[$0].title) }, .bold))
        }
        for row in safe {
            lines.append(
                line(shown, widths, surface) { index in
                    index < row.count ? row[index].text : ""
                } tint: { index in
                    index < row.count ? row[index].tint : nil
                })
        }
        return lines
    }

    private func fit(_ shown: inout [Int], _ widths: inout [Int], _ width: Int) {
        func total() -> Int { shown.reduce(0) { $0 + widths[$1] } + max(0, shown.count - 1) * 2 }
        func flexible() -> Int? { shown.last { columns[$0].flexible } }
        let whole = widths
        while total() > width {
            if let index = flexible(), widths[index] > Table.leastFlexible {
                widths[index] = max(Table.leastFlexible, widths[index] - (total() - width))
                continue
            }
            guard
                let leaving = shown.filter({ columns[$0].dropsAt > 0 }).max(by: {
                    columns[$0].dropsAt < columns[$1].dropsAt
                })
            else { break }
            shown.removeAll { $0 == leaving }
            // What it leaves is for the text that was cut before it.
            if let index = flexible() { widths[index] = whole[index] }
        }
    }

    private func line(
        _ shown: [Int], _ widths: [Int], _ surface: Surface, text: (Int) -> String, tint: (Int) -> Tint? = { _ in nil }
    ) -> String {
        var result = ""
        for (place, index) in shown.enumerated() {
            let cut = surface.cut(text(index), to: widths[index])
            let blanks = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(cut)))
            let painted = surface.paint(cut, tint(index))
            if columns[index].right {
                result += blanks + painted
            } else if place == shown.count - 1 {
                result += painted
            } else {
                result += painted + blanks
            }
            if place < shown.count - 1 { result += "  " }
        }
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}

extension Table {
    /// The table that an agent gave whole; nil when the event tells of none.
    init?(_ event: Event) {
        guard let columns = event.data["columns"]?.array, !columns.isEmpty else { return nil }
        self.init(columns.enumerated().map { Column(title: $1.cell, flexible: $0 == columns.count - 1) })
        rows = (event.data["rows"]?.array ?? []).map { row in (row.array ?? []).map { Cell($0.cell) } }
    }
}
