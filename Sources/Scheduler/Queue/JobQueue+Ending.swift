import Model

extension JobQueue {
    /// The live attempt of a job ended: its slots and its promise come back, and the job ends or waits for another.
    mutating func ended(_ id: Identifier, _ end: AttemptEnd, _ now: Duration) {
        guard let slot = index[id], let entry = entries[slot], case .running(let isEnding) = entry.stage else { return }
        if let failure = end.failure, failure.class.reaction == .requeue { return neverRan(slot, failure, now) }
        if end.hasRun {
            vacate(slot)
            let lived = now - entry.started
            room.ledger.settle(entry.account, charged: entry.charged, used: lived.inSeconds)
            budgets.settle(id, money: end.money, tokens: end.tokens, time: lived)
        } else {
            giveBack(slot)
        }
        // After the job itself: a budget that this attempt used up must not skip the job that it was for.
        defer { for place in entry.budgets { settled(place) } }
        let failure =
            end.state == .completed
            ? nil : end.failure ?? Failure(.crash, "The session ended \(end.state.rawValue) without a reason.")
        if end.hasRun { feel(entry, isEnding ? nil : failure, isGood: end.state == .completed, now) }
        ease(entry.pools)
        guard let failure else { return finish(slot, .completed, nil) }
        entries[slot]?.failure = failure
        if end.state == .cancelled || failure.class == .cancelled { return finish(slot, .cancelled, failure) }
        // Whoever asked for its end does not want another attempt, whatever the end looks like.
        guard !isEnding, entry.stopping == nil else { return finish(slot, .failed, failure) }
        if let group = entry.job.group, groups[group]?.isBroken == true { return finish(slot, .failed, failure) }
        if failure.class == .structuredOutput {
            // An answer that does not fit goes back with the reason, at once and once: the provider is well.
            guard !entry.isRepaired else { return finish(slot, .failed, failure) }
            entries[slot]?.isRepaired = true
            return again(slot, .zero, failure, end, isParked: false, now)
        }
        switch entry.job.retry.decide(after: failure, attempt: entry.attempt, tries: entry.tries, using: &random) {
        case .giveUp: finish(slot, .failed, failure)
        case .again(let wait): again(slot, wait, failure, end, isParked: false, now)
        case .park(let wait):
            entries[slot]?.tries -= 1
            again(slot, wait, failure, end, isParked: true, now)
        }
    }

    /// Nothing of the attempt ran and nothing was paid.
    private mutating func neverRan(_ slot: Int, _ failure: Failure, _ now: Duration) {
        takeBack(slot)
        guard let entry = entries[slot] else { return }
        if let stopping = entry.stopping { return finish(slot, stopping.state, stopping.failure(after: entry.attempt)) }
        if let cause = entry.endCause { return finish(slot, .cancelled, Failure(cause, "Ended before it began.")) }
        entries[slot]?.recorded = .queued
        actions.append(.requeue(job: entry.job.id, failure))
        queue(slot, now)
        write(slot)
    }

    private mutating func again(
        _ slot: Int, _ pause: Duration, _ failure: Failure, _ end: AttemptEnd, isParked: Bool, _ now: Duration
    ) {
        guard let entry = entries[slot] else { return }
        if let pools = end.nextPools { move(slot, to: pools) }
        actions.append(
            .retry(job: entry.job.id, attempt: entry.attempt + 1, wait: pause, failure, isParked: isParked))
        entries[slot]?.recorded = isParked ? .parked : .waiting
        wait(slot, until: now + pause, isParked: isParked)
    }

    /// Lets the pools of an attempt learn from its end.
    private mutating func feel(_ entry: Entry, _ failure: Failure?, isGood: Bool, _ now: Duration) {
        for pool in entry.pools where pools[pool].governor != nil && (isGood || failure != nil) {
            let before = pools[pool].governor?.standing(at: now)
            let live = (pools[pool].own + pools[pool].elsewhere).total + 1
            pools[pool].governor?.ended(
                isGood ? nil : failure, started: entry.started, live: live, at: now, using: &random)
            if let after = pools[pool].governor?.standing(at: now), after != before {
                actions.append(.poolChanged(pools[pool].pool, after))
            }
        }
        guard let pool = scope(of: entry) else { return }
        if isGood {
            pools[pool].startLimit.succeeded()
        } else if let failure, pools[pool].startLimit.count(failure, started: entry.started, ended: now) {
            actions.append(.poolBlocked(pools[pool].pool))
        }
    }

    /// The pool that is blamed for a start that breaks: the module's, else the provider's.
    private func scope(of entry: Entry) -> Int? {
        entry.pools.first { if case .module = pools[$0].pool { true } else { false } }
            ?? entry.pools.first { if case .provider = pools[$0].pool { true } else { false } }
    }

    /// Something may start again in these pools; what still cannot is found out when it is tried.
    mutating func ease(_ pools: [Int]) {
        for pool in pools {
            room.ease(.pool(pool, isInteractive: false))
            room.ease(.pool(pool, isInteractive: true))
        }
    }
}

extension Duration {
    /// The whole of it in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
