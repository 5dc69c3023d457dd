internal import GRDB
internal import Model

extension StoreReader {
    /// So many of the newest places are ranked: the best of them come first. Fewer where each must be looked up first.
    private static let ranked = (all: 1000, chosen: 150)

    /// Full-text search, best first; what still streams is found too, and stands before the rest.
    ///
    /// Plain text never is an error; with `isSyntax` a query that FTS5 does not understand throws a `TuttiError`.
    package func search(_ query: SearchQuery) throws -> [SearchHit] {
        let terms = SearchTerms(query.text)
        guard query.limit > 0, query.isSyntax || !terms.phrases.isEmpty else { return [] }
        let live = query.isSyntax ? [] : try liveHits(terms, query)
        return try understanding(query) {
            Array((live + (try storedHits(query.isSyntax ? query.text : terms.match, query))).prefix(query.limit))
        }
    }

    /// How many places ``search(_:)`` would find without a limit.
    package func searchCount(_ query: SearchQuery) throws -> Int {
        let terms = SearchTerms(query.text)
        guard query.isSyntax || !terms.phrases.isEmpty else { return 0 }
        var unlimited = query
        unlimited.limit = .max
        let live = query.isSyntax ? 0 : try liveHits(terms, unlimited).count
        let conditions = conditions(query)
        let stored = try understanding(query) {
            try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM blocks_search f \(Self.join(conditions))
                    WHERE f.blocks_search MATCH ?\(conditions.continuation)
                    """, arguments: [query.isSyntax ? query.text : terms.match] + conditions.arguments)
        }
        return live + (stored ?? 0)
    }

    /// Turns what FTS5 says of a query that a person wrote in its syntax into an error for that person.
    private func understanding<Value>(_ query: SearchQuery, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as DatabaseError
            where query.isSyntax && error.resultCode == .SQLITE_ERROR
        {
            throw TuttiError(
                .usage, "The search \(query.text) is not understood: \(error.message ?? "syntax error")",
                hint: "leave --syntax away to search for plain words, or see https://sqlite.org/fts5.html")
        }
    }

    private static let columns = """
        b.kind AS kind, b.name AS name, b.role AS role, b.module AS module, b.started_at AS at, m.id AS message,
        (SELECT id FROM threads WHERE row = m.thread) AS thread, s.id AS session,
        (SELECT id FROM jobs WHERE row = coalesce(s.job, m.job)) AS job, r.id AS run, r.name AS run_name
        """
    private static let joins = """
        LEFT JOIN message_rows m ON m.row = b.message LEFT JOIN sessions s ON s.row = b.session
        LEFT JOIN runs r ON r.row = b.run
        """

    private func conditions(_ query: SearchQuery) -> Conditions {
        var conditions = Conditions()
        conditions.anyOf("b.module", query.modules)
        conditions.anyOf("b.role", query.roles.map(\.rawValue))
        conditions.anyOf(
            "id", query.runs.map(\.text), around: "b.run IN (SELECT row FROM runs WHERE %)")
        if let since = query.since { conditions.add("b.started_at >= ?", since.milliseconds) }
        conditions.anyOf("state", query.states, around: "b.session IN (SELECT row FROM sessions WHERE %)")
        return conditions
    }

    /// Without a condition the index alone tells the places.
    private static func join(_ conditions: Conditions) -> String {
        conditions.clause.isEmpty ? "" : "JOIN blocks b ON b.row = f.rowid"
    }

    private func storedHits(_ match: String, _ query: SearchQuery) throws -> [SearchHit] {
        let conditions = conditions(query)
        // Only the newest are ranked: the rank of all places of a common word would take longer than a person waits.
        let join = Self.join(conditions)
        let newest = try Int64.fetchAll(
            db,
            sql: """
                SELECT f.rowid FROM blocks_search f \(join) WHERE f.blocks_search MATCH ?\(conditions.continuation)
                ORDER BY f.rowid DESC LIMIT ?
                """,
            arguments: [match] + conditions.arguments + [
                conditions.clause.isEmpty ? Self.ranked.all : Self.ranked.chosen
            ])
        guard let oldest = newest.last, let latest = newest.first else { return [] }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(Self.columns), f.snippet AS snippet FROM (
                    SELECT f.rowid AS row, snippet(blocks_search, -1, '«', '»', '…', 16) AS snippet, f.rank AS rank
                    FROM blocks_search f \(join)
                    WHERE f.blocks_search MATCH ? AND f.rowid BETWEEN ? AND ?\(conditions.continuation)
                    ORDER BY f.rank LIMIT ?) f
                JOIN blocks b ON b.row = f.row \(Self.joins) ORDER BY f.rank, f.row DESC
                """, arguments: [match, oldest, latest] + conditions.arguments + [query.limit])
        return rows.map { hit($0, snippet: $0["snippet"], isLive: false) }
    }

    /// Text of blocks that are not whole yet stands in no index: it is looked through.
    private func liveHits(_ terms: SearchTerms, _ query: SearchQuery) throws -> [SearchHit] {
        var conditions = Conditions()
        conditions.anyOf("m.module", query.modules)
        conditions.anyOf("m.role", query.roles.map(\.rawValue))
        conditions.anyOf("r.id", query.runs.map(\.text))
        conditions.anyOf("s.state", query.states)
        if let since = query.since { conditions.add("m.created_at >= ?", since.milliseconds) }
        // A first sieve inside SQLite for plain letters; words and accents are looked at afterwards.
        for phrase in terms.phrases where phrase.utf8.allSatisfy({ $0 < 0x80 }) && !phrase.contains(" ") {
            conditions.add("text LIKE '%' || ? || '%'", phrase)
        }
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT 'text' AS kind, NULL AS name, m.role AS role, m.module AS module, m.created_at AS at, m.id AS message,
                    (SELECT id FROM threads WHERE row = m.thread) AS thread, s.id AS session,
                    (SELECT id FROM jobs WHERE row = m.job) AS job, r.id AS run, r.name AS run_name, text
                FROM (SELECT m.row AS row, (SELECT group_concat(text, '') FROM (SELECT p.text FROM message_parts p
                        WHERE p.message_id = m.row AND p.n > 0
                            AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.message = m.row AND b.ordinal = p.block)
                        ORDER BY p.block, p.n)) AS text
                    FROM message_rows m WHERE m.status = 'processing') open
                JOIN message_rows m ON m.row = open.row LEFT JOIN sessions s ON s.row = m.session
                LEFT JOIN runs r ON r.row = s.run
                WHERE text IS NOT NULL\(conditions.continuation) ORDER BY m.row DESC
                """, arguments: conditions.arguments)
        var hits: [SearchHit] = []
        while hits.count < query.limit, let row = try rows.next() {
            let text: String = row["text"]
            guard let places = terms.places(in: text) else { continue }
            hits.append(hit(row, snippet: Self.snippet(of: text, places), isLive: true))
        }
        return hits
    }

    private func hit(_ row: Row, snippet: String, isLive: Bool) -> SearchHit {
        SearchHit(
            session: optionalIdentifier(row["session"]), job: optionalIdentifier(row["job"]),
            run: optionalIdentifier(row["run"]), runName: row["run_name"], thread: optionalIdentifier(row["thread"]),
            message: optionalIdentifier(row["message"]), module: row["module"],
            role: optionalWord(row["role"]) ?? .assistant, kind: row["kind"], name: row["name"], snippet: snippet,
            time: Timestamp(milliseconds: row["at"]), isLive: isLive)
    }

    /// Some words around the first place, with every place in them marked.
    private static func snippet(of text: String, _ places: [Range<String.Index>]) -> String {
        guard let first = places.first else { return "" }
        let start = text.index(first.lowerBound, offsetBy: -40, limitedBy: text.startIndex) ?? text.startIndex
        let end = text.index(first.upperBound, offsetBy: 80, limitedBy: text.endIndex) ?? text.endIndex
        var snippet = start > text.startIndex ? "…" : ""
        var position = start
        for place in places where place.lowerBound >= position && place.upperBound <= end {
            snippet += text[position..<place.lowerBound] + "«" + text[place] + "»"
            position = place.upperBound
        }
        return snippet + text[position..<end] + (end < text.endIndex ? "…" : "")
    }
}
