import Model

extension JobQueue {
    /// Starts what can start, best first, until nothing more can.
    mutating func fill(_ now: Duration) {
        guard refusal == nil, !isForLooking else { return }
        room.age(at: now)
        while startsLeft != 0, let next = room.candidate() {
            if let obstacle = obstacle(of: next.lane, next.ticket, now) {
                room.stop(next, by: obstacle)
            } else {
                start(next.ticket, now)
            }
        }
    }

    /// What stands in the way of the job at the head of a lane.
    private func obstacle(of lane: Lane, _ ticket: Ticket, _ now: Duration) -> Obstacle? {
        for pool in lane.key.pools
        where !pools[pool].hasRoom(isInteractive: lane.key.isInteractive, at: now) {
            return .pool(pool, isInteractive: lane.key.isInteractive)
        }
        guard !lane.key.budgets.isEmpty, let entry = entries[ticket.slot], !budgets.holds(entry.job.id),
            let refused = budgets.refusal(entry.job.estimate, in: lane.key.budgets)
        else { return nil }
        switch refused.refusal {
        case .reserved: return .budget(refused.budget)
        // Nothing comes back to a budget that is spent; one that begins anew is waited for.
        case .spent: return renews(refused.budget) ? .budget(refused.budget) : nil
        }
    }

    private mutating func start(_ ticket: Ticket, _ now: Duration) {
        let slot = ticket.slot
        guard let entry = entries[slot] else { return }
        if let refused = budgets.reserve(entry.job.id, entry.job.estimate, in: entry.budgets) {
            reached(refused.budget)
            return leaveOut(slot, budgetFailure(refused, "Not started: it is expected to need more than"))
        }
        if let left = startsLeft { startsLeft = left - 1 }
        let seconds = entry.job.expected?.inSeconds ?? room.ledger.usualDuration
        room.start(ticket, account: entry.account, seconds: seconds, at: now)
        entries[slot]?.charged = seconds
        entries[slot]?.attempt += 1
        entries[slot]?.tries += 1
        entries[slot]?.stage = .running(isEnding: false)
        entries[slot]?.endCause = nil
        entries[slot]?.recordedBefore = entry.recordedTurn == turn ? nil : entry.recorded
        entries[slot]?.recorded = .running
        occupy(slot, now)
        actions.append(.start(job: entry.job.id, attempt: entry.attempt + 1))
    }

    /// The store did not let the attempt begin. It never was: what it had taken comes back.
    mutating func refused(_ id: Identifier, _ refusal: ClaimRefusal, _ now: Duration) {
        guard let slot = index[id], let entry = entries[slot], entry.isRunning else { return }
        takeBack(slot)
        // Nothing was written of the attempt: what stood there stands there still.
        entries[slot]?.recorded = entry.recordedBefore
        if let stopping = entry.stopping {
            return finish(slot, stopping.state, stopping.failure(after: entry.attempt - 1))
        }
        switch refusal {
        case .full(let pool, let use):
            let number = self.pool(pool)
            pools[number].elsewhere = use - pools[number].own
            // The store may know a lower limit than this queue. Asking it again at once would be asking without end.
            if pools[number].hasRoom(isInteractive: entry.job.isInteractive, at: now) {
                wait(slot, until: now + policy.secondLook, isParked: false)
            } else {
                queue(slot, now)
            }
        case .paused(let pool):
            pause(pool, true, now)
            queue(slot, now)
        case .unwanted: return finish(slot, Stopping.cancelled.state, Stopping.cancelled.failure)
        case .held:
            entries[slot]?.isHeld = true
            queue(slot, now)
        case .taken: wait(slot, until: now + policy.secondLook, isParked: false)
        }
        write(slot)
    }

    /// Nothing of the live attempt ran: all that it had taken comes back.
    mutating func giveBack(_ slot: Int) {
        guard let entry = entries[slot], entry.isRunning else { return }
        vacate(slot)
        budgets.release(entry.job.id)
        ease(entry.pools)
        for place in entry.budgets { room.ease(.budget(place)) }
        room.ledger.settle(entry.account, charged: entry.charged, used: 0)
    }

    /// The live attempt never was: all that it had taken comes back, its number too.
    mutating func takeBack(_ slot: Int) {
        giveBack(slot)
        entries[slot]?.attempt -= 1
        entries[slot]?.tries -= 1
    }

    /// A job may begin as soon as its time has come.
    mutating func ready(_ slot: Int, _ now: Duration) {
        guard let entry = entries[slot], !entry.isFinal else { return }
        let record = entry.job.record
        let due = entry.stage == .needs || entry.stage == .decision ? record.notBefore ?? entry.job.notBefore : nil
        if let due, due > now { return wait(slot, until: due, isParked: record.state == .parked) }
        queue(slot, now)
        write(slot)
    }

    /// Lets a job wait for a moment.
    mutating func wait(_ slot: Int, until due: Duration, isParked: Bool) {
        entries[slot]?.stage = .time(until: due, isParked: isParked)
        set(.wake, slot, due)
        write(slot)
    }

    /// Lets a job wait for its turn.
    mutating func queue(_ slot: Int, _ now: Duration) {
        guard let entry = entries[slot] else { return }
        entries[slot]?.stage = .ready
        if !entry.isCounted {
            entries[slot]?.isCounted = true
            room.ledger.enter(entry.account)
        }
        guard !entry.isHeld else { return }
        if entries[slot]?.readySince == nil {
            entries[slot]?.readySince = now
            if entry.isNew, let most = entry.job.queueTimeout { set(.queueTimeout, slot, now + most) }
        }
        room.insert(
            WaitingRoom.Visitor(
                ticket: Ticket(number: entry.ticket, slot: slot), share: entry.share, run: entry.job.run,
                module: entry.job.module, isFront: entry.isFront, priority: entry.job.priority, ages: entry.job.ages,
                isInteractive: entry.job.isInteractive, pools: entry.pools, widePools: entry.widePools,
                budgets: entry.budgets),
            at: now)
    }

    /// Takes a slot in each pool of the job.
    mutating func occupy(_ slot: Int, _ now: Duration) {
        guard let entry = entries[slot] else { return }
        entries[slot]?.started = now
        if !entry.isCounted {
            entries[slot]?.isCounted = true
            room.ledger.enter(entry.account)
        }
        running += 1
        let use = entry.job.isInteractive ? PoolUse(interactive: 1) : PoolUse(batch: 1)
        for pool in entry.pools {
            pools[pool].own += use
            pools[pool].holders.insert(slot)
        }
    }

    /// Gives the slots of a live attempt back.
    mutating func vacate(_ slot: Int) {
        guard let entry = entries[slot], entry.isRunning else { return }
        running -= 1
        let use = entry.job.isInteractive ? PoolUse(interactive: 1) : PoolUse(batch: 1)
        for pool in entry.pools {
            pools[pool].own -= use
            pools[pool].holders.remove(slot)
            // An empty set keeps its room, and ten thousand modules have a pool each.
            if pools[pool].holders.isEmpty { pools[pool].holders = [] }
        }
        entries[slot]?.stage = .ready
    }

    /// Writes down where a job is, if that is not what was written last.
    mutating func write(_ slot: Int) {
        guard let entry = entries[slot], entry.recorded != entry.state, !entry.isFinal else { return }
        entries[slot]?.recorded = entry.state
        entries[slot]?.recordedTurn = turn
        actions.append(.record(job: entry.job.id, entry.state, until: entry.due))
    }
}
