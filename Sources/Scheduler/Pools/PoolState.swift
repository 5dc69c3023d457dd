import Model

/// One pool as the queue sees it: its limit, who is in it, and what holds it back.
struct PoolState: Sendable {
    let pool: Pool
    var limit: PoolLimit
    /// Attempts of this coordinator.
    var own = PoolUse.zero
    /// Attempts of all other coordinators of the store, as last heard.
    var elsewhere = PoolUse.zero
    /// A person paused it.
    var isPaused = false
    /// Kept apart, as one in a hundred pools has one: the modules of a long queue are as many as its jobs.
    var governor: PoolGovernor? {
        get { governors.first }
        set { governors = newValue.map { [$0] } ?? [] }
    }
    /// Used where the pool is a module's or a provider's: what breaks again and again, breaks there.
    var startLimit: StartLimit
    private var governors: [PoolGovernor] = []
    /// The jobs whose attempts live in it, by their slots.
    var holders: Set<Int> = []
    /// Jobs of the queue that need it, the running ones included; without any it can be forgotten.
    var users = 0

    /// A pool that nobody has limited, and that nobody is in.
    init(_ pool: Pool, startLimit: StartLimit) {
        self.pool = pool
        self.startLimit = startLimit
        limit = PoolLimit(max: nil)
    }

    /// Attempts that may live at `now`; nil is no limit.
    func ceiling(at now: Duration) -> Int? {
        if isPaused || startLimit.isReached { return 0 }
        guard let governed = governor?.ceiling(at: now) else { return limit.max }
        return min(limit.max ?? governed, governed)
    }

    /// True when one more attempt may begin.
    func hasRoom(isInteractive: Bool, at now: Duration) -> Bool {
        PoolLimit(max: ceiling(at: now), reserve: limit.reserve)
            .hasRoom(isInteractive: isInteractive, beside: own + elsewhere)
    }
}
