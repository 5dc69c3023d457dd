internal import GRDB
internal import Model

/// Beginning and ending messages.
extension WriterCore {
    /// Writes a message and returns its row.
    func insert(_ draft: MessageDraft, session: Int64?) throws -> Int64 {
        let thread = try row(draft.thread, in: "threads", kind: "thread")
        let job: Int64? =
            if let id = draft.job {
                try row(id, in: "jobs", kind: "job")
            } else if let session {
                try value("SELECT job FROM sessions WHERE row = ?", [session])
            } else {
                nil
            }
        let module = draft.module.map(WriterCore.storable)
        let content = draft.content.map(WriterCore.storable)
        try execute(
            """
            INSERT INTO message_rows (id, thread, job, session, module, role, status, turn, created_at, completed_at, content)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                draft.id.text, thread, job, session, module, draft.role.rawValue, draft.status.rawValue, draft.turn,
                draft.createdAt.milliseconds, draft.status == .processing ? nil : draft.createdAt.milliseconds, content,
            ])
        let row = db.lastInsertedRowID
        if let content {
            try index(content, of: row, kind: draft.role == .assistant ? "text" : "prompt", at: draft.createdAt)
        }
        return row
    }

    /// Ends a message; false when it was over already.
    func complete(
        _ id: Identifier, _ status: MessageStatus, content: String?, failure: Failure?, at time: Timestamp
    ) throws -> Bool {
        guard
            let found = try Row.fetchOne(
                try statement("SELECT row, session FROM message_rows WHERE id = ? AND status = 'processing'"),
                arguments: [id.text])
        else {
            let row = try row(id, in: "message_rows", kind: "message")
            // Completed when the result was there, and then the recording turned out to be damaged: no answer is whole whose
            // job is not.
            guard status == .failed else { return false }
            try execute(
                "UPDATE message_rows SET status = ?, error_class = ?, error = ? WHERE row = ? AND status = 'completed'",
                [status.rawValue, failure?.class.rawValue, failure.map { WriterCore.storable($0.message) }, row])
            return false
        }
        let row: Int64 = found[0]
        if let session: Int64 = found[1] { try close(session: session, message: row) }
        let streamed: String =
            try value(
                "SELECT group_concat(text, '') FROM (SELECT text FROM message_parts WHERE message_id = ? ORDER BY block, n)",
                [row]) ?? ""
        let whole = content.map(WriterCore.storable) ?? streamed
        try indexOpenText(of: row, whole: whole, at: time)
        try execute("DELETE FROM message_parts WHERE message_id = ?", [row])
        let sum = StoreReader.ledgerSum
        try execute(
            """
            UPDATE message_rows SET status = ?, content = ?, error_class = ?, error = ?, completed_at = ?, usage = (
                SELECT json_object('input', \(sum("input")), 'cache_read', \(sum("cache_read")),
                    'cache_write', \(sum("cache_write")), 'output', \(sum("output")), 'reasoning', \(sum("reasoning")),
                    'cost', CASE WHEN sum(u.unpriced) = 0 THEN \(sum("cost_nanos")) / 1e9 END)
                FROM sessions s CROSS JOIN usage u ON u.session = s.row
                WHERE s.job = message_rows.job AND s.message = message_rows.row HAVING count(*) > 0)
            WHERE row = ?
            """,
            [
                status.rawValue, whole, failure?.class.rawValue, failure.map { WriterCore.storable($0.message) },
                time.milliseconds, row,
            ])
        return true
    }

    /// Takes back everything that was streamed of a message and opens it again.
    func restart(_ id: Identifier) throws {
        let row = try row(id, in: "message_rows", kind: "message")
        if let session: Int64 = try value("SELECT session FROM message_rows WHERE row = ?", [row]) {
            try close(session: session, message: row)
        }
        try execute("DELETE FROM message_parts WHERE message_id = ?", [row])
        try execute(
            """
            UPDATE message_rows SET status = 'processing', content = NULL, error_class = NULL, error = NULL, usage = NULL,
                completed_at = NULL WHERE row = ?
            """, [row])
    }

    /// Writes the last text of a session into `message`, which takes no more of it.
    private func close(session: Int64, message: Int64) throws {
        let id: String? = try value("SELECT id FROM sessions WHERE row = ? AND ended_at IS NULL", [session])
        // A session that this process does not follow may still have text in the log alone.
        if tracks[session] == nil, let id = id.flatMap(Identifier.init) { try load([id]) }
        guard let track = tracks[session], track.message == message else { return }
        touched.insert(session)
        try save(track)
        track.move(to: nil)
    }

    /// Makes that part of a message findable that never became a whole block.
    private func indexOpenText(of message: Int64, whole: String, at time: Timestamp) throws {
        let open = try Row.fetchAll(
            try statement(
                """
                SELECT block, group_concat(text, '') FROM (SELECT block, text FROM message_parts p WHERE message_id = ?1
                    AND n > 0 AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.message = ?1 AND b.ordinal = p.block)
                    ORDER BY block, n) GROUP BY block
                """), arguments: [message])
        for block in open {
            let text: String = block[1] ?? ""
            if !text.isEmpty { try index(text, of: message, kind: "text", ordinal: block[0], at: time) }
        }
        guard open.isEmpty, !whole.isEmpty else { return }
        let hasBlocks: Bool =
            try value("SELECT EXISTS (SELECT 1 FROM blocks WHERE message = ? AND kind = 'text')", [message]) ?? false
        if !hasBlocks { try index(whole, of: message, kind: "text", at: time) }
    }

    private func index(_ text: String, of message: Int64, kind: String, ordinal: Int64? = nil, at time: Timestamp)
        throws
    {
        try execute(
            """
            INSERT INTO blocks (session, message, ordinal, kind, role, module, run, started_at, ended_at, text)
            SELECT m.session, m.row, ?2, ?3, m.role, m.module, (SELECT run FROM jobs WHERE row = m.job), ?4, ?4, ?5
            FROM message_rows m WHERE m.row = ?1
            """, [message, ordinal, kind, time.milliseconds, text])
        rows += 2
    }
}
