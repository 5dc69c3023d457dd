internal import GRDB
package import Model

extension StoreReader {
    /// All coordinators that have not ended, and whether each is alive.
    package func coordinators() throws -> [CoordinatorRow] {
        try coordinatorRows("ended_at IS NULL")
    }

    /// One coordinator, nil when there is none.
    package func coordinator(_ id: Identifier) throws -> CoordinatorRow? {
        try coordinatorRows("id = ?", [id.text]).first
    }

    /// Coordinators that still own unfinished work while their lock is free: what to adopt.
    package func deadCoordinators() throws -> [CoordinatorRow] {
        try coordinatorRows("id IN (\(Self.owners))").filter { !$0.isAlive }
    }

    /// The coordinators that own unfinished work, alive or dead.
    package func ownersOfWork() throws -> Set<Identifier> {
        Set(try String.fetchAll(db, sql: Self.owners).compactMap { Identifier($0) })
    }

    /// Those that own unfinished work.
    static let owners = """
        SELECT owner FROM sessions WHERE ended_at IS NULL
            UNION SELECT owner FROM runs WHERE finished_at IS NULL AND owner IS NOT NULL
        """

    /// How many unfinished runs a coordinator owns, and how many live sessions.
    package func load(of owner: Identifier) throws -> (runs: Int, sessions: Int) {
        let statement = try db.cachedStatement(
            sql: """
                SELECT (SELECT count(*) FROM runs WHERE owner = ?1 AND finished_at IS NULL),
                    (SELECT count(*) FROM sessions WHERE owner = ?1 AND ended_at IS NULL)
                """)
        let row = try Row.fetchOne(statement, arguments: [owner.text])
        return (row?[0] ?? 0, row?[1] ?? 0)
    }

    /// Unfinished runs that no coordinator owns, the oldest first.
    package func unclaimedRuns() throws -> [Identifier] {
        try String.fetchAll(
            db, sql: "SELECT id FROM runs WHERE owner IS NULL AND finished_at IS NULL ORDER BY row"
        ).compactMap { Identifier($0) }
    }

    /// Unfinished runs that nobody works on: those that no coordinator owns, and those of dead ones.
    package func abandonedRuns() throws -> Set<Identifier> {
        var abandoned = Set(try unclaimedRuns())
        for dead in try deadCoordinators() {
            let owned = try String.fetchAll(
                db, sql: "SELECT id FROM runs WHERE owner = ? AND finished_at IS NULL", arguments: [dead.id.text])
            abandoned.formUnion(owned.compactMap { Identifier($0) })
        }
        return abandoned
    }

    /// Unfinished runs and jobs of `owner` that somebody asked to cancel.
    package func cancelRequests(owner: Identifier) throws -> [Named] {
        let runs = try String.fetchAll(
            db,
            sql: """
                SELECT id FROM runs WHERE owner = ? AND finished_at IS NULL AND cancel_requested_at IS NOT NULL ORDER BY row
                """, arguments: [owner.text])
        let jobs = try String.fetchAll(
            db,
            sql: """
                SELECT j.id FROM jobs j JOIN runs r ON r.row = j.run WHERE r.owner = ? AND r.finished_at IS NULL
                    AND j.cancel_requested_at IS NOT NULL AND j.finished_at IS NULL ORDER BY j.row
                """, arguments: [owner.text])
        return runs.compactMap { Identifier($0).map { .run($0) } } + jobs.compactMap { Identifier($0).map { .job($0) } }
    }

    private func coordinatorRows(_ condition: String, _ arguments: StatementArguments = []) throws -> [CoordinatorRow] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM coordinators WHERE \(condition) ORDER BY started_at, id", arguments: arguments
        ).map { row in
            let id = try identifier(row["id"])
            return CoordinatorRow(
                id: id, epoch: row["epoch"], pid: row["pid"], kind: row["kind"],
                startedAt: Timestamp(milliseconds: row["started_at"]),
                heartbeat: Timestamp(milliseconds: row["heartbeat"]),
                endedAt: time(row["ended_at"]), isAlive: !isDead(id))
        }
    }
}
