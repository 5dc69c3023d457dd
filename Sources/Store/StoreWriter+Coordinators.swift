package import Model

/// The work that was taken over from a dead coordinator.
package struct Adoption: Sendable, Hashable {
    package var runs: [RunRow]
    /// Unfinished sessions with their raised epochs and their true committed offsets.
    package var sessions: [SessionRow]
}

extension StoreWriter {
    /// Registers a coordinator at epoch 1. Its lock must be held already.
    package func register(_ id: Identifier, pid: Int32, kind: String, at: Timestamp) throws -> Fence { fatalError() }
    /// Notes that the coordinator was there at `at`.
    package func heartbeat(_ id: Identifier, at: Timestamp) throws { fatalError() }
    /// Notes that the coordinator has ended by itself and owns nothing.
    package func release(_ id: Identifier, at: Timestamp) throws { fatalError() }
    /// Takes an unfinished run that nobody owns; false when somebody was quicker.
    package func claim(run: Identifier, for fence: Fence) throws -> Bool { fatalError() }
    /// Leaves a run (with its unfinished jobs) to whoever claims it.
    package func disown(run: Identifier) throws { fatalError() }
    /// Takes over all unfinished runs and sessions of a coordinator whose lock is free, and raises its epoch.
    ///
    /// Everything happens in this transaction: a write of the old one that comes later is refused. Nil when it is at
    /// another epoch than `epoch`: somebody else was quicker.
    package func adopt(coordinator dead: Identifier, at epoch: Int64, into fence: Fence, at: Timestamp) throws
        -> Adoption?
    {
        fatalError()
    }
}
