import Model

extension JobQueue {
    /// The jobs that a person means; none when nobody knows them (any more).
    private func slots(of target: Target) -> [Int] {
        switch target {
        case .job(let id): [index[id]].compactMap { $0 }
        case .group(let id): groups[id]?.members ?? []
        case .run(let id): runs[id]?.slots ?? []
        }
    }

    /// Ends jobs: those that wait at once, those that run by their ladder.
    mutating func stop(_ target: Target, _ stopping: Stopping, _ now: Duration) {
        // A group that is stopped as a whole gets no further rows: whoever was to bring them is no longer waited for.
        switch target {
        case .job: break
        case .group(let id): completeGroup(id)
        case .run(let id): for group in runs[id]?.groups ?? [] { completeGroup(group) }
        }
        for slot in slots(of: target) { stop(slot, stopping) }
    }

    /// Ends one job in this way.
    mutating func stop(_ slot: Int, _ stopping: Stopping) {
        guard let entry = entries[slot], !entry.isFinal else { return }
        guard entry.isRunning else { return finish(slot, stopping.state, stopping.failure(after: entry.attempt)) }
        entries[slot]?.stopping = stopping
        if let cause = stopping.ending { end(slot, cause, kill: false) }
    }

    /// Asks for the end of a live attempt. Asked again, the session's own ladder goes one step further.
    mutating func end(_ slot: Int, _ cause: FailureClass, kill: Bool) {
        guard let entry = entries[slot], entry.isRunning else { return }
        entries[slot]?.stage = .running(isEnding: true)
        entries[slot]?.endCause = entry.endCause ?? cause
        actions.append(.end(job: entry.job.id, cause: cause, kill: kill))
    }

    /// A person says that these jobs must not start. What runs goes on, and what it waits for next is held.
    mutating func hold(_ target: Target) {
        for slot in slots(of: target) {
            guard let entry = entries[slot], !entry.isFinal, !entry.isHeld else { continue }
            entries[slot]?.isHeld = true
            // Time under a hold is not time in the queue.
            entries[slot]?.readySince = nil
            if entry.stage == .ready { room.remove(entry.ticket) }
            write(slot)
        }
    }

    /// A person says that they may.
    mutating func release(_ target: Target, _ now: Duration) {
        for slot in slots(of: target) {
            guard let entry = entries[slot], entry.isHeld else { continue }
            entries[slot]?.isHeld = false
            switch entry.stage {
            case .ready: queue(slot, now)
            // Nobody was asked about it while it was held.
            case .needs where entry.unmet == 0: needsAreMet(slot, now)
            case .needs, .decision, .time, .running, .final: break
            }
            write(slot)
        }
    }

    mutating func prioritise(_ target: Target, _ priority: Int, _ now: Duration) {
        for slot in slots(of: target) {
            rearrange(slot, now) { $0.job.priority = Priority.clamped(priority) }
        }
    }

    /// Puts jobs before the others of their run, in the order that they have among themselves.
    mutating func moveToFront(_ target: Target, _ now: Duration) {
        let moved = slots(of: target).sorted { (entries[$0]?.ticket ?? 0) < (entries[$1]?.ticket ?? 0) }
        for slot in moved.reversed() {
            let ticket = frontTicket
            frontTicket -= 1
            rearrange(slot, now) {
                $0.isFront = true
                $0.ticket = ticket
            }
        }
    }

    /// Changes the pools of a job that does not wait for its turn at this moment: another provider is asked next.
    mutating func move(_ slot: Int, to pools: [Pool]) {
        guard let entry = entries[slot] else { return }
        var wanted: [Pool] = []
        // A pool counts once, however often it is named.
        for pool in pools where !wanted.contains(pool) { wanted.append(pool) }
        for pool in entry.job.pools {
            switch pool {
            case .module, .key, .group: if !wanted.contains(pool) { wanted.append(pool) }
            case .global, .provider, .machine, .named: break
            }
        }
        guard wanted != entry.job.pools else { return }
        let numbers = wanted.map { self.pool($0) }
        for number in numbers { self.pools[number].users += 1 }
        for number in entry.pools { self.pools[number].users -= 1 }
        entries[slot]?.job.pools = wanted
        entries[slot]?.pools = numbers
        entries[slot]?.widePools = zip(wanted, numbers).filter { JobQueue.isWide($0.0) }.map(\.1)
    }

    /// Changes what decides a job's turn, and lets it wait anew if it waited.
    private mutating func rearrange(_ slot: Int, _ now: Duration, _ change: (inout Entry) -> Void) {
        guard let entry = entries[slot], !entry.isFinal else { return }
        let waits = entry.stage == .ready && !entry.isHeld
        if waits { room.remove(entry.ticket) }
        if var changed = entries[slot] {
            change(&changed)
            entries[slot] = changed
        }
        if waits { queue(slot, now) }
    }
}
