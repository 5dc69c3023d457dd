internal import GRDB
package import Model

extension StoreWriter {
    /// What stands against a new attempt of `job` at this moment, over all coordinators; nil when nothing does.
    ///
    /// Ask inside the transaction that begins the attempt. `limits` are the asker's own, of its pools that have one: what other
    /// coordinators allow themselves, by other settings, is no rule for this one. A pool that people named and the asker has no
    /// limit for has the one that was written last.
    package func refusal(
        toBegin job: Identifier, pools: [Pool], limits: [Pool: PoolLimit], isInteractive: Bool
    ) throws -> ClaimRefusal? {
        guard
            let facts = try Row.fetchOne(
                try core.statement(
                    """
                    SELECT held_at IS NOT NULL, finished_at IS NOT NULL,
                        (SELECT count(*) FROM sessions WHERE job = jobs.row AND ended_at IS NULL),
                        cancel_requested_at IS NOT NULL
                            OR (SELECT cancel_requested_at IS NOT NULL FROM runs WHERE row = jobs.run)
                    FROM jobs WHERE id = ?
                    """), arguments: [job.text])
        else { throw StoreError.missing(kind: "job", id: job) }
        return ClaimRule().refusal(
            Claim(
                isInteractive: isInteractive, isUnwanted: facts[3], isHeld: facts[0], unfinished: facts[2],
                jobIsFinal: facts[1],
                pools: try pools.map { try slot(in: $0, limits[$0]) }))
    }

    /// Takes the slots of a session that was just written. They come back by themselves when it ends.
    package func takeSlots(of session: Identifier, in pools: [Pool], isInteractive: Bool) throws {
        let row = try core.row(session, in: "sessions", kind: "session")
        for pool in pools {
            try core.execute(
                "INSERT OR IGNORE INTO slots (pool, session, interactive) VALUES (?, ?, ?)",
                [WriterCore.storable(pool.text), row, isInteractive ? 1 : 0])
        }
    }

    private func slot(in pool: Pool, _ limit: PoolLimit?) throws -> Claim.Slot {
        let name = WriterCore.storable(pool.text)
        let row = try Row.fetchOne(
            try core.statement("SELECT paused_at IS NOT NULL, max, reserve FROM pools WHERE name = ?"),
            arguments: [name])
        let isPaused: Bool = row?[0] ?? false
        var limit = limit ?? PoolLimit(max: nil)
        if case .named = pool, limit.max == nil, let row { limit = PoolLimit(max: row[1], reserve: row[2]) }
        // A key excludes all others, whether or not anybody has said so.
        if case .key = pool { limit.max = limit.max ?? 1 }
        guard limit.max != nil else { return Claim.Slot(pool, limit, use: .zero, isPaused: isPaused) }
        let statement = try core.statement("SELECT count(*), total(interactive) FROM slots WHERE pool = ?")
        guard let taken = try Row.fetchOne(statement, arguments: [name]) else {
            return Claim.Slot(pool, limit, use: .zero, isPaused: isPaused)
        }
        let (total, interactive): (Int, Int) = (taken[0], taken[1])
        return Claim.Slot(
            pool, limit, use: PoolUse(interactive: interactive, batch: total - interactive), isPaused: isPaused)
    }

    /// Says what a pool allows, for people: each coordinator keeps to the limits of its own settings.
    package func setPool(_ pool: Pool, _ limit: PoolLimit) throws {
        try core.execute(
            """
            INSERT INTO pools (name, max, reserve) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO UPDATE SET max = ?2, reserve = ?3 WHERE max IS NOT ?2 OR reserve <> ?3
            """, [WriterCore.storable(pool.text), limit.max, limit.reserve])
    }

    /// Notes what holds a pool back, in words and until when; nil is nothing.
    package func setPool(_ pool: Pool, standing: String?, until: Timestamp?) throws {
        try core.execute(
            """
            INSERT INTO pools (name, standing, standing_until) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO UPDATE SET standing = ?2, standing_until = ?3
            """, [WriterCore.storable(pool.text), standing, until?.milliseconds])
    }

    /// Writes what a person wants of the queue: into the rows at once, and for the coordinators that have read them already.
    ///
    /// Returns how many jobs it changed; for a pool 0.
    @discardableResult
    package func wish(_ wish: Wish, at: Timestamp) throws -> Int {
        var (run, job): (Int64?, Int64?) = (nil, nil)
        switch wish.target {
        case .run(let id)?: run = try core.row(id, in: "runs", kind: "run")
        case .job(let id)?: job = try core.row(id, in: "jobs", kind: "job")
        case nil: break
        }
        let jobs = "(run = ?1 OR row = ?2) AND finished_at IS NULL"
        var changed = 0
        var value: Int?
        switch wish {
        case .hold:
            try core.execute(
                """
                UPDATE jobs SET held_at = ?3, state = CASE WHEN state = 'running' THEN state ELSE 'held' END
                WHERE \(jobs) AND held_at IS NULL
                """, [run, job, at.milliseconds])
            changed = db.changesCount
        case .release:
            try core.execute(
                """
                UPDATE jobs SET held_at = NULL,
                    state = CASE WHEN state <> 'held' THEN state WHEN kind = 'merge' THEN 'waiting' ELSE 'queued' END
                WHERE \(jobs) AND held_at IS NOT NULL
                """, [run, job])
            changed = db.changesCount
        case .prioritise(_, let priority):
            value = min(20, max(-20, priority))
            try core.execute("UPDATE jobs SET priority = ?3 WHERE \(jobs)", [run, job, value])
            changed = db.changesCount
        case .moveToFront:
            changed = try core.value("SELECT count(*) FROM jobs WHERE \(jobs)", [run, job]) ?? 0
        // Whoever wishes it has written the plan, and the jobs that follow from it.
        case .reload: break
        case .pause(let pool): try setPaused(pool, at)
        case .unpause(let pool): try setPaused(pool, nil)
        // Whoever closed it may be dead; then nobody else says that it is open.
        case .reset(let pool): try unblock(pool)
        }
        try core.execute(
            "INSERT INTO wishes (at, word, run, job, pool, value) VALUES (?, ?, ?, ?, ?, ?)",
            [at.milliseconds, wish.word, run, job, wish.pool.map { WriterCore.storable($0.text) }, value])
        // Coordinators look four times a second; a day is for one that was suspended. Which plan a run has, and what goes before
        // the others in it, stands in no row: whoever takes the run over asks for that to its end.
        try core.execute(
            """
            DELETE FROM wishes WHERE at < ? AND NOT (word IN ('reload', 'front')
                AND (ifnull(run IN (SELECT row FROM runs WHERE finished_at IS NULL), 0)
                    OR ifnull(job IN (SELECT row FROM jobs WHERE finished_at IS NULL), 0)))
            """, [at.milliseconds - 86_400_000])
        return changed
    }

    /// Holds these jobs if the one that brought them is held: its hold may be younger than what its coordinator has heard.
    package func inheritHold(of job: Identifier, by others: [Identifier]) throws {
        try core.execute(
            """
            UPDATE jobs SET state = 'held', held_at = (SELECT held_at FROM jobs WHERE id = ?1)
            WHERE id IN (SELECT value FROM json_each(?2)) AND (SELECT held_at FROM jobs WHERE id = ?1) IS NOT NULL
            """, [job.text, JSONValue.array(others.map { .string($0.text) }).text])
    }

    /// Notes that attempts may start again in a pool where they broke at once; whatever else holds it back stays.
    package func unblock(_ pool: Pool) throws {
        try core.execute(
            "UPDATE pools SET standing = NULL, standing_until = NULL WHERE name = ? AND standing = 'blocked'",
            [WriterCore.storable(pool.text)])
    }

    /// Takes back what coordinators that are gone have said of pools: all of it, or of `pool` alone.
    package func forgetStandings(of pool: Pool? = nil) throws {
        try core.execute(
            """
            UPDATE pools SET standing = NULL, standing_until = NULL WHERE standing IS NOT NULL AND (?1 IS NULL OR name = ?1)
            """, [pool.map { WriterCore.storable($0.text) }])
    }

    private func setPaused(_ pool: Pool, _ at: Timestamp?) throws {
        try core.execute(
            "INSERT INTO pools (name, paused_at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET paused_at = ?2",
            [WriterCore.storable(pool.text), at?.milliseconds])
    }
}
