internal import GRDB
package import Model

/// Which runs are to be deleted.
package struct DeletionScope: Sendable, Hashable {
    /// Only runs that ended before.
    package var endedBefore: Timestamp?
    /// Only these; empty is all.
    package var runs: Set<Identifier> = []
    /// Runs that failed stay.
    package var keepsFailed = false

    /// No run is left out.
    package init() {}
}

/// A run that may be deleted, and how much of it there is.
package struct DeletableRun: Sendable, Hashable {
    package var id: Identifier
    package var kind: String
    package var name: String?
    package var question: String?
    package var state: RunState
    package var finishedAt: Timestamp
    package var jobs: Int
    package var messages: Int
    /// All sessions of its jobs.
    package var sessions: [Identifier]
    /// An earlier deletion of it was cut short.
    package var hasBegun: Bool
}

extension StoreReader {
    /// A run that is over with everything that belongs to it: nobody will write to it any more, and nobody who is at work takes
    /// answers from it.
    static let isOver = """
        r.finished_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs WHERE run = r.row AND finished_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM sessions WHERE run = r.row AND ended_at IS NULL)
            AND r.id NOT IN (SELECT resumed FROM (\(resuming)) WHERE resumed IS NOT NULL)
        """
    /// Unfinished runs, each with the run whose answers stand for its own. Without them these would be paid for again.
    private static let resuming =
        "SELECT id, json_extract(spec, '$.resumed.run') AS resumed FROM runs WHERE finished_at IS NULL"
    /// A run that is being deleted.
    static let isBeingDeleted = "json_extract(r.outcome, '$.deleting') IS NOT NULL"

    /// Unfinished runs that take answers from `run`, the oldest first: it stays until they are over.
    package func unfinishedRuns(resuming run: Identifier) throws -> [Identifier] {
        try String.fetchAll(
            db, sql: "SELECT id FROM (\(Self.resuming)) WHERE resumed = ? ORDER BY id", arguments: [run.text]
        ).compactMap { Identifier($0) }
    }

    /// True when all of a run is there: it is not gone, and not being deleted.
    package func isWhole(_ run: Identifier) throws -> Bool {
        try Bool.fetchOne(
            try db.cachedStatement(sql: "SELECT NOT \(Self.isBeingDeleted) FROM runs r WHERE id = ?"),
            arguments: [run.text]) ?? false
    }

    /// The runs of `scope` that are over, the oldest first; those whose deletion was cut short belong to every scope.
    package func deletableRuns(_ scope: DeletionScope) throws -> [DeletableRun] {
        var query = Conditions()
        if let before = scope.endedBefore { query.add("r.finished_at < ?", before.milliseconds) }
        query.anyOf("r.id", scope.runs.map(\.text))
        if scope.keepsFailed { query.add("r.state <> 'failed'") }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT r.id, r.kind, r.name, r.question, r.state, r.finished_at, \(Self.isBeingDeleted) AS has_begun,
                    (SELECT count(*) FROM jobs WHERE run = r.row) AS jobs,
                    (SELECT count(*) FROM jobs j JOIN message_rows m ON m.job = j.row WHERE j.run = r.row) AS messages,
                    (SELECT json_group_array(id) FROM sessions WHERE run = r.row) AS sessions
                FROM runs r WHERE \(Self.isOver) AND ((1 = 1\(query.continuation)) OR \(Self.isBeingDeleted)) ORDER BY r.row
                """, arguments: query.arguments)
        return try rows.map { row in
            DeletableRun(
                id: try identifier(row["id"]), kind: row["kind"], name: row["name"], question: row["question"],
                state: try word(row["state"]), finishedAt: Timestamp(milliseconds: row["finished_at"]),
                jobs: row["jobs"], messages: row["messages"], sessions: identifiers(row["sessions"]),
                hasBegun: row["has_begun"])
        }
    }

    /// Events of those of `runs` that are being deleted: at most those of `window` numbers after `cursor`.
    ///
    /// The log has no order by run, so it is looked through once for all of them.
    package func eventsToDelete(
        of runs: [Identifier], after cursor: Int64, window: Int64
    ) throws -> (events: [Int64], next: Int64) {
        let end = min(cursor + window, try newestEvent())
        let events = try Int64.fetchAll(
            try db.cachedStatement(
                sql: """
                    SELECT e.id FROM events e WHERE e.id > ? AND e.id <= ? AND coalesce(
                        (SELECT run FROM sessions WHERE row = e.session), (SELECT run FROM jobs WHERE row = e.job), e.run)
                        IN (SELECT r.row FROM json_each(?) CROSS JOIN runs r ON r.id = value WHERE \(Self.isBeingDeleted))
                    ORDER BY e.id
                    """), arguments: [cursor, end, Self.list(runs)])
        return (events, end)
    }

    /// Where the events of `runs` begin: all of them have larger numbers.
    package func firstEvent(of runs: [Identifier]) throws -> Int64 {
        try Int64.fetchOne(
            db, sql: "SELECT min(first_event) FROM runs WHERE id IN (SELECT value FROM json_each(?))",
            arguments: [Self.list(runs)]) ?? 0
    }

    /// Those of `sessions` that the store knows.
    package func known(sessions: [Identifier]) throws -> Set<Identifier> {
        Set(
            try String.fetchAll(
                db, sql: "SELECT id FROM sessions WHERE id IN (SELECT value FROM json_each(?))",
                arguments: [Self.list(sessions)]
            ).compactMap { Identifier($0) })
    }

    /// Kept answers that are older than `before`, and those of `runs`: key and time of each.
    package func keptAnswers(before: Timestamp?, of runs: [Identifier]) throws -> [(key: String, at: Timestamp)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT key, at FROM kept_answers WHERE at < ? OR job IN (SELECT j.row FROM json_each(?)
                    CROSS JOIN runs r ON r.id = value JOIN jobs j ON j.run = r.row)
                """, arguments: [before?.milliseconds ?? 0, Self.list(runs)]
        ).map { ($0[0], Timestamp(milliseconds: $0[1])) }
    }

    /// What sessions that were deleted had cost on a day: a budget of the day counts it although its ledger is gone.
    func spentByDeleted(on day: Int64, in pool: Pool) throws -> Money {
        Money(
            nanos: try Int64.fetchOne(
                try db.cachedStatement(sql: "SELECT CAST(value AS INTEGER) FROM store WHERE key = ?"),
                arguments: [Self.spentKey(day, pool)]) ?? 0)
    }

    /// The key under which it stands.
    static func spentKey(_ day: Int64, _ pool: Pool) -> String {
        spentPrefix + "\(day) " + WriterCore.storable(pool.text)
    }

    /// What all these keys begin with; the day follows.
    static let spentPrefix = "deleted_cost "

    /// Bytes of the file that hold nothing: what comes is written there before the file grows.
    package func freeBytes() throws -> Int64 {
        let pages = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        return pages * (try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }

    /// Identifiers as one argument, for `json_each`.
    static func list(_ ids: [Identifier]) -> String { "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]" }
}
