/// May this attempt begin now? Asked a second time, by the store, inside the transaction that begins it.
///
/// The scheduler of each coordinator decides with what it knows of the others, which may be a moment old. Two of them that
/// decide at once would pass a limit together; so the facts are read again where only one can write, and the same rule is
/// asked about them. What it refuses goes back to the scheduler, which waits for the pool as if it had known.
package struct ClaimRule: Sendable {
    /// The rule; it holds no state.
    package init() {}

    /// The first reason why the attempt may not begin; nil when it may.
    package func refusal(_ claim: Claim) -> ClaimRefusal? {
        guard Ownership().mayBegin(unfinished: claim.unfinished, jobIsFinal: claim.jobIsFinal) else { return .taken }
        if claim.isUnwanted { return .unwanted }
        if claim.isHeld { return .held }
        for pool in claim.pools {
            if pool.isPaused { return .paused(pool.pool) }
            guard pool.limit.hasRoom(isInteractive: claim.isInteractive, beside: pool.use) else {
                return .full(pool.pool, pool.use)
            }
        }
        return nil
    }
}

/// What the store knows of a job that is about to begin, read in one transaction.
package struct Claim: Sendable, Hashable {
    /// One pool of the job.
    package struct Slot: Sendable, Hashable {
        package var pool: Pool
        package var limit: PoolLimit
        /// Live attempts of all coordinators in this pool, without the one that is about to begin.
        package var use: PoolUse
        /// A person paused it.
        package var isPaused: Bool

        /// The pool as it is now.
        package init(_ pool: Pool, _ limit: PoolLimit, use: PoolUse, isPaused: Bool = false) {
            self.pool = pool
            self.limit = limit
            self.use = use
            self.isPaused = isPaused
        }
    }

    /// A person waits for it.
    package var isInteractive: Bool
    /// A person wants it or its run to end: no wish of that kind is ever passed over.
    package var isUnwanted: Bool
    /// A person said that it must not begin.
    package var isHeld: Bool
    /// Sessions of the job that are not final, in any coordinator.
    package var unfinished: Int
    package var jobIsFinal: Bool
    package var pools: [Slot]

    /// These facts.
    package init(
        isInteractive: Bool = false, isUnwanted: Bool = false, isHeld: Bool = false, unfinished: Int = 0,
        jobIsFinal: Bool = false,
        pools: [Slot] = []
    ) {
        self.isInteractive = isInteractive
        self.isUnwanted = isUnwanted
        self.isHeld = isHeld
        self.unfinished = unfinished
        self.jobIsFinal = jobIsFinal
        self.pools = pools
    }
}

/// Why an attempt may not begin, although a scheduler thought that it might.
package enum ClaimRefusal: Sendable, Hashable {
    /// Another attempt of the job lives, or the job is over.
    case taken
    /// A person wants the job or its run to end.
    case unwanted
    /// A person holds the job.
    case held
    /// A person paused this pool.
    case paused(Pool)
    /// No slot is free in this pool; what is in use over all coordinators.
    case full(Pool, PoolUse)
}
