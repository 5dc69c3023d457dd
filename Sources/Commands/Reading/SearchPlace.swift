import Model
import Store

/// The whole lines around a place that a search found.
enum SearchPlace {
    /// The first line that holds what the snippet marks, with `count` lines before and after it; empty when the text has
    /// changed since.
    static func lines(of hit: SearchHit, around count: Int, in reader: StoreReader) throws -> [String] {
        guard let word = marked(hit.snippet) else { return [] }
        for text in try texts(of: hit, reader) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard let place = lines.firstIndex(where: { $0.contains(word) }) else { continue }
            return lines[max(0, place - count)...min(lines.count - 1, place + count)].enumerated().map { index, line in
                index == min(place, count) ? mark(word, in: line) : line
            }
        }
        return []
    }

    private static func texts(of hit: SearchHit, _ reader: StoreReader) throws -> [String] {
        var texts: [String] = []
        if let session = hit.session {
            for block in try reader.blocks(session: session) where block.kind == hit.kind && block.name == hit.name {
                texts += [block.text, block.input].compactMap(\.self)
            }
        }
        if hit.role != .tool, let message = hit.message, let content = try reader.message(message)?.content {
            texts.append(content)
        }
        return texts
    }

    /// The first word between the marks.
    private static func marked(_ snippet: String) -> String? {
        guard let open = snippet.firstIndex(of: "«"), let close = snippet[open...].firstIndex(of: "»") else {
            return nil
        }
        return String(snippet[snippet.index(after: open)..<close])
    }

    private static func mark(_ word: String, in line: String) -> String {
        var rest = line[...]
        while !rest.isEmpty {
            if rest.hasPrefix(word) {
                return line[..<rest.startIndex] + "«" + word + "»" + rest.dropFirst(word.count)
            }
            rest = rest.dropFirst()
        }
        return line
    }
}
