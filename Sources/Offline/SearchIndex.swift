import GRDB

/// A passage that was found.
struct Hit: Sendable, Hashable {
    /// Position in the list of files.
    var file: Int
    /// The line that fits best, from 1.
    var line: Int
    /// How many different words of the question stand in the passage.
    var words: Int
    /// Higher fits better.
    var score: Double
}

/// Full-text search over files, in memory: SQLite's FTS5 finds and ranks passages, the best line of each is picked here.
struct SearchIndex {
    private static let height = 10
    private static let step = 6

    private let files: [SourceFile]
    private let database: DatabaseQueue
    private var places: [(file: Int, line: Int)] = []

    /// Indexes `files`.
    init(_ files: [SourceFile]) throws {
        self.files = files
        database = try DatabaseQueue()
        var places: [(file: Int, line: Int)] = []
        try database.writeWithoutTransaction { db in
            // The passages are in memory already, so the index keeps no text of its own.
            try db.execute(
                sql: "CREATE VIRTUAL TABLE passages USING fts5(path, words, content='', tokenize='porter unicode61')")
            try db.inTransaction {
                let insert = try db.cachedStatement(sql: "INSERT INTO passages(rowid, path, words) VALUES (?, ?, ?)")
                for (number, file) in files.enumerated() {
                    let path = Words.split(file.path).joined(separator: " ")
                    for start in stride(from: 0, to: max(1, file.lines.count), by: SearchIndex.step) {
                        let end = min(file.lines.count, start + SearchIndex.height)
                        let words = file.lines[start..<end].flatMap { Words.split($0.prefix(500)) }
                        guard !words.isEmpty else { continue }
                        places.append((number, start))
                        try insert.execute(arguments: [places.count, path, words.joined(separator: " ")])
                        if end == file.lines.count { break }
                    }
                }
                return .commit
            }
        }
        self.places = places
    }

    /// How many passages there are.
    var count: Int { places.count }

    /// The best passages for `terms`, best first, at most `limit`, at most two of one file, none over another.
    func search(_ terms: [String], limit: Int) throws -> [Hit] {
        guard !terms.isEmpty, !places.isEmpty else { return [] }
        // Every word in quotes: whatever it holds, it is a word and no operator.
        let query = terms.map { "\"\($0.replacing("\"", with: ""))\"" }.joined(separator: " OR ")
        let rows = try database.read { db in
            try Row.fetchAll(
                db,
                sql:
                    "SELECT rowid, bm25(passages, 4.0, 1.0) FROM passages WHERE passages MATCH ? ORDER BY 2, 1 LIMIT 400",
                arguments: [query])
        }
        let stems = Set(terms.map(Words.stem))
        var hits: [Hit] = rows.map { row in
            let rank: Double = row[1]
            let (file, start) = places[(row[0] as Int) - 1]
            return bestLine(file, start, stems, rank: rank)
        }
        // A passage with more of the question's words says more than one that repeats a single rare word.
        hits.sort { ($0.score, -$0.file, -$0.line) > ($1.score, -$1.file, -$1.line) }
        var chosen: [Hit] = []
        for hit in hits where chosen.count < limit {
            let ofFile = chosen.filter { $0.file == hit.file }
            if ofFile.count < 2, ofFile.allSatisfy({ abs($0.line - hit.line) > 4 }) { chosen.append(hit) }
        }
        return chosen
    }

    private func bestLine(_ file: Int, _ start: Int, _ stems: Set<String>, rank: Double) -> Hit {
        let lines = files[file].lines
        var all: Set<String> = []
        var best = (line: start, count: -1)
        for line in start..<min(lines.count, start + SearchIndex.height) {
            let found = Set(Words.split(lines[line].prefix(500)).map(Words.stem)).intersection(stems)
            all.formUnion(found)
            if found.count > best.count { best = (line, found.count) }
        }
        let score = Double(all.count) * 2 + Double(max(0, best.count)) - rank
        return Hit(file: file, line: best.line + 1, words: all.count, score: score)
    }
}
