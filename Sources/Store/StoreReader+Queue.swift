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
}
