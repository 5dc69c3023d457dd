package import Model

extension JobQueue {
    /// The number of a pool; one that nobody has limited has no limit, a key has one slot.
    mutating func pool(_ pool: Pool) -> Int {
        if let known = poolIndex[pool] { return known }
        var limit = PoolLimit(max: nil)
        if case .key = pool { limit.max = 1 }
        pools.append(PoolState(pool: pool, limit: limit, startLimit: policy.startLimit))
        poolIndex[pool] = pools.count - 1
        return pools.count - 1
    }

    /// The settings allow more or less from now on. What runs goes on: a limit holds for starts.
    mutating func change(_ pool: Pool, _ limit: PoolLimit, _ now: Duration) {
        let number = self.pool(pool)
        pools[number].limit = limit
        pools[number].governor?.allow(limit.max)
        ease([number])
    }

    /// Lets a pool react to its provider, or react no more.
    mutating func govern(_ pool: Pool, _ policy: PoolGovernor.Policy?, _ now: Duration) {
        let number = self.pool(pool)
        pools[number].governor = policy.map { PoolGovernor($0, max: pools[number].limit.max) }
        if policy == nil { governed.remove(number) } else { governed.insert(number) }
        ease([number])
    }

    /// A person stops a pool, or lets it go on.
    mutating func pause(_ pool: Pool, _ isPaused: Bool, _ now: Duration) {
        let number = self.pool(pool)
        pools[number].isPaused = isPaused
        if !isPaused { ease([number]) }
    }

    /// The cause of a crash loop is gone.
    mutating func reset(_ pool: Pool, _ now: Duration) {
        let number = self.pool(pool)
        pools[number].startLimit.reset()
        ease([number])
    }

    /// What the other coordinators use, as the store just said.
    mutating func heard(_ uses: [Pool: PoolUse], _ now: Duration) {
        for (pool, use) in uses where poolIndex[pool] == nil && use != .zero { _ = self.pool(pool) }
        for number in pools.indices {
            let use = uses[pools[number].pool] ?? .zero
            guard pools[number].elsewhere != use else { continue }
            pools[number].elsewhere = use
            ease([number])
        }
    }

    /// What holds a governed pool back at `now`; nil for a pool that nobody governs.
    package func standing(of pool: Pool, at now: Duration) -> PoolGovernor.Standing? {
        poolIndex[pool].flatMap { pools[$0].governor?.standing(at: now) }
    }

    /// The slots of a pool that this coordinator has taken: what it reports to the store.
    package func use(of pool: Pool) -> PoolUse { poolIndex[pool].map { pools[$0].own } ?? .zero }

    /// True while nothing starts in this pool because what starts there breaks at once.
    package func isBlocked(_ pool: Pool) -> Bool { poolIndex[pool].map { pools[$0].startLimit.isReached } ?? false }
}
