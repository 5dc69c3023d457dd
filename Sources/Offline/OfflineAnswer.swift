import Model

/// What the search says: the text of the answer, and the same findings as a table.
struct OfflineAnswer {
    var text: String
    var rows: [[JSONValue]]
    static let columns: [JSONValue] = ["file", "line", "in", "words"]

    /// The answer for these findings.
    init(question: String, terms: [String], reading: FolderReader.Reading, hits: [Hit]) {
        let files = reading.files
        let symbols = files.map(Symbols.of)
        var out: [String] = []
        rows = []
        if hits.isEmpty {
            out.append(
                terms.isEmpty
                    ? "The question names nothing to search for, so here is what lies in this folder."
                    : "None of the words \(OfflineAnswer.list(terms, limit: 8)) stands in the \(OfflineAnswer.count(files.count, "file")) of this folder."
            )
            out.append(contentsOf: OfflineAnswer.overview(files, symbols))
        } else {
            let inFiles = Set(hits.map(\.file)).count
            out.append(
                "\(OfflineAnswer.count(hits.count, "passage")) in \(OfflineAnswer.count(inFiles, "file")) fit best to: \(OfflineAnswer.list(terms, limit: 8))."
            )
            for (number, hit) in hits.enumerated() {
                let file = files[hit.file]
                let place = Symbols.enclosing(hit.line, of: symbols[hit.file], in: file)?.name
                out.append("")
                out.append("\(number + 1). \(file.path):\(hit.line)" + (place.map { " in `\($0)`" } ?? ""))
                out += OfflineAnswer.excerpt(file, around: hit.line)
                rows.append([
                    .string(file.path), .integer(Int64(hit.line)), .string(place ?? ""), .integer(Int64(hit.words)),
                ])
            }
        }
        out.append("")
        var summary =
            "Searched \(OfflineAnswer.count(files.count, "file")), \(OfflineAnswer.count(files.reduce(0) { $0 + $1.lines.count }, "line"))"
        if reading.skipped > 0 { summary += "; \(reading.skipped) left out (no text, or too large)" }
        if reading.isCut { summary += "; the folder holds more than is searched" }
        out.append(summary + ".")
        let named = OfflineAnswer.symbols(near: hits, symbols)
        if !named.isEmpty { out.append("Declared there: \(OfflineAnswer.list(named, limit: 10)).") }
        out.append("This is a full-text search by Tutti itself; no model was asked.")
        text = out.joined(separator: "\n")
    }

    /// The line and its neighbours, indented so that nothing in them is read as markup.
    private static func excerpt(_ file: SourceFile, around line: Int) -> [String] {
        let first = max(1, line - 1)
        let last = min(file.lines.count, line + 2)
        return (first...max(first, last)).compactMap { number in
            guard number <= file.lines.count else { return nil }
            let text = file.lines[number - 1]
            let cut = text.count > 160 ? text.prefix(159) + "…" : text[...]
            if cut.allSatisfy(\.isWhitespace) { return nil }
            return "    \(number == line ? ">" : " ") \(number)  \(cut)"
        }
    }

    /// What a folder is about when there is nothing to search for: its README, its files, its declarations.
    private static func overview(_ files: [SourceFile], _ symbols: [[Symbols.Symbol]]) -> [String] {
        var out: [String] = []
        let readme = files.first { $0.path.lowercased().hasPrefix("readme") }
        if let readme, let line = readme.lines.firstIndex(where: { !$0.hasPrefix("#") && $0.contains { $0.isLetter } })
        {
            let paragraph = readme.lines[line...].prefix { !$0.isEmpty }.prefix(4)
            out.append("")
            out.append("\(readme.path):\(line + 1) says:")
            out += paragraph.map { "    \($0.prefix(200))" }
        }
        if !files.isEmpty {
            out.append("")
            out.append("Files:")
            for (file, declared) in zip(files, symbols).prefix(12) {
                let names = declared.prefix(5).map { "\($0.name) (line \($0.line))" }
                out.append("- \(file.path):1" + (names.isEmpty ? "" : ": " + names.joined(separator: ", ")))
            }
            if files.count > 12 { out.append("- and \(files.count - 12) more") }
        }
        return out
    }

    private static func symbols(near hits: [Hit], _ symbols: [[Symbols.Symbol]]) -> [String] {
        var seen: Set<String> = []
        return hits.flatMap { symbols[$0.file].map(\.name) }.filter { seen.insert($0).inserted }
    }

    private static func list(_ words: [String], limit: Int) -> String {
        words.prefix(limit).joined(separator: ", ") + (words.count > limit ? " and \(words.count - limit) more" : "")
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
