internal import GRDB
package import Model

/// What is left to know of a session's output after its rows were taken back.
package struct TakenBack {
    /// The messages of further turns that are gone now: whoever writes them again gives them their names.
    package var turns: [Int: Identifier]
    /// When the bytes of the spool had been read.
    package var times: RecordedTimes
}

/// The times at which a session's bytes were recorded the first time. Valid in the transaction that made it.
package final class RecordedTimes {
    private let rows: RowCursor
    private var offset: Int64 = -1
    private var time: Timestamp

    init(_ rows: RowCursor, otherwise time: Timestamp) {
        self.rows = rows
        self.time = time
    }

    /// The time of the bytes that end at `end`. Ask in ascending order: only the place is kept, never the whole list.
    package func time(at end: Int64) throws -> Timestamp {
        while offset < end, let row = try rows.next() {
            offset = row[0]
            time = Timestamp(milliseconds: row[1])
        }
        return time
    }
}

extension StoreWriter {
    /// Takes back all that an unfinished session's output had become, so that it can be written again from the first byte
    /// in the same transaction, by another version of its dialect.
    ///
    /// The log only grows: what it said stays, and is made void by `text.reset` and by usage that is taken off again.
    /// Everything else (blocks, parts, further messages, the ledger, what search finds) is gone, and the offset is 0.
    package func takeBack(_ id: Identifier, dialectVersion: Int, at time: Timestamp) throws -> TakenBack {
        guard
            let found = try Row.fetchOne(
                try core.statement(
                    "SELECT row, message, first_event, dialect_version FROM sessions WHERE id = ? AND ended_at IS NULL"),
                arguments: [id.text])
        else { throw StoreError.missing(kind: "unfinished session", id: id) }
        let session: Int64 = found[0]
        let message: Int64? = found[1]
        let range: [Int64] = [session, found[2], try reader.newestEvent()]
        core.forget(session)
        try keepTextOfEvents(range)
        let words = "the recording is read again from its beginning, by version \(dialectVersion) of the reader"
        let data: JSONObject = ["text": .string(words), "reread_after_version": .integer(found[3])]
        _ = try core.log(.status, at: time, session: session, data: data.text)
        try takeBackBlocks(range, at: time)
        try takeBackUsage(of: session, at: time)
        let turns = try takeBackMessages(of: session, answer: message)
        let newest = try reader.newestEvent()
        try core.execute(
            """
            UPDATE sessions SET dialect_version = ?, structured_output = NULL, provider_session = NULL,
                first_token_at = NULL WHERE row = ?
            """, [dialectVersion, session])
        try core.execute(
            "UPDATE session_progress SET offset = 0, event_id = ?, activity = NULL WHERE session = ?",
            [newest, session])
        try core.begin(id, row: session, message: message, event: newest)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT offset, at FROM events WHERE session = ? AND id > ? AND id <= ? AND offset IS NOT NULL ORDER BY id
                """, arguments: StatementArguments(range))
        return TakenBack(turns: turns, times: RecordedTimes(rows, otherwise: time))
    }

    /// Writes how far a session's spool is recorded, after its rows were written again; gives the session as it is now.
    package func settle(_ id: Identifier) throws -> SessionRow? {
        try core.save(try core.track(id), always: true)
        return try reader.session(id)
    }

    /// Gives events the text that they had by reference to blocks, which go.
    private func keepTextOfEvents(_ range: [Int64]) throws {
        try core.execute(
            """
            UPDATE events SET data = (SELECT data FROM event_log WHERE seq = events.id), block = NULL
            WHERE session = ? AND id > ? AND id <= ? AND block IS NOT NULL
            """, StatementArguments(range))
    }

    private func takeBackBlocks(_ range: [Int64], at time: Timestamp) throws {
        let keys = try String.fetchAll(
            db,
            sql: """
                SELECT data ->> '$.block' AS key FROM events
                WHERE session = ? AND id > ? AND id <= ? AND type IN (20, 22, 23) GROUP BY key ORDER BY min(id)
                """, arguments: StatementArguments(range))
        for key in keys {
            let data: JSONObject = ["block": .string(key)]
            _ = try core.log(.textReset, at: time, session: range[0], data: data.text)
        }
        try core.execute("DELETE FROM blocks WHERE session = ?", [range[0]])
    }

    /// The ledger stays the sum of the usage events: what is taken out of it is in the log with a minus.
    private func takeBackUsage(of session: Int64, at time: Timestamp) throws {
        let sum = StoreReader.ledgerSum
        let models = try Row.fetchAll(
            try core.statement(
                """
                SELECT model, \(sum("input")), \(sum("cache_read")), \(sum("cache_write")), \(sum("output")),
                    \(sum("reasoning")), \(sum("cost_nanos")), sum(unpriced) FROM usage u WHERE session = ? GROUP BY model
                """), arguments: [session])
        guard !models.isEmpty else { return }
        let increments = models.map { row in
            let model: String = row[0]
            let cost = Money(nanos: row[6])
            let isUnknown = cost == .zero && (row[7] as Int64) > 0
            let usage = Usage(
                input: row[1], cacheRead: row[2], cacheWrite: row[3], output: row[4], reasoning: row[5],
                cost: isUnknown ? nil : cost)
            return ModelUsage(model: model.isEmpty ? nil : model, usage: Usage(cost: .zero) - usage)
        }
        _ = try core.log(
            .usage, at: time, session: session, data: EventData.usage(UsageReport(increments: increments)))
        try core.execute("DELETE FROM usage WHERE session = ?", [session])
    }

    private func takeBackMessages(of session: Int64, answer: Int64?) throws -> [Int: Identifier] {
        try core.execute(
            "DELETE FROM message_parts WHERE message_id IN (SELECT row FROM message_rows WHERE session = ?)", [session])
        let further = try Row.fetchAll(
            try core.statement("SELECT turn, id FROM message_rows WHERE session = ? AND turn > 0"),
            arguments: [session])
        try core.execute("DELETE FROM message_rows WHERE session = ? AND turn > 0", [session])
        try core.execute(
            """
            UPDATE message_rows SET status = 'processing', content = NULL, error_class = NULL, error = NULL, usage = NULL,
                completed_at = NULL WHERE row = ? AND session = ?
            """, [answer, session])
        var turns: [Int: Identifier] = [:]
        for row in further { turns[row[0]] = Identifier(row[1]) }
        return turns
    }
}
