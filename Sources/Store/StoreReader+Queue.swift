internal import GRDB
package import Model

/// One pool as the store knows it.
package struct PoolRow: Sendable, Hashable {
    package var pool: Pool
    package var limit: PoolLimit
    /// Since when a person has paused it.
    package var pausedAt: Timestamp?
    /// What holds it back, in words, as its coordinator last said.
    package var standing: String?
    /// Until when it does, where that is known.
    package var standingUntil: Timestamp?
    /// The slots that are taken, in all coordinators.
    package var use: PoolUse
}

extension StoreReader {
    /// All pools that have a limit, a pause, or somebody in them.
    package func pools() throws -> [PoolRow] {
        let uses = try poolUses()
        var pools: [Pool: PoolRow] = [:]
        for (pool, use) in uses { pools[pool] = PoolRow(pool: pool, limit: PoolLimit(max: nil), use: use) }
        let rows = try Row.fetchCursor(try db.cachedStatement(sql: "SELECT * FROM pools"))
        while let row = try rows.next() {
            guard let pool = Pool(row["name"] as String) else { continue }
            pools[pool] = PoolRow(
                pool: pool, limit: PoolLimit(max: row["max"], reserve: row["reserve"]),
                pausedAt: time(row["paused_at"]),
                standing: row["standing"], standingUntil: time(row["standing_until"]), use: uses[pool] ?? .zero)
        }
        return pools.values.sorted { $0.pool.text < $1.pool.text }
    }

    /// The pools that only a person opens: those that one has paused, and those in which attempts break as soon as they start,
    /// while a coordinator lives that knows so.
    package func closedPools() throws -> [ClosedPool] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT name, paused_at IS NOT NULL AS paused FROM pools
                WHERE paused_at IS NOT NULL OR standing = 'blocked' ORDER BY name
                """)
        let closed = try Row.fetchAll(statement).compactMap { row in
            Pool(row["name"] as String).map { ClosedPool($0, row["paused"] ? .paused : .broken) }
        }
        guard closed.contains(where: { $0.cause == .broken }), try !coordinators().contains(where: \.isAlive) else {
            return closed
        }
        return closed.filter { $0.cause == .paused }
    }

    /// The unfinished jobs that stand at the front of the queue: all that run, and of each run the `most` that come first
    /// by their rank, tenfold in all; with how many unfinished jobs there are.
    ///
    /// Of a batch the parts that bring rows are among them, finished or not: whether rows are still to come hangs on them.
    package func frontOfQueue(_ most: Int) throws -> (jobs: [JobRow], count: Int) {
        let statement = try db.cachedStatement(
            sql: """
                SELECT row FROM (
                    SELECT row, run, state, priority, position, row_number() OVER (
                        PARTITION BY run ORDER BY state = 'running' DESC, priority DESC, position) AS place
                    FROM jobs WHERE finished_at IS NULL)
                WHERE place <= ?1 OR state = 'running'
                ORDER BY state = 'running' DESC, priority DESC, run, position LIMIT 10 * ?1
                """)
        let front = try Int64.fetchAll(statement, arguments: [most])
        let list = Self.list(front)
        var query = Conditions()
        query.add(
            """
            j.row IN (SELECT value FROM json_each(?1) UNION SELECT row FROM jobs WHERE kind IN ('axis', 'matrix')
                AND run IN (SELECT run FROM jobs WHERE row IN (SELECT value FROM json_each(?1))))
            """, list)
        var unfinished = ListFilter()
        unfinished.unfinishedOnly = true
        return (try jobRows(query, order: "j.run, j.position", limit: .max), try jobCount(unfinished))
    }

    /// How many unfinished parts each job of a batch has, by the job's name.
    package func unfinishedParts(ofRun run: Identifier) throws -> [String: Int] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT iif(instr(module, '['), substr(module, 1, instr(module, '[') - 1), module) AS job, count(*)
                FROM jobs WHERE run = (SELECT row FROM runs WHERE id = ?) AND finished_at IS NULL AND module IS NOT NULL
                GROUP BY job
                """)
        let rows = try Row.fetchCursor(statement, arguments: [run.text])
        var parts: [String: Int] = [:]
        while let row = try rows.next() { parts[row[0]] = row[1] }
        return parts
    }

    /// The slots that are taken, pool by pool; `besides` leaves out those of one coordinator.
    package func poolUses(besides coordinator: Identifier? = nil) throws -> [Pool: PoolUse] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT s.pool, sum(s.interactive), count(*) FROM slots s JOIN sessions x ON x.row = s.session
                WHERE ?1 IS NULL OR x.owner <> ?1 GROUP BY s.pool
                """)
        let rows = try Row.fetchCursor(statement, arguments: [coordinator?.text])
        var uses: [Pool: PoolUse] = [:]
        while let row = try rows.next() {
            guard let pool = Pool(row[0] as String) else { continue }
            let interactive: Int = row[1]
            uses[pool] = PoolUse(interactive: interactive, batch: row[2] - interactive)
        }
        return uses
    }

    /// What people have wanted of the queue since the wish numbered `last`, in order, each with its number.
    package func wishes(after last: Int64) throws -> [(number: Int64, wish: Wish)] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT w.row, w.word, r.id, j.id, w.pool, w.value FROM wishes w LEFT JOIN runs r ON r.row = w.run
                LEFT JOIN jobs j ON j.row = w.job WHERE w.row > ? ORDER BY w.row
                """)
        let rows = try Row.fetchCursor(statement, arguments: [last])
        var wishes: [(number: Int64, wish: Wish)] = []
        while let row = try rows.next() {
            let target: Wish.Target? =
                optionalIdentifier(row[2]).map { .run($0) } ?? optionalIdentifier(row[3]).map { .job($0) }
            let pool = (row[4] as String?).flatMap { Pool($0) }
            guard let wish = Wish(word: row[1], target: target, pool: pool, value: row[5]) else { continue }
            wishes.append((row[0], wish))
        }
        return wishes
    }

    /// The number of the newest wish: what came before it stands in the rows.
    package func newestWish() throws -> Int64 {
        try Int64.fetchOne(try db.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'wishes'")) ?? 0
    }

    /// The number of the wish that gave a run its plan; 0 for the plan that it began with.
    package func planNumber(ofRun id: Identifier) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: "SELECT max(row) FROM wishes WHERE word = 'reload' AND run = (SELECT row FROM runs WHERE id = ?)")
        return try Int64.fetchOne(statement, arguments: [id.text]) ?? 0
    }
}
