internal import GRDB
package import Model

/// Deleting runs that are over, in portions: each of these is one short transaction.
///
/// Row numbers of what is deleted may be given again, so a portion asks anew for its run by name, and what refers to a row is
/// deleted before that row. A run that is half deleted says so, is never opened again, and is finished by the next deletion.
extension StoreWriter {
    /// Marks those of `runs` that are over as being deleted: nobody opens them again. Gives them.
    package func beginDeleting(_ runs: [Identifier], at time: Timestamp) throws -> [Identifier] {
        var begun: [Identifier] = []
        for run in runs {
            try core.execute(
                """
                UPDATE runs AS r SET outcome = json_set(coalesce(outcome, '{}'), '$.deleting', ?)
                WHERE r.id = ? AND \(StoreReader.isOver)
                """, [time.milliseconds, run.text])
            if db.changesCount > 0 { begun.append(run) }
        }
        return begun
    }

    /// Deletes these events of the log, and counts them there: what is missing in it is known to the last one.
    package func delete(events: [Int64]) throws -> Int {
        try core.execute(
            "DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))", [StoreReader.list(events)])
        let count = db.changesCount
        core.rows += count
        try core.execute(
            """
            INSERT INTO store (key, value) VALUES ('deleted_events', ?1)
            ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + ?1
            """, [count])
        return count
    }

    /// Deletes pieces of a run with what search knows of them, as many as a short transaction can; 0 when none is left.
    package func deleteBlocks(of run: Identifier) throws -> Int {
        guard let run = try rowBeingDeleted(run) else { return 0 }
        let blocks = try largestPortion(
            """
            SELECT b.row, coalesce(length(b.name), 0) + coalesce(length(b.input), 0) + coalesce(length(b.text), 0)
            FROM sessions s CROSS JOIN blocks b ON b.session = s.row WHERE s.run = ? LIMIT ?
            """,
            """
            SELECT b.row, coalesce(length(b.text), 0) FROM jobs j CROSS JOIN message_rows m ON m.job = j.row
                CROSS JOIN blocks b ON b.message = m.row WHERE j.run = ? LIMIT ?
            """, run)
        try core.execute("DELETE FROM blocks WHERE row IN (SELECT value FROM json_each(?))", [StoreReader.list(blocks)])
        core.rows += blocks.count
        return blocks.count
    }

    /// Rows up to so many, and of so much text: the index of search is brought up to date word by word.
    private func largestPortion(_ first: String, _ second: String, _ run: Int64) throws -> [Int64] {
        var (rows, bytes): ([Int64], Int64) = ([], 0)
        for query in [first, second] where rows.isEmpty {
            let found = try Row.fetchCursor(try core.statement(query), arguments: [run, 50])
            while bytes < 64 << 10, let row = try found.next() {
                rows.append(row[0])
                bytes += row[1]
            }
        }
        return rows
    }

    /// What a portion of jobs took with it.
    package struct DeletedJobs: Sendable, Hashable {
        package var jobs = 0
        package var messages = 0
        package var threads = 0
        /// Sessions whose folders nobody needs any more.
        package var sessions: [Identifier] = []
    }

    /// Deletes up to `limit` jobs of a run that is being deleted, with their sessions, messages, usage, and conversations that
    /// are empty then. None is left when `jobs` of the result is 0.
    ///
    /// What they cost on the day of `time` stays known to that day's budgets.
    package func deleteJobs(of run: Identifier, limit: Int, at time: Timestamp) throws -> DeletedJobs {
        var deleted = DeletedJobs()
        guard let run = try rowBeingDeleted(run) else { return deleted }
        let jobs = try rows("SELECT row FROM jobs WHERE run = ? ORDER BY row DESC LIMIT ?", [run, limit])
        guard !jobs.isEmpty else { return deleted }
        let ids = StoreReader.list(jobs)
        let found = try Row.fetchAll(
            try core.statement("SELECT row, id FROM sessions WHERE job \(Self.among)"), arguments: [ids])
        let sessions = StoreReader.list(found.map { $0[0] as Int64 })
        let messages = StoreReader.list(
            try rows(
                "SELECT row FROM message_rows WHERE job \(Self.among) UNION SELECT row FROM message_rows WHERE session \(Self.among2)",
                [ids, sessions]))
        let threads = StoreReader.list(
            try rows("SELECT DISTINCT thread FROM message_rows WHERE row \(Self.among)", [messages]))
        try keepCosts(of: sessions, on: time.milliseconds / 86_400_000)
        for table in ["usage", "session_progress", "slots", "blocks"] {
            try core.execute("DELETE FROM \(table) WHERE session \(Self.among)", [sessions])
        }
        try core.execute("DELETE FROM blocks WHERE message \(Self.among)", [messages])
        try core.execute("DELETE FROM message_parts WHERE message_id \(Self.among)", [messages])
        try core.execute("DELETE FROM message_rows WHERE row \(Self.among)", [messages])
        deleted.messages = db.changesCount
        try core.execute(
            """
            DELETE FROM threads WHERE row \(Self.among)
                AND NOT EXISTS (SELECT 1 FROM message_rows WHERE thread = threads.row)
            """, [threads])
        deleted.threads = db.changesCount
        try core.execute("DELETE FROM sessions WHERE row \(Self.among)", [sessions])
        try core.execute("DELETE FROM wishes WHERE job \(Self.among)", [ids])
        try core.execute("DELETE FROM jobs WHERE row \(Self.among)", [ids])
        deleted.jobs = db.changesCount
        deleted.sessions = found.compactMap { Identifier($0[1]) }
        core.rows += deleted.jobs + deleted.messages + deleted.threads + found.count
        return deleted
    }

    /// Adds what these sessions cost on `day`, or later by another clock, to what is known of deleted ones.
    private func keepCosts(of sessions: String, on day: Int64) throws {
        let costs = try Row.fetchAll(
            try core.statement(
                """
                SELECT u.day, s.provider, s.module, \(StoreReader.ledgerSum("cost_nanos"))
                FROM json_each(?) CROSS JOIN usage u ON u.session = value JOIN sessions s ON s.row = u.session
                WHERE u.day >= ? AND u.cost_nanos <> 0 GROUP BY u.day, s.provider, s.module
                """), arguments: [sessions, day])
        for row in costs {
            let module: String? = row[2]
            for pool in [Pool.global, .provider(row[1])] + (module.map { [.module($0)] } ?? []) {
                try core.execute(
                    """
                    INSERT INTO store (key, value) VALUES (?1, ?2)
                    ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + ?2
                    """, [StoreReader.spentKey(row[0], pool), row[3] as Int64])
            }
        }
        // Nobody asks for days that are over.
        let prefix = StoreReader.spentPrefix
        try core.execute(
            "DELETE FROM store WHERE key >= ?1 AND key < ?1 || '~' AND CAST(substr(key, ?2) AS INTEGER) < ?3",
            [prefix, prefix.utf8.count + 1, day])
    }

    /// Deletes the row of a run of which nothing else is left; false when there is something.
    package func deleteRun(_ run: Identifier) throws -> Bool {
        guard let row = try rowBeingDeleted(run) else { return false }
        let left: Int? = try core.value("SELECT 1 FROM jobs WHERE run = ?", [row])
        guard left == nil else { return false }
        try core.execute("DELETE FROM wishes WHERE run = ?", [row])
        // When it was fired a schedule knows without its run.
        try core.execute("UPDATE schedules SET run = NULL WHERE run = ?", [row])
        try core.execute("DELETE FROM runs WHERE row = ?", [row])
        return db.changesCount > 0
    }

    /// Deletes kept answers, unless newer ones took their place.
    package func delete(keptAnswers: [(key: String, at: Timestamp)]) throws -> Int {
        var count = 0
        for answer in keptAnswers {
            try core.execute(
                "DELETE FROM kept_answers WHERE key = ? AND at = ?", [answer.key, answer.at.milliseconds])
            count += db.changesCount
        }
        return count
    }

    private static let among = "IN (SELECT value FROM json_each(?1))"
    private static let among2 = "IN (SELECT value FROM json_each(?2))"

    /// The row of a run that is being deleted: nil when it is gone, whoever has its number now.
    private func rowBeingDeleted(_ run: Identifier) throws -> Int64? {
        try core.value("SELECT row FROM runs r WHERE id = ? AND \(StoreReader.isBeingDeleted)", [run.text])
    }

    private func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Int64] {
        try Int64.fetchAll(try core.statement(sql), arguments: arguments)
    }
}
