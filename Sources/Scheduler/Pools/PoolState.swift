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
    var governor: PoolGovernor?
    /// Used where the pool is a module's or a provider's: what breaks again and again, breaks there.
    var startLimit: StartLimit
    /// The jobs whose attempts live in it, by their slots.
    var holders: Set<Int> = []
    /// Jobs of the queue that need it, the running ones included; without any it can be forgotten.
    var users = 0

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
