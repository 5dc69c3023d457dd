import Model

extension JobQueue {
    /// Takes up jobs, new ones or those of a coordinator that died.
    mutating func add(_ jobs: [QueuedJob], _ groups: [JobGroup], reservesTogether: Bool, _ now: Duration) {
        for group in groups where self.groups[group.id] == nil {
            self.groups[group.id] = GroupState(group: group)
            runs[group.run, default: RunTracker()].groups.append(group.id)
            if let most = group.maxParallel { change(.group(group.id), PoolLimit(max: max(1, most)), now) }
        }
        // Only for many: room for a few each time would copy all of them each time.
        if jobs.count > entries.count { entries.reserveCapacity(entries.count + jobs.count) }
        let slots = jobs.compactMap { index[$0.id] == nil ? enter($0) : nil }
        for slot in slots { connect(slot) }
        let stuck = stuckJobs(in: Set(slots.compactMap { entries[$0]?.job.run }))
        for slot in slots where stuck.contains(slot) {
            finish(slot, .failed, Failure(.invalidRequest, "It needs what itself needs it, or what does not exist."))
        }
        if reservesTogether { reserve(slots) }
        for slot in slots { begin(slot, now) }
        for group in groups { settling.append(.group(group.id)) }
    }

    /// No more rows will be added.
    mutating func completeGroup(_ id: Identifier) {
        groups[id]?.group.isComplete = true
        settling.append(.group(id))
    }

    private mutating func enter(_ job: QueuedJob) -> Int {
        var job = job
        job.priority = Priority.clamped(job.priority)
        let slot = vacant.popLast() ?? entries.count
        if slot == entries.count { entries.append(nil) }
        let pools = job.pools.map { pool($0) }
        for pool in pools { self.pools[pool].users += 1 }
        let wide = zip(job.pools, pools).filter { JobQueue.isWide($0.0) }
        let share = job.share.map { Share.label($0) } ?? .run(job.run)
        entries[slot] = Entry(
            job: job, attempt: job.record.attempt, tries: job.record.tries, failure: job.record.failure,
            serial: nextTicket, ticket: nextTicket, pools: pools, widePools: wide.map(\.1),
            budgets: job.budgets.map { budgets.place($0) },
            account: room.ledger.account(.module(share, job.run, job.module)))
        entries[slot]?.isRepaired = job.record.isRepaired || job.record.failure?.class == .structuredOutput
        nextTicket += 1
        index[job.id] = slot
        // In place: a copy for each job would make a large run's addition grow with its square.
        runs[job.run, default: RunTracker()].include(slot, job, share)
        if let group = job.group {
            groups[group]?.members.append(slot)
            groups[group]?.count += 1
        }
        return slot
    }

    /// True for pools that jobs of many runs share.
    static func isWide(_ pool: Pool) -> Bool {
        switch pool {
        case .global, .provider, .machine, .named: true
        case .module, .key, .group: false
        }
    }

    /// Tells what this job needs that it waits for it.
    private mutating func connect(_ slot: Int) {
        guard let entry = entries[slot], !entry.job.record.state.isFinal else { return }
        entries[slot]?.unmet = entry.job.needs.count
        for need in entry.job.needs {
            let dependent = Dependent(slot: slot, serial: entry.serial, condition: need.condition)
            switch need.target {
            case .job(let id):
                guard let other = index[id] else { continue }
                entries[other]?.dependents.append(dependent)
                if let state = entries[other]?.settled { meet(slot, need.condition, Tally(state), by: id) }
            case .group(let id):
                groups[id]?.dependents.append(dependent)
                if let group = groups[id], group.isOver { meet(slot, need.condition, group.tally, by: id) }
            }
        }
    }

    /// Jobs of these runs that no order of ends would ever set free: they need each other, or what nobody knows.
    private func stuckJobs(in affected: Set<Identifier>) -> Set<Int> {
        var open: [Int: Int] = [:]
        var reached: [Int] = []
        var groupsOpen: [Identifier: Int] = [:]
        for run in affected {
            for group in runs[run]?.groups ?? [] {
                groupsOpen[group] = groups[group]?.members.count
            }
            for slot in runs[run]?.slots ?? [] {
                open[slot] = entries[slot]?.job.needs.count
                guard let entry = entries[slot] else { continue }
                if entry.job.needs.isEmpty || entry.isFinal || entry.job.record.state.isFinal { reached.append(slot) }
            }
        }
        func free(_ dependents: [Dependent]) {
            for dependent in dependents {
                open[dependent.slot, default: 0] -= 1
                if open[dependent.slot] == 0 { reached.append(dependent.slot) }
            }
        }
        for (group, count) in groupsOpen where count == 0 { free(groups[group]?.dependents ?? []) }
        var done: Set<Int> = []
        while let slot = reached.popLast() {
            guard done.insert(slot).inserted, let entry = entries[slot] else { continue }
            free(entry.dependents)
            if let group = entry.job.group, let count = groupsOpen[group] {
                groupsOpen[group] = count - 1
                if count == 1 { free(groups[group]?.dependents ?? []) }
            }
        }
        return Set(open.keys.filter { !done.contains($0) && entries[$0]?.isFinal == false })
    }

    /// Puts a job where its record says that it is.
    private mutating func begin(_ slot: Int, _ now: Duration) {
        guard let entry = entries[slot], !entry.isFinal else { return }
        let record = entry.job.record
        entries[slot]?.recorded = record.state
        entries[slot]?.isHeld = record.isHeld || record.state == .held
        if let group = entry.job.group, groups[group]?.isBroken == true, !record.state.isFinal, record.state != .running
        {
            return finish(slot, .cancelled, JobQueue.brokenGroup)
        }
        if let deadline = entry.job.deadline { set(.deadline, slot, deadline) }
        switch record.state {
        case .completed, .failed, .cancelled, .skipped:
            entries[slot]?.stage = .final(record.state)
            settling.append(.job(slot))
        case .running:
            entries[slot]?.stage = .running(isEnding: false)
            budgets.restore(entry.job.id, entry.job.estimate, in: entry.budgets)
            occupy(slot, now)
            if let started = record.started { entries[slot]?.started = started }
        case .queued, .waiting, .held, .parked, .blocked:
            if entry.unmet == 0 { needsAreMet(slot, now) }
        }
        write(slot)
    }

    /// Promises the budgets of a whole fan-out in one step; without room for all of it, none of it starts.
    private mutating func reserve(_ slots: [Int]) {
        let wishes = slots.compactMap { slot in
            entries[slot].flatMap { $0.isFinal ? nil : ($0.job.id, $0.job.estimate, $0.budgets) }
        }
        guard let refused = budgets.reserve(together: wishes) else { return }
        let failure = budgetFailure(refused, "Not started: all of it together is more than")
        for slot in slots { finish(slot, .skipped, failure) }
    }
}
