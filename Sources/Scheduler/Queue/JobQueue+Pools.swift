package import Model

extension JobQueue {
    /// The number of a pool; one that nobody has limited has no limit, a key has one slot.
    mutating func pool(_ pool: Pool) -> Int {
        if let known = poolIndex[pool] { return known }
        var state = PoolState(pool, startLimit: policy.startLimit)
        if case .key = pool { state.limit.max = 1 }
        state.elsewhere = others[pool] ?? .zero
        let number = vacantPools.popLast() ?? pools.count
        if number == pools.count { pools.append(state) } else { pools[number] = state }
        poolIndex[pool] = number
        return number
    }

    /// Forgets a key or a matrix that no job needs any more; there is no end of them in a coordinator that lives long.
    mutating func forget(_ number: Int) {
        let state = pools[number]
        guard state.users == 0, !state.isPaused, state.governor == nil else { return }
        switch state.pool {
        case .group: break
        case .key where state.limit == PoolLimit(max: 1): break
        default: return
        }
        // Nobody waits behind it; what was closed by it may be opened by nobody else.
        ease([number])
        poolIndex[state.pool] = nil
        vacantPools.append(number)
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
        others = uses
        for (pool, number) in poolIndex {
            let use = uses[pool] ?? .zero
            guard pools[number].elsewhere != use else { continue }
            pools[number].elsewhere = use
            ease([number])
        }
    }

    /// What holds a governed pool back at `now`; nil for a pool that nobody governs.
    package func standing(of pool: Pool, at now: Duration) -> PoolGovernor.Standing? {
        poolIndex[pool].flatMap { pools[$0].governor?.standing(at: now) }
    }

    /// True when the job needs a slot in `pool`.
    package func needs(_ job: Identifier, _ pool: Pool) -> Bool {
        guard let slot = index[job], let number = poolIndex[pool] else { return false }
        return entries[slot]?.pools.contains(number) == true
    }

    /// The providers of jobs that could begin now, if there were slots for them.
    package var waitingProviders: Set<String> {
        var names: Set<String> = []
        for line in room.lines.values where line.waiting > 0 {
            for number in line.key.widePools {
                if case .provider(let name) = pools[number].pool { names.insert(name) }
            }
        }
        return names
    }

    /// The slots of a pool that this coordinator has taken: what it reports to the store.
    package func use(of pool: Pool) -> PoolUse { poolIndex[pool].map { pools[$0].own } ?? .zero }

    /// True while nothing starts in this pool because what starts there breaks at once.
    package func isBlocked(_ pool: Pool) -> Bool { poolIndex[pool].map { pools[$0].startLimit.isReached } ?? false }
}
