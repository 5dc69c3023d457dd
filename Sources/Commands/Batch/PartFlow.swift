/// Pieces of text on as many lines as they need, none of them broken while it fits on a line of its own.
enum PartFlow {
    /// The lines, each at most `width` columns; `indent` stands before all but the first.
    static func lines(_ parts: [String], separator: String, width: Int, indent: String = "") -> [String] {
        var lines: [String] = []
        var current = ""
        for part in parts where !part.isEmpty {
            let joined = current.isEmpty ? part : current + separator + part
            if DisplayWidth.of(joined) <= width - (lines.isEmpty ? 0 : DisplayWidth.of(indent)) {
                current = joined
                continue
            }
            if !current.isEmpty { lines.append(trimmed(current + separator)) }
            let pieces = SideBySide.wrap(part, max(1, width - DisplayWidth.of(indent)))
            lines += pieces.dropLast()
            current = pieces.last ?? ""
        }
        if !current.isEmpty || lines.isEmpty { lines.append(current) }
        return lines.enumerated().map { $0 == 0 ? $1 : indent + $1 }
    }

    private static func trimmed(_ line: String) -> String {
        var rest = line[...]
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
