/// Finds the names that source files declare, well enough to say in what a line stands.
enum Symbols {
    /// One declared name.
    struct Symbol: Sendable, Hashable {
        var name: String
        /// Line number, from 1.
        var line: Int
        /// Blanks before it.
        var indent: Int
    }

    /// The declarations of a file, in its order.
    static func of(_ file: SourceFile) -> [Symbol] {
        var symbols: [Symbol] = []
        let isProse = isProse(file)
        for (index, line) in file.lines.enumerated() {
            let name = isProse ? heading(line) : declaration(line)
            if let name { symbols.append(Symbol(name: name, line: index + 1, indent: indent(line))) }
        }
        return symbols
    }

    /// The declaration that a line belongs to: its own, the nearest above that is indented less, or for a line at the
    /// margin the one that it is the comment of; in prose the heading above.
    static func enclosing(_ line: Int, of symbols: [Symbol], in file: SourceFile) -> Symbol? {
        if isProse(file) { return symbols.last { $0.line <= line } }
        let depth = indent(file.lines[line - 1])
        if depth == 0 { return symbols.first { $0.indent == 0 && (line...line + 3).contains($0.line) } }
        return symbols.last { $0.line == line || $0.line < line && $0.indent < depth }
    }

    private static func isProse(_ file: SourceFile) -> Bool {
        [".md", ".txt", ".rst", ".adoc"].contains { file.path.hasSuffix($0) }
    }

    private static func indent(_ line: String) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }

    private static func heading(_ line: String) -> String? {
        guard line.hasPrefix("#") else { return nil }
        let title = line.drop { $0 == "#" }.drop { $0 == " " }
        return title.isEmpty ? nil : String(title.prefix(60))
    }

    private static func declaration(_ line: String) -> String? {
        guard line.utf8.count < 400 else { return nil }
        let trimmed = line.drop { $0 == " " || $0 == "\t" }
        // Deeply indented lines are code inside of something, not its declaration.
        guard line.count - trimmed.count <= 8 else { return nil }
        var words = trimmed.split(maxSplits: 8, whereSeparator: { $0 == " " || $0 == "\t" })[...]
        while let word = words.first, modifiers.contains(word) || word.hasPrefix("@") && words.count > 1 {
            words = words.dropFirst()
        }
        guard words.count >= 2, let keyword = words.first, keywords.contains(keyword) else { return nil }
        var rest = words.dropFirst().joined(separator: " ")[...]
        // Go puts a receiver between `func` and the name.
        if keyword == "func", rest.first == "(" { rest = rest.drop { $0 != ")" }.dropFirst().drop { $0 == " " } }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "$" }
        guard let first = name.first, first.isLetter || first == "_" || first == "$" else { return nil }
        // `const` and the like only count when they hold a function.
        if ["const", "let", "var"].contains(keyword), !rest.contains("=>"), !rest.contains("function") { return nil }
        return String(name)
    }

    private static let modifiers: Set<Substring> = [
        "export", "default", "public", "private", "protected", "internal", "package", "open", "static", "final",
        "async",
        "abstract", "override", "pub", "pub(crate)", "unsafe", "extern", "inline", "virtual", "mutating", "nonisolated",
    ]
    private static let keywords: Set<Substring> = [
        "func", "fn", "def", "function", "class", "struct", "enum", "interface", "protocol", "trait", "impl", "actor",
        "extension", "type", "module", "namespace", "object", "record", "const", "let", "var", "sub", "defmodule",
    ]
}
