package import Model

extension JobQueue {
    /// What a job waits for, and roughly how long; nil when it runs, is over, or is not known here.
    ///
    /// Looks at all that waits, so it is for people, not for decisions; whoever asks about many jobs takes `turns` once.
    package func waiting(_ id: Identifier, at now: Duration) -> Waiting? { waiting(id, at: now, turns: turns()) }

    /// The same, with the order of those that wait as it was found before; without it nobody is counted.
    package func waiting(_ id: Identifier, at now: Duration, turns: Turns?) -> Waiting? {
        guard let slot = index[id], let entry = entries[slot], !entry.isRunning, !entry.isFinal else { return nil }
        var reasons: [Waiting.Reason] = entry.isHeld ? [.held] : []
        var until: [Duration?] = entry.isHeld ? [nil] : []
        switch entry.stage {
        case .running, .final: return nil
        case .needs:
            let open = openNeeds(entry)
            // Held, it is not decided about.
            if open.isEmpty { break }
            reasons.append(.needs(open.map(\.name)))
            until.append(open.contains { $0.end == nil } ? nil : open.compactMap(\.end).max())
        case .decision:
            reasons.append(.decision)
            until.append(now)
        case .time(let due, let isParked):
            until.append(due)
            if let failure = entry.failure {
                reasons.append(isParked ? .parked(failure.class) : .retry(attempt: entry.attempt + 1, failure.class))
            } else {
                reasons.append(.time)
            }
        case .ready:
            if let refusal {
                reasons.append(.admission(refusal))
                until.append(nil)
            }
            for pool in entry.pools {
                guard let (reason, end) = block(pool, entry, now) else { continue }
                reasons.append(reason)
                until.append(end)
            }
            if let (reason, end) = budgetBlock(entry) {
                reasons.append(reason)
                until.append(end)
            }
            if let ahead = turns?.ahead[slot], ahead > 0 {
                reasons.append(.turn(ahead: ahead))
                until.append(turn(of: entry, ahead: ahead, now))
            }
        }
        let known = until.compactMap { $0 }
        let expected = known.count == until.count ? known.max().map { max(.zero, $0 - now) } : nil
        return Waiting(reasons: reasons, expected: expected)
    }

    /// The job's number among those of its run: lower ones go first, where their priorities are equal. Nil when it is not known.
    package func place(of id: Identifier) -> Int? { index[id].flatMap { entries[$0]?.ticket } }

    /// True when only room and its turn are wanting.
    package func isReady(_ id: Identifier) -> Bool { index[id].flatMap { entries[$0]?.stage } == .ready }

    /// When the live attempt of a job is likely to end; nil while none lives.
    func expectedEnd(_ slot: Int) -> Duration? {
        guard let entry = entries[slot], entry.isRunning else { return nil }
        return expected(entry).map { entry.started + $0 }
    }

    private func openNeeds(_ entry: Entry) -> [(name: String, end: Duration?)] {
        entry.job.needs.compactMap { need in
            switch need.target {
            case .job(let id):
                guard let slot = index[id], let other = entries[slot], !other.isFinal else { return nil }
                return (other.job.name, expectedEnd(slot))
            case .group(let id):
                guard let group = groups[id], !group.isOver else { return nil }
                return ("all of \(group.group.name)", nil)
            }
        }
    }

    private func block(_ number: Int, _ entry: Entry, _ now: Duration) -> (Waiting.Reason, Duration?)? {
        let pool = pools[number]
        if pool.isPaused { return (.paused(pool.pool), nil) }
        if pool.startLimit.isReached { return (.blocked(pool.pool), nil) }
        guard !pool.hasRoom(isInteractive: entry.job.isInteractive, at: now) else { return nil }
        let end = pool.holders.compactMap { expectedEnd($0) }.min()
        switch pool.governor?.standing(at: now) {
        case .parked(let until)?: return (.provider(pool.pool, .parked(until: until)), until)
        case .tripped(let until)?: return (.provider(pool.pool, .tripped(until: until)), until)
        case .probing?: return (.provider(pool.pool, .probing), end)
        case .lowered(let slots)?: return (.provider(pool.pool, .lowered(to: slots)), end)
        case .open?, nil: break
        }
        guard let most = pool.limit.max else { return nil }
        if (pool.own + pool.elsewhere).total < most { return (.reserve(pool.pool), end) }
        let holder = pool.holders.min().flatMap { entries[$0]?.job.name }
        return (.full(pool.pool, max: most, elsewhere: pool.elsewhere.total, holder: holder), end)
    }

    private func budgetBlock(_ entry: Entry) -> (Waiting.Reason, Duration?)? {
        guard !budgets.holds(entry.job.id), let refused = budgets.refusal(entry.job.estimate, in: entry.budgets) else {
            return nil
        }
        let name = budgets.accounts[refused.budget].name
        switch refused.refusal {
        case .reserved(let quantity):
            let payers = entries.indices.filter { entries[$0]?.budgets.contains(refused.budget) == true }
            return (.budget(name, quantity), payers.compactMap { expectedEnd($0) }.min())
        case .spent(let quantity): return (.budget(name, quantity), nil)
        }
    }

    /// When the turn of a job is likely to come: those before it share the slots of its narrowest pool.
    private func turn(of entry: Entry, ahead: Int, _ now: Duration) -> Duration? {
        let slots = entry.pools.compactMap { pools[$0].ceiling(at: now) }.min() ?? 1
        guard slots > 0 else { return nil }
        let rounds = Double(ahead) / Double(slots)
        return expected(entry).map { now + .seconds(rounds * $0.inSeconds) }
    }

    /// How long an attempt is likely to take; nil where nothing is known of such jobs.
    private func expected(_ entry: Entry) -> Duration? {
        entry.job.expected ?? room.ledger.seenDuration.map { .seconds($0) }
    }
}
