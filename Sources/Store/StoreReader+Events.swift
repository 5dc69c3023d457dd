internal import GRDB
package import Model

extension StoreReader {
    /// The number of the newest event, 0 in an empty log.
    package func newestEvent() throws -> Int64 {
        // The sequence, not the table: it also knows of events that are gone.
        try Int64.fetchOne(try db.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'")) ?? 0
    }

    /// At most `limit` events after `cursor`.
    ///
    /// With a filter the page can be short although there is more: go on from `next` until that is `newest`.
    package func events(after cursor: Int64, limit: Int = 1000, filter: EventFilter = EventFilter()) throws -> EventPage
    {
        let newest = try newestEvent()
        let oldest =
            try Int64.fetchOne(try db.cachedStatement(sql: "SELECT min(id) FROM events")) ?? newest + 1
        var page = EventPage(events: [], next: cursor, gapUntil: nil, newest: newest)
        if cursor + 1 < oldest, oldest > 1 {
            page.gapUntil = oldest
            page.next = oldest - 1
        }
        guard let scope = try scope(of: filter) else {
            page.next = max(page.next, newest)
            return page
        }
        page.next = max(page.next, min(scope.first, newest))
        let rows = try Row.fetchCursor(
            try db.cachedStatement(
                sql: """
                    SELECT e.id, e.at, e.type, coalesce(r.id, rs.id), coalesce(j.id, js.id), s.id,
                        coalesce(s.module, js.module), e.offset, e.data, e.block
                    FROM events e LEFT JOIN sessions s ON s.row = e.session
                        LEFT JOIN jobs js ON js.row = coalesce(s.job, e.job) LEFT JOIN jobs j ON j.row = e.job
                        LEFT JOIN runs r ON r.row = e.run LEFT JOIN runs rs ON rs.row = js.run
                    WHERE e.id > ?\(scope.condition) ORDER BY e.id LIMIT ?
                    """), arguments: [page.next] + scope.arguments + [limit])
        while let row = try rows.next() {
            let event = try stored(row)
            page.events.append(event)
            page.next = event.sequence
        }
        if page.events.count < limit { page.next = max(page.next, newest) }
        return page
    }

    /// The highest offset of a session's spool whose events are committed: where reading goes on.
    package func committedOffset(session: Identifier) throws -> Int64 {
        guard
            let row = try Row.fetchOne(
                db,
                sql: "SELECT row, offset, event_id FROM sessions JOIN session_progress ON session = row WHERE id = ?",
                arguments: [session.text])
        else { throw StoreError.missing(kind: "session", id: session) }
        let later = try Int64.fetchOne(
            db, sql: "SELECT max(offset) FROM events WHERE id > ? AND session = ?",
            arguments: [row["event_id"] as Int64, row["row"] as Int64])
        return max(row["offset"], later ?? 0)
    }

    private func stored(_ row: Row) throws -> StoredEvent {
        let type = EventType.numbered(row[2])
        var data: String = row[8] ?? "{}"
        if let block: Int64 = row[9] { data = try blockData(type, block) }
        return StoredEvent(
            sequence: row[0], time: Timestamp(milliseconds: row[1]), type: type, run: optionalIdentifier(row[3]),
            job: optionalIdentifier(row[4]), session: optionalIdentifier(row[5]), module: row[6], data: data,
            offset: row[7])
    }

    /// The data of an event whose text stands in `blocks`, so that the log need not hold it a second time.
    private func blockData(_ type: EventType, _ block: Int64) throws -> String {
        guard
            let row = try Row.fetchOne(
                try db.cachedStatement(sql: "SELECT key, name, input, text, is_error FROM blocks WHERE row = ?"),
                arguments: [block])
        else { return "{}" }
        var data: JSONObject
        switch type {
        case .textBlock: data = ["block": .optional(row[0] as String?), "text": .optional(row[3] as String?)]
        case .toolStarted:
            data = ["id": .optional(row[0] as String?), "name": .optional(row[1] as String?)]
            data["input"] = .optional(row[2] as String?)
        default:
            data = ["id": .optional(row[0] as String?), "name": .optional(row[1] as String?)]
            data["is_error"] = .bool(row[4])
            data["output"] = .optional(row[3] as String?)
        }
        return data.text
    }

    private struct Scope {
        var condition: String
        var arguments = StatementArguments()
        /// Jobs and sessions of a run that are named one by one.
        static let mostNamed = 500
        /// Wanted events have larger numbers.
        var first: Int64
    }

    /// The filter in row numbers; nil when nothing can match.
    private func scope(of filter: EventFilter) throws -> Scope? {
        var condition = ""
        if !filter.types.isEmpty {
            condition += " AND e.type IN (\(filter.types.map { String($0.number) }.sorted().joined(separator: ", ")))"
        }
        guard !(filter.runs.isEmpty && filter.jobs.isEmpty && filter.sessions.isEmpty) else {
            return Scope(condition: condition, first: 0)
        }
        var runs: [Int64] = []
        var jobs: [Int64] = []
        var sessions: [Int64] = []
        var first = Int64.max
        // Runs of which every event is asked for its run, as naming all that belongs to them would cost more at each look.
        var largeRuns: [Int64] = []
        func collect(_ sql: String, _ id: Identifier, _ rows: inout [Int64]) throws {
            let found = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: [id.text])
            while let row = try found.next() {
                rows.append(row[0])
                first = min(first, row[1])
            }
        }
        for id in filter.runs {
            try collect("SELECT row, first_event FROM runs WHERE id = ?", id, &runs)
            var (own, lived): ([Int64], [Int64]) = ([], [])
            try collect(
                """
                SELECT j.row, r.first_event FROM jobs j JOIN runs r ON r.row = j.run WHERE r.id = ?
                LIMIT \(Scope.mostNamed + 1)
                """, id, &own)
            try collect(
                """
                SELECT s.row, s.first_event FROM sessions s JOIN runs r ON r.row = s.run WHERE r.id = ?
                LIMIT \(Scope.mostNamed + 1)
                """, id, &lived)
            if max(own.count, lived.count) > Scope.mostNamed, let run = runs.last {
                largeRuns.append(run)
            } else {
                jobs += own
                sessions += lived
            }
        }
        for id in filter.jobs {
            try collect(
                "SELECT j.row, r.first_event FROM jobs j JOIN runs r ON r.row = j.run WHERE j.id = ?", id, &jobs)
            try collect(
                "SELECT s.row, s.first_event FROM sessions s JOIN jobs j ON j.row = s.job WHERE j.id = ?", id, &sessions
            )
        }
        for id in filter.sessions {
            try collect("SELECT row, first_event FROM sessions WHERE id = ?", id, &sessions)
        }
        guard first < .max else { return nil }
        // As arguments: whoever follows a run asks again with every session that has begun, and each text stays prepared.
        let anyOf = "IN (SELECT value FROM json_each(?))"
        condition += " AND (e.session \(anyOf) OR e.job \(anyOf) OR e.run \(anyOf)"
        var arguments: StatementArguments = [Self.list(sessions), Self.list(jobs), Self.list(runs)]
        if !largeRuns.isEmpty {
            condition += " OR js.run \(anyOf)"
            arguments += [Self.list(largeRuns)]
        }
        return Scope(condition: condition + ")", arguments: arguments, first: first)
    }
}

extension StoredEvent {
    /// The event as its JSON line without the newline: `v, seq, ts, type`, what it belongs to, then its data.
    package var line: String {
        var head: JSONObject = [
            "v": 1, "seq": .integer(sequence), "ts": .string(time.iso8601), "type": .string(type.rawValue),
        ]
        if let run { head["run"] = .string(run.text) }
        if let job { head["job"] = .string(job.text) }
        if let session { head["session"] = .string(session.text) }
        if let module { head["module"] = .string(module) }
        let text = head.text
        // The data is an object too: its members follow, without being read.
        return data.utf8.count > 2 ? text.dropLast() + "," + data.dropFirst() : text
    }
}
