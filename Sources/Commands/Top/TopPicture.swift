import Model
import Store

/// The screen of `tutti top`: exactly as many lines as the terminal has, each narrower than it.
enum TopPicture {
    /// Lines around the rows: counts, order and filter, titles, keys.
    private static let around = 4

    /// How many rows fit on `surface`.
    static func height(on surface: Surface) -> Int { max(1, surface.height - around) }

    /// The lines of the machine's state.
    static func lines(_ top: TopMachine, on surface: Surface, now: Timestamp) -> [String] {
        var lines: [String]
        switch top.mode {
        case .help: lines = help(surface)
        case .page: lines = page(top, surface)
        default: lines = list(top, surface, now)
        }
        let most = max(1, surface.height - 1)
        lines = Array(lines.prefix(most))
        lines += Array(repeating: "", count: most - lines.count)
        return lines + [foot(top, surface)]
    }

    private static func list(_ top: TopMachine, _ surface: Surface, _ now: Timestamp) -> [String] {
        let height = height(on: surface)
        let start = top.window(height)
        let visible = Array(top.shown.dropFirst(start).prefix(height))
        var inner = surface
        inner.width = surface.width - 3
        var lines = [
            cut(WorkTable.head(top.counts), surface, .bold), status(top, start, visible.count, surface),
        ]
        guard !visible.isEmpty else {
            return lines + [
                "", "  " + (top.filter.isEmpty ? "nothing runs and nothing waits" : "nothing is like that"),
            ]
        }
        let table = WorkTable.table(visible, on: inner, now: now, keepsActivity: true).lines(on: inner)
        for (index, line) in table.enumerated() {
            let isMarked = index > 0 && visible[index - 1].job.id == top.selected
            lines.append((isMarked ? surface.paint(">", .cyan) + " " : "  ") + line)
        }
        return lines
    }

    private static func status(_ top: TopMachine, _ start: Int, _ count: Int, _ surface: Surface) -> String {
        if case .filtering = top.mode {
            let problem = top.filterProblem.map { "   " + $0 } ?? ""
            return cut("/" + surface.safeLine(top.filter) + "_" + problem, surface)
        }
        var parts = ["by \(top.order.rawValue)"]
        if !top.filter.isEmpty { parts.append("like " + surface.safeLine(top.filter)) }
        if count < top.shown.count { parts.append("\(start + 1) to \(start + count) of \(top.shown.count)") }
        if top.showsAll { parts.append("with what is over") }
        return cut(parts.joined(separator: "   "), surface, .dim)
    }

    private static func page(_ top: TopMachine, _ surface: Surface) -> [String] {
        guard !top.page.isEmpty else { return ["nothing is known of it yet"] }
        return Array(top.page.dropFirst(top.pageTop).prefix(surface.height - 1))
    }

    private static func foot(_ top: TopMachine, _ surface: Surface) -> String {
        switch top.mode {
        case .confirming(_, let question):
            return cut(surface.safeLine(question) + "   y: yes   any other key: no", surface, .bold)
        case .filtering:
            return cut(
                "words, or conditions such as state=running 'cost>0.05'   enter: keep   esc: as before", surface, .dim)
        case .page: return cut("q: back   j k space b g G: move", surface, .dim)
        case .help: return cut("any key: back", surface, .dim)
        case .list:
            guard top.message.isEmpty else { return cut(surface.safeLine(top.message), surface, .yellow) }
            return cut("q quit   ? help   / filter   enter open   c cancel   r retry   s sort   a all", surface, .dim)
        }
    }

    private static let keys: [(String, String)] = [
        ("j k, arrows", "the next and the one before; space and b by screens, g and G to the ends"),
        ("enter", "what it said so far, as tutti show has it"),
        ("/", "only rows like this: words, or state=running module~pay age>2m"),
        ("esc", "no filter any more"),
        ("s", "another order: state, age, tokens, cost, module"),
        ("a", "what is over, too; otherwise only for ten minutes"),
        ("c", "cancel, after a question"),
        ("r", "ask again what failed or was cancelled, after a question"),
        ("q, Ctrl+C", "leave; what runs goes on"),
    ]

    private static func help(_ surface: Surface) -> [String] {
        [cut("tutti top", surface, .bold), ""]
            + keys.map { cut("  " + DisplayWidth.pad($0, to: 12) + "  " + $1, surface) }
    }

    private static func cut(_ text: String, _ surface: Surface, _ tint: Tint? = nil) -> String {
        surface.paint(surface.cut(text, to: surface.width - 1), tint)
    }
}

/// Lines of any length as lines of a screen.
enum ScreenLines {
    /// `lines` without colours, tabs as blanks, broken where they would pass `width` columns.
    static func broken(_ lines: [String], to width: Int) -> [String] {
        lines.flatMap { line -> [String] in
            var (result, piece, used): ([String], String, Int) = ([], "", 0)
            for character in line {
                let shown = character == "\t" ? "    " : String(character)
                let columns = DisplayWidth.of(shown)
                if used + columns > width {
                    result.append(piece)
                    (piece, used) = ("", 0)
                }
                piece += shown
                used += columns
            }
            return result + [piece]
        }
    }
}
