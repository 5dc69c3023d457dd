import Model

extension JobQueue {
    static let brokenGroup = Failure(.cancelled, "Cancelled: another job of its group failed, and fail_fast is on.")

    /// Ends a job. What follows for others is drawn by `settle`, one by one: a chain of ten thousand must not be a stack of
    /// ten thousand calls.
    mutating func finish(_ slot: Int, _ state: JobState, _ failure: Failure?) {
        guard let entry = entries[slot], !entry.isFinal else { return }
        if entry.isRunning { vacate(slot) }
        if entry.stage == .ready { room.remove(entry.ticket) }
        if entry.isCounted { room.ledger.leave(entry.account) }
        if budgets.holds(entry.job.id) {
            budgets.release(entry.job.id)
            for place in entry.budgets { room.ease(.budget(place)) }
        }
        entries[slot]?.isCounted = false
        entries[slot]?.stage = .final(state)
        entries[slot]?.failure = state == .completed ? nil : failure
        actions.append(.finish(job: entry.job.id, state, state == .completed ? nil : failure))
        settling.append(.job(slot))
    }

    /// Draws the consequences of ends: for groups, for those who wait, for runs.
    mutating func settle(_ now: Duration) {
        while let next = settling.popLast() {
            switch next {
            case .job(let slot): settle(job: slot, now)
            case .group(let id): settle(group: id, now)
            }
        }
    }

    private mutating func settle(job slot: Int, _ now: Duration) {
        guard let entry = entries[slot], entry.settled == nil, case .final(let state) = entry.stage else { return }
        entries[slot]?.settled = state
        for dependent in entry.dependents where entries[dependent.slot]?.serial == dependent.serial {
            meet(dependent.slot, dependent.condition, Tally(state), by: entry.job.id)
            if entries[dependent.slot]?.unmet == 0 { needsAreMet(dependent.slot, now) }
        }
        if let group = entry.job.group {
            groups[group]?.tally.count(state)
            // What followed from an end that stands in the store stands there too; a person may have asked for more since.
            if !entry.job.record.state.isFinal {
                if state == .failed, groups[group]?.group.failFast == true { breakOff(group) }
                stopIfReached(group)
            }
            settling.append(.group(group))
        }
        let run = entry.job.run
        runs[run]?.tally.count(state)
        settleRun(run)
    }

    private mutating func settle(group id: Identifier, _ now: Duration) {
        guard let state = groups[id], !state.isOver, state.group.isComplete, state.tally.total == state.count else {
            return
        }
        groups[id]?.isOver = true
        actions.append(.finishGroup(id, state.tally))
        for dependent in state.dependents where entries[dependent.slot]?.serial == dependent.serial {
            meet(dependent.slot, dependent.condition, state.tally, by: id)
            if entries[dependent.slot]?.unmet == 0 { needsAreMet(dependent.slot, now) }
        }
        settleRun(state.group.run)
    }

    /// One thing that a job needs has ended.
    mutating func meet(_ slot: Int, _ condition: Dependency.Condition, _ tally: Tally, by id: Identifier) {
        guard entries[slot]?.stage == .needs else { return }
        entries[slot]?.unmet -= 1
        guard !condition.isMet(by: tally) else { return }
        let name = index[id].flatMap { entries[$0]?.job.name } ?? groups[id]?.group.name ?? id.short
        finish(slot, .skipped, Failure(.cancelled, "Not started: it needs \(condition.rawValue) of \(name)."))
    }

    /// All that a job needs has ended as it should: the expression is next, or its time, or its turn.
    mutating func needsAreMet(_ slot: Int, _ now: Duration) {
        guard let entry = entries[slot], entry.stage == .needs else { return }
        if entry.job.isConditional, !entry.job.record.isDecided {
            // What is decided may bring more jobs, which nobody holds: that waits for the person, too.
            guard !entry.isHeld else { return write(slot) }
            entries[slot]?.stage = .decision
            actions.append(.decide(job: entry.job.id))
            return write(slot)
        }
        ready(slot, now)
    }

    /// The expression was evaluated.
    mutating func decided(_ id: Identifier, _ decision: Decision, _ now: Duration) {
        guard let slot = index[id], entries[slot]?.stage == .decision else { return }
        switch decision {
        case .run:
            entries[slot]?.job.record.isDecided = true
            ready(slot, now)
        case .done: finish(slot, .completed, nil)
        case .skip(let reason): finish(slot, .skipped, reason)
        case .fail(let failure): finish(slot, .failed, failure)
        }
    }

    /// Stops a group that has failed too often, or answered often enough.
    private mutating func stopIfReached(_ id: Identifier) {
        guard let state = groups[id], !state.isStopped else { return }
        let reason: RunRules.Stop
        if let halt = state.group.halt, state.tally.failed > 0,
            halt.isReached(failed: state.tally.failed, of: state.count)
        {
            reason = .halted
        } else if let enough = state.group.enough, state.tally.completed >= enough {
            reason = .enough
        } else {
            return
        }
        groups[id]?.isStopped = true
        actions.append(.stopGroup(id, reason))
        let stopping = RunRules.stopping(reason, halt: state.group.halt)
        for slot in state.members { stop(slot, stopping) }
    }

    /// Cancels what has not started of a group whose first job failed. What runs is paid for, and may answer.
    private mutating func breakOff(_ id: Identifier) {
        guard groups[id]?.isBroken == false else { return }
        groups[id]?.isBroken = true
        let stopping = Stopping(.cancelled, JobQueue.brokenGroup)
        for slot in groups[id]?.members ?? [] { stop(slot, stopping) }
    }

    /// Forgets a run of which nothing is left to do. What it was stands in the store.
    private mutating func settleRun(_ id: Identifier) {
        guard let run = runs[id], run.tally.total == run.count, run.groups.allSatisfy({ groups[$0]?.isOver != false })
        else { return }
        actions.append(.finishRun(id, run.tally))
        for slot in run.slots { if let job = entries[slot]?.job.id { budgets.close(.job(job)) } }
        clear(id, run)
        budgets.close(.run(id))
    }

    /// Forgets a run that goes on, so that it can be added as it stands in the store by now.
    ///
    /// What its budgets have paid, and what is promised to attempts that live, stays: they go on.
    mutating func forget(run id: Identifier) {
        guard let run = runs[id] else { return }
        for slot in run.slots {
            guard let entry = entries[slot] else { continue }
            if entry.isRunning {
                vacate(slot)
            } else {
                if entry.stage == .ready { room.remove(entry.ticket) }
                if budgets.holds(entry.job.id) { budgets.release(entry.job.id) }
            }
            ease(entry.pools)
            for place in entry.budgets { room.ease(.budget(place)) }
            if entry.isCounted { room.ledger.leave(entry.account) }
        }
        clear(id, run)
    }

    /// Gives back the places that a run had in the queue.
    private mutating func clear(_ id: Identifier, _ run: RunTracker) {
        runs[id] = nil
        var unused: Set<Int> = []
        for slot in run.slots {
            guard let entry = entries[slot] else { continue }
            for pool in entry.pools {
                pools[pool].users -= 1
                if pools[pool].users == 0 { unused.insert(pool) }
            }
            index[entry.job.id] = nil
            entries[slot] = nil
            vacant.append(slot)
        }
        for pool in unused.sorted() { forget(pool) }
        for group in run.groups { groups[group] = nil }
        for share in run.shares { room.ledger.close(run: id, share: share, modules: run.modules) }
    }
}
