internal import GRDB
package import Model

extension StoreWriter {
    /// Writes a new session, counts the job's attempt, and lets the message name it.
    ///
    /// Throws `StoreError.taken` when the job is over or another attempt of it is not.
    package func insert(_ session: SessionDraft) throws {
        guard
            let job = try Row.fetchOne(
                try core.statement("SELECT row, run, module, message, finished_at IS NOT NULL FROM jobs WHERE id = ?"),
                arguments: [session.job.text])
        else { throw StoreError.missing(kind: "job", id: session.job) }
        let row: Int64 = job[0]
        let unfinished: Int =
            try core.value("SELECT count(*) FROM sessions WHERE job = ? AND ended_at IS NULL", [row]) ?? 0
        guard Ownership().mayBegin(unfinished: unfinished, jobIsFinal: job[4]) else {
            throw StoreError.taken(job: session.job)
        }
        let messageID: String? = session.message?.text ?? job[3]
        let message: Int64? = try messageID.flatMap {
            try core.value("SELECT row FROM message_rows WHERE id = ?", [$0])
        }
        let event = try reader.newestEvent()
        try core.execute(
            """
            INSERT INTO sessions (id, job, run, message, module, attempt, provider, model, state, owner, epoch,
                first_event, dialect_version, created_at, folder, working_directory, definition)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'starting', ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """,
            [
                session.id.text, row, job[1] as Int64, message, job[2] as String?, session.attempt, session.provider,
                session.model, session.owner.text, session.epoch, event, session.dialectVersion,
                session.createdAt.milliseconds, WriterCore.storable(session.folder),
                WriterCore.storable(session.workingDirectory), session.definition.text,
            ])
        let number = db.lastInsertedRowID
        try core.execute(
            "INSERT INTO session_progress (session, offset, event_id) VALUES (?, 0, ?)", [number, event])
        try core.execute(
            "UPDATE jobs SET attempts = max(attempts, ?), tries = tries + 1 WHERE row = ?", [session.attempt, row])
        if let message {
            try core.execute("UPDATE message_rows SET session = ? WHERE row = ?", [number, message])
        }
        try core.begin(session.id, row: number, message: message, event: event)
    }

    /// Writes a slice inside this transaction: for the last one, together with the session's end.
    package func apply(_ slice: RecordedSlice) throws { try core.apply(slice) }

    /// Notes the host of a session that has just started.
    package func setHost(_ id: Identifier, _ host: HostRecord, at: Timestamp) throws {
        try core.execute(
            """
            UPDATE sessions SET host_pid = ?, host_start_time = ?, boot_id = ?, pid_namespace = ?, provider_pid = ?,
                started_at = coalesce(started_at, ?) WHERE id = ?
            """,
            [
                host.pid, Int64(bitPattern: host.startTime), host.bootID, Int64(bitPattern: host.pidNamespace),
                host.providerPID, at.milliseconds, id.text,
            ])
        _ = try changed(id, in: "sessions", kind: "session")
    }

    /// Says which version of its dialect reads a session of which nothing was recorded yet.
    package func setSession(_ id: Identifier, dialectVersion: Int) throws {
        try core.execute(
            "UPDATE sessions SET dialect_version = ? WHERE id = ? AND ended_at IS NULL", [dialectVersion, id.text])
        _ = try changed(id, in: "sessions", kind: "session")
    }

    /// Moves a session to a state that is not final; false when it was over already.
    ///
    /// `ending` is written with the `cause` that Tutti has for it: whoever takes the session over goes on with that.
    @discardableResult
    package func setSession(
        _ id: Identifier, _ state: SessionState, because cause: FailureClass? = nil, at: Timestamp
    ) throws -> Bool {
        try core.execute(
            """
            UPDATE sessions SET state = ?2, started_at = CASE WHEN ?2 = 'running' THEN coalesce(started_at, ?3)
                ELSE started_at END, failure_class = coalesce(?4, failure_class)
            WHERE id = ?1 AND ended_at IS NULL
            """, [id.text, state.rawValue, at.milliseconds, cause?.rawValue])
        return try changed(id, in: "sessions", kind: "session")
    }

    /// Ends a session with its verdict; false when it was over already.
    ///
    /// Text that was still gathered is written first. The message of the session is ended by a call of its own.
    @discardableResult
    package func endSession(
        _ id: Identifier, _ outcome: Outcome, exit: ExitRecord?, offset: Int64? = nil, at: Timestamp
    ) throws -> Bool {
        let track = try core.track(id)
        core.touched.insert(track.row)
        track.offset = max(track.offset, offset ?? 0)
        try core.execute(
            """
            UPDATE sessions SET state = ?2, ended_by = ?3, failure_class = ?4, failure = ?5, structured_output = ?6,
                exit = ?7, ended_at = ?8
            WHERE id = ?1 AND ended_at IS NULL
            """,
            [
                id.text, outcome.state.rawValue, outcome.endedBy, outcome.failure?.class.rawValue,
                outcome.failure.map { WriterCore.storable($0.message) },
                outcome.structuredOutput.map(WriterCore.storable), try exit.map(StoredExit.text), at.milliseconds,
            ])
        let isChanged = try changed(id, in: "sessions", kind: "session")
        try core.save(track, always: true)
        core.forget(track.row)
        return isChanged
    }

    /// Notes in the ledger that a session which ran may have cost what nobody knows; false when it stated something, never
    /// ran, or says of itself (`free` of its definition) that it costs nothing.
    package func noteUnknownCost(of id: Identifier, at: Timestamp) throws -> Bool {
        try core.execute(
            """
            INSERT INTO usage (session, model, day, input, cache_read, cache_write, output, reasoning, cost_nanos, unpriced)
            SELECT s.row, '', ?2, 0, 0, 0, 0, 0, 0, 1 FROM sessions s
            WHERE s.id = ?1 AND s.started_at IS NOT NULL AND json_extract(s.definition, '$.free') IS NULL
                AND NOT EXISTS (SELECT 1 FROM usage u WHERE u.session = s.row)
            """, [id.text, at.milliseconds / 86_400_000])
        return core.db.changesCount > 0
    }
}
