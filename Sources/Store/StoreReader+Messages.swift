internal import GRDB
package import Model

extension StoreReader {
    /// A thread, nil when there is none.
    package func thread(_ id: Identifier) throws -> ThreadRow? {
        try threadRows("WHERE t.id = ?", [id.text]).first
    }

    /// Threads, the newest first.
    package func threads(module: String? = nil, limit: Int = 100) throws -> [ThreadRow] {
        try threadRows(
            "WHERE (?1 IS NULL OR t.module = ?1) ORDER BY t.row DESC LIMIT ?2", [module, limit])
    }

    /// The messages of a thread in order.
    package func messages(thread: Identifier) throws -> [MessageRow] {
        var query = Conditions()
        query.add(
            "m.row IN (SELECT row FROM message_rows WHERE thread = (SELECT row FROM threads WHERE id = ?))", thread.text
        )
        return try messageRows(query, order: "m.row", limit: .max)
    }

    /// The messages that a session writes to, by turn.
    package func messages(session: Identifier) throws -> [MessageRow] {
        var query = Conditions()
        query.add("m.session = (SELECT row FROM sessions WHERE id = ?)", session.text)
        return try messageRows(query, order: "m.turn, m.row", limit: .max)
    }

    /// Which message each of these sessions is writing to, by the session's row; without what was written of it.
    package func openMessages(ofSessions rows: [Int64]) throws -> [Int64: Identifier] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT session, id FROM message_rows
                WHERE session IN (SELECT value FROM json_each(?)) AND status = 'processing' ORDER BY turn, row
                """)
        let found = try Row.fetchCursor(statement, arguments: [Self.list(rows)])
        var messages: [Int64: Identifier] = [:]
        while let row = try found.next() { messages[row[0]] = Identifier(row[1]) }
        return messages
    }

    /// One message, nil when there is none.
    package func message(_ id: Identifier) throws -> MessageRow? {
        var query = Conditions()
        query.add("m.id = ?", id.text)
        return try messageRows(query, order: "m.row", limit: 1).first
    }

    /// All messages that are being streamed, the oldest first.
    package func processingMessages() throws -> [MessageRow] {
        var query = Conditions()
        query.add("m.status = 'processing'")
        return try messageRows(query, order: "m.row", limit: .max)
    }

    private func threadRows(_ rest: String, _ arguments: StatementArguments) throws -> [ThreadRow] {
        let rows = try Row.fetchAll(
            db,
            sql:
                "SELECT t.*, (SELECT count(*) FROM message_rows WHERE thread = t.row) AS messages FROM threads t \(rest)",
            arguments: arguments)
        return try rows.map { row in
            ThreadRow(
                row: row["row"], id: try identifier(row["id"]), module: row["module"], project: row["project"],
                title: row["title"], createdAt: Timestamp(milliseconds: row["created_at"]), messages: row["messages"])
        }
    }

    /// Messages of the view. The table under it is joined so that its indexes serve the conditions.
    func messageRows(_ query: Conditions, order: String, limit: Int) throws -> [MessageRow] {
        // A coordinator asks this for every session: preparing it takes longer than running it.
        let statement = try db.cachedStatement(
            sql: """
                SELECT v.* FROM message_rows m JOIN messages v ON v.row = m.row \(query.clause) ORDER BY \(order) LIMIT ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: query.arguments + [limit])
        var messages: [MessageRow] = []
        while let row = try rows.next() {
            messages.append(
                MessageRow(
                    row: row["row"], id: try identifier(row["id"]), thread: try identifier(row["thread_id"]),
                    run: optionalIdentifier(row["run_id"]), job: optionalIdentifier(row["job_id"]),
                    session: optionalIdentifier(row["session_id"]), module: row["module"], role: try word(row["role"]),
                    status: try word(row["status"]), turn: row["turn"], content: row["content"],
                    errorClass: optionalWord(row["error_class"]), error: row["error"], usage: row["usage"],
                    createdAt: Timestamp(milliseconds: row["created_at"]), completedAt: time(row["completed_at"])))
        }
        return messages
    }
}
