internal import GRDB
package import Model

/// The work that was taken over from a dead coordinator.
package struct Adoption: Sendable, Hashable {
    package var runs: [RunRow]
    /// Unfinished sessions with their raised epochs and their true committed offsets.
    package var sessions: [SessionRow]
}

extension StoreWriter {
    /// Registers a coordinator at epoch 1. Its lock must be held already.
    package func register(_ id: Identifier, pid: Int32, kind: String, at: Timestamp) throws -> Fence {
        try core.execute(
            """
            INSERT INTO coordinators (id, epoch, pid, kind, started_at, heartbeat, lock) VALUES (?1, 1, ?2, ?3, ?4, ?4, ?5)
            """, [id.text, pid, kind, at.milliseconds, "coordinators/\(id.text).lock"])
        return Fence(coordinator: id, epoch: 1)
    }

    /// Deletes the rows of coordinators that ended before `time`: nobody asks for one that is over and owns nothing, and a write
    /// of one without a row is refused as that of one that ended.
    package func forgetCoordinators(endedBefore time: Timestamp) throws {
        try core.execute(
            "DELETE FROM coordinators WHERE ended_at < ? AND id NOT IN (\(StoreReader.owners))", [time.milliseconds])
    }

    /// Notes that the coordinator was there at `at`.
    package func heartbeat(_ id: Identifier, at: Timestamp) throws {
        try core.execute(
            "UPDATE coordinators SET heartbeat = ? WHERE id = ? AND ended_at IS NULL", [at.milliseconds, id.text])
    }

    /// Notes that the coordinator has ended by itself and owns nothing.
    package func release(_ id: Identifier, at: Timestamp) throws {
        try core.execute(
            "UPDATE coordinators SET ended_at = ?1, heartbeat = ?1 WHERE id = ?2", [at.milliseconds, id.text])
    }

    /// Takes an unfinished run that nobody owns; false when somebody was quicker.
    package func claim(run: Identifier, for fence: Fence) throws -> Bool {
        try core.execute(
            "UPDATE runs SET owner = ? WHERE id = ? AND owner IS NULL AND finished_at IS NULL",
            [fence.coordinator.text, run.text])
        return try changed(run, in: "runs", kind: "run")
    }

    /// Leaves a run (with its unfinished jobs) to whoever claims it.
    package func disown(run: Identifier) throws {
        try core.execute("UPDATE runs SET owner = NULL WHERE id = ? AND finished_at IS NULL", [run.text])
    }

    /// Takes over all unfinished runs and sessions of a dead coordinator, and raises its epoch. The caller holds its lock
    /// until the transaction is over.
    ///
    /// Everything happens in this transaction: a write of the old one that comes later is refused. Nil when it is at
    /// another epoch than `epoch`: somebody else was quicker.
    package func adopt(
        coordinator dead: Identifier, at epoch: Int64, into fence: Fence, at time: Timestamp
    ) throws -> Adoption? {
        let rules = Ownership()
        guard let now: Int64 = try core.value("SELECT epoch FROM coordinators WHERE id = ?", [dead.text]),
            rules.mayAdopt(lockTaken: true, epochSeen: epoch, epochNow: now)
        else { return nil }
        try core.execute(
            "UPDATE coordinators SET epoch = ?, ended_at = coalesce(ended_at, ?) WHERE id = ?",
            [rules.epochAfterAdoption(now), time.milliseconds, dead.text])
        let sessions = try takeOverSessions(of: dead, into: fence)
        let runs = try Int64.fetchAll(
            try core.statement("SELECT row FROM runs WHERE owner = ? AND finished_at IS NULL"), arguments: [dead.text])
        try core.execute(
            "UPDATE runs SET owner = ? WHERE owner = ? AND finished_at IS NULL", [fence.coordinator.text, dead.text])
        return Adoption(runs: try reader.runs(rows: runs), sessions: try reader.sessions(rows: sessions))
    }

    /// Gives the rows of a dead coordinator's unfinished sessions. All of them are taken over at once: a statement for
    /// each of ten thousand would keep everybody else waiting for seconds.
    private func takeOverSessions(of dead: Identifier, into fence: Fence) throws -> [Int64] {
        let rows = try Row.fetchAll(
            try core.statement("SELECT row, id, epoch FROM sessions WHERE owner = ? AND ended_at IS NULL"),
            arguments: [dead.text])
        for row in rows { core.forget(row[0]) }
        for epoch in Set(rows.map { row -> Int64 in row[2] }) {
            try core.execute(
                "UPDATE sessions SET owner = ?, epoch = ? WHERE owner = ? AND ended_at IS NULL AND epoch = ?",
                [fence.coordinator.text, Ownership().fenceAfterAdoption(epoch), dead.text, epoch])
        }
        // Reading the tracks back also finds the offsets that are in the log alone.
        let ids = rows.compactMap { Identifier($0[1]) }
        try core.load(ids)
        for id in ids { try core.save(try core.track(id)) }
        return rows.map { $0[0] }
    }
}
