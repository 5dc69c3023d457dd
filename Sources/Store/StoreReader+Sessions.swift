internal import GRDB
package import Model

extension StoreReader {
    /// Sessions, the newest first.
    package func sessions(_ filter: ListFilter = ListFilter()) throws -> [SessionRow] {
        var query = Conditions()
        query.anyOf("s.state", filter.states)
        query.anyOf("s.module", filter.modules)
        query.anyOf("r.id", filter.runs.map(\.text))
        query.anyOf("j.id", filter.jobs.map(\.text))
        if filter.unfinishedOnly { query.add("s.row IN (SELECT row FROM sessions WHERE ended_at IS NULL)") }
        if let since = filter.since { query.add("s.created_at >= ?", since.milliseconds) }
        return try sessionRows(query, limit: filter.limit)
    }

    /// One session, nil when there is none.
    package func session(_ id: Identifier) throws -> SessionRow? {
        var query = Conditions()
        query.add("s.id = ?", id.text)
        return try sessionRows(query, limit: 1).first
    }

    /// The sessions of these rows, the oldest first.
    func sessions(rows: [Int64]) throws -> [SessionRow] {
        var query = Conditions()
        query.add("s.row IN (SELECT value FROM json_each(?))", Self.list(rows))
        return try sessionRows(query, limit: .max).reversed()
    }

    /// Unfinished sessions of a coordinator, the oldest first.
    package func unfinishedSessions(owner: Identifier) throws -> [SessionRow] {
        var query = Conditions()
        query.add("s.owner = ? AND s.ended_at IS NULL", owner.text)
        return try sessionRows(query, limit: .max).reversed()
    }

    /// A session with its job, messages, blocks and usage.
    package func sessionDetail(_ id: Identifier) throws -> SessionDetail? {
        guard let session = try session(id), let job = try job(session.job) else { return nil }
        var messages = Conditions()
        messages.add("m.session = ? AND m.job = (SELECT job FROM sessions WHERE row = m.session)", session.row)
        var all = try messageRows(messages, order: "m.row", limit: .max)
        if let thread = session.thread {
            let prompts = try self.messages(thread: thread).filter { $0.job == session.job && $0.role != .assistant }
            all = prompts + all.filter { message in !prompts.contains { $0.id == message.id } }
        }
        return SessionDetail(
            session: session, job: job, messages: all, blocks: try blocks(session: id), usage: try usage(session: id))
    }

    /// The finished pieces of a session, in order.
    package func blocks(session: Identifier) throws -> [BlockRow] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT b.*, s.id AS session_id, m.id AS message_id FROM sessions s JOIN blocks b ON b.session = s.row
                    LEFT JOIN message_rows m ON m.row = b.message
                WHERE s.id = ? ORDER BY b.row
                """, arguments: [session.text])
        var blocks: [BlockRow] = []
        while let row = try rows.next() {
            blocks.append(
                BlockRow(
                    row: row["row"], session: optionalIdentifier(row["session_id"]),
                    message: optionalIdentifier(row["message_id"]), kind: row["kind"], key: row["key"],
                    name: row["name"], input: row["input"], text: row["text"], isError: row["is_error"],
                    startedAt: Timestamp(milliseconds: row["started_at"]), endedAt: time(row["ended_at"])))
        }
        return blocks
    }

    private func sessionRows(_ query: Conditions, limit: Int) throws -> [SessionRow] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT s.*, p.offset, p.event_id, p.activity, j.id AS job_id, j.max_attempts, j.thread AS thread_id,
                    r.id AS run_id, r.name AS run_name, m.id AS message_id
                FROM sessions s JOIN jobs j ON j.row = s.job JOIN runs r ON r.row = s.run
                    JOIN session_progress p ON p.session = s.row LEFT JOIN message_rows m ON m.row = s.message
                \(query.clause) ORDER BY s.row DESC LIMIT ?
                """)
        // By a cursor: a row that was copied finds each of its columns by going through the names of all.
        let rows = try Row.fetchCursor(statement, arguments: query.arguments + [limit])
        var sessions: [SessionRow] = []
        var dead: [Identifier: Bool] = [:]
        while let row = try rows.next() {
            let state: SessionState = try word(row["state"])
            let owner = try identifier(row["owner"])
            var isOrphaned = false
            if !state.isFinal {
                isOrphaned = dead[owner] ?? isDead(owner)
                dead[owner] = isOrphaned
            }
            sessions.append(try session(row, state: state, owner: owner, isOrphaned: isOrphaned))
        }
        let usage = try usageSums(ofSessions: sessions.map(\.row))
        for index in sessions.indices { sessions[index].usage = usage[sessions[index].row] ?? .zero }
        return sessions
    }

    /// The session of a row, without what it has used.
    private func session(_ row: Row, state: SessionState, owner: Identifier, isOrphaned: Bool) throws -> SessionRow {
        var host: HostRecord?
        if let pid: Int32 = row["host_pid"] {
            host = HostRecord(
                pid: pid, startTime: UInt64(bitPattern: row["host_start_time"] ?? 0), bootID: row["boot_id"] ?? "",
                pidNamespace: UInt64(bitPattern: row["pid_namespace"] ?? 0), providerPID: row["provider_pid"])
        }
        let exit: String? = row["exit"]
        return SessionRow(
            row: row["row"], id: try identifier(row["id"]), job: try identifier(row["job_id"]),
            run: try identifier(row["run_id"]), runName: row["run_name"], thread: optionalIdentifier(row["thread_id"]),
            message: optionalIdentifier(row["message_id"]), module: row["module"], attempt: row["attempt"],
            maxAttempts: row["max_attempts"], provider: row["provider"], model: row["model"],
            providerSession: row["provider_session"], state: state, isOrphaned: isOrphaned,
            workingDirectory: row["working_directory"], folder: row["folder"], definition: row["definition"],
            dialectVersion: row["dialect_version"], owner: owner, epoch: row["epoch"], host: host,
            offset: row["offset"], lastEvent: row["event_id"], firstEvent: row["first_event"],
            exit: exit.flatMap(StoredExit.record), endedBy: row["ended_by"],
            failureClass: optionalWord(row["failure_class"]), failure: row["failure"],
            structuredOutput: row["structured_output"], activity: row["activity"],
            createdAt: Timestamp(milliseconds: row["created_at"]), startedAt: time(row["started_at"]),
            firstTokenAt: time(row["first_token_at"]), endedAt: time(row["ended_at"]),
            usage: .zero)
    }
}
