import CLinux
import EventLoop
import Model
import Scheduler
import Sessions
import Settings
import Store

/// Between the queue, which decides, and everything that it decides about.
extension Worker {
    /// The queue's time of now.
    var clock: Duration { Monotonic.now - start }

    /// Tells the queue what holds before any run is taken up.
    func beginQueue() {
        // Before any run is read: wishes up to here stand in the rows.
        lastWish = (try? store.read { try $0.newestWish() }) ?? 0
        // What earlier coordinators found out of pools went with them; what is the matter with this machine is looked at anew.
        let others = (try? store.read { try $0.coordinators() }) ?? []
        let isAlone = !others.contains { $0.isAlive && $0.id != id }
        commit.write { try $0.forgetStandings(of: isAlone ? nil : .machine(Machine.name)) }
        setLimits()
        for row in (try? store.read { try $0.pools() }) ?? [] where row.pausedAt != nil { feed(.pause(row.pool)) }
    }

    /// Says what pools allow, to the queue and to people: what the settings of this coordinator say, and those of its runs.
    ///
    /// Where several of them speak of one pool the smallest holds, for as long as their runs go on.
    func setLimits() {
        let most = PoolLimit(max: surroundings.limits.jobs)
        var wanted: [Pool: PoolLimit] = [.global: most]
        for run in runs.values {
            for declared in run.spec.pools {
                let known = wanted[declared.pool] ?? declared.limit
                wanted[declared.pool] = PoolLimit(
                    max: [known.max, declared.limit.max].compactMap { $0 }.min(),
                    reserve: max(known.reserve, declared.limit.reserve))
            }
            if run.batch != nil { wanted[.group(run.id)] = PoolLimit(max: run.spec.slots) }
        }
        for pool in governed where wanted[pool] == nil { wanted[pool] = most }
        // A pool that people named keeps what was said of it, also for those who only name it.
        for (pool, limit) in written where wanted[pool] == nil { wanted[pool] = limit }
        for (pool, limit) in wanted where limits[pool] != limit {
            feed(.limit(pool, limit))
            if case .group = pool { continue }
            commit.write { try $0.setPool(pool, limit) }
        }
        for pool in limits.keys where wanted[pool] == nil {
            feed(.limit(pool, PoolLimit(max: nil)))
            switch pool {
            case .group: continue
            case .named: written[pool] = limits[pool]
            default: commit.write { try $0.setPool(pool, PoolLimit(max: nil)) }
            }
        }
        limits = wanted
    }

    /// Gives the jobs of all runs that have arrived to the queue, together: after a crash nothing may start before all that
    /// lives is known.
    func enterArrivedRuns() {
        guard !arrived.isEmpty else { return }
        let all = arrived.compactMap { runs[$0] }
        arrived = []
        for run in all {
            for index in run.jobs.indices where !run.jobs[index].queued.record.state.isFinal {
                if let pools = nextPools(run, index) { run.jobs[index].queued.pools = pools }
                govern(run.jobs[index].queued.pools)
            }
            for declared in run.spec.pools where declared.isAdaptive { govern(declared.pool, PoolGovernor.Policy()) }
        }
        for row in (try? store.read { try $0.pools() }) ?? [] {
            if case .named = row.pool { written[row.pool] = row.limit }
        }
        setLimits()
        // Nothing starts before all of them are known, with what people and earlier coordinators have decided about them.
        feed(.admission(refusal: "runs are being taken up"))
        isTakingUp = true
        var queued: [QueuedJob] = []
        queued.reserveCapacity(all.reduce(0) { $0 + $1.jobs.count })
        for run in all { for job in run.jobs { queued.append(job.queued) } }
        feed(.add(queued, groups: all.flatMap { $0.groups() }, together: false))
        isTakingUp = false
        for run in all {
            // When the jobs are there: one that goes on beyond its budget is ended as the budget says.
            enterBudgets(of: run)
            if run.isCancelled { _ = run.stop(.cancelled) }
            let stopping = run.rules.stopped.map { run.stopping($0) }
            if let stopping { feed(.stop(run.target, stopping)) }
            // Told to end by an earlier coordinator for the run's reason, or alone, by a person.
            if stopping?.ending == nil { for job in run.jobs where job.isUnwanted { feed(.cancel(.job(job.id))) } }
            setDeadline(run)
        }
        if queued.count > 1000 {
            // What was read to take up so many is free again, in pieces between what stays; the C library gives it back only
            // when it is told to.
            malloc_trim(0)
        }
        moveToFrontAgain(all)
        feed(.admission(refusal: refusal, starts: starts))
    }

    /// Of the wishes, this one alone stands in no row: whoever takes a run up obeys it (again).
    func moveToFrontAgain(_ runs: [LiveRun]) {
        let arrived = Set(runs.map(\.id))
        for (_, wish) in (try? store.read { try $0.wishes(after: 0) }) ?? [] {
            guard case .moveToFront(let target) = wish else { continue }
            let run: Identifier? =
                switch target {
                case .run(let id): id
                case .job(let id): owners[id]
                }
            if let run, arrived.contains(run) { feed(.moveToFront(target.inQueue)) }
        }
    }

    /// Providers bear what they bear: their pools find it out.
    func govern(_ pools: [Pool]) {
        for pool in pools {
            // A job that would wait longer than this fails; the others must not wait in its place.
            if case .provider = pool { govern(pool, PoolGovernor.Policy(longestPark: RetryPolicy().longestPark)) }
        }
    }

    /// What a pool has found out stays known while this coordinator lives.
    func govern(_ pool: Pool, _ policy: PoolGovernor.Policy) {
        guard governed.insert(pool).inserted else { return }
        feed(.govern(pool, policy))
        if !runs.isEmpty { setLimits() }
    }

    /// Tells the queue what happened, and gathers what it decides.
    func feed(_ event: JobQueue.Event) {
        untold.append(event)
        // What comes while something is told is told next: the queue's answers are taken in their order.
        guard !isTelling else { return }
        isTelling = true
        defer { isTelling = false }
        while !untold.isEmpty {
            let events = untold
            untold = []
            for event in events { perform(queue.handle(event, at: clock)) }
        }
        let now = clock
        queueWake = queue.nextWake(after: now).map { start + max($0, now + .milliseconds(1)) }
    }

    func perform(_ actions: [JobQueue.Action]) {
        let started = Set(actions.compactMap { if case .start(let job, _) = $0 { job } else { nil } })
        for action in actions {
            switch action {
            case .start(let job, let attempt): begin(job, attempt: attempt)
            case .record(let job, let state, let until):
                // It goes on at once.
                if started.contains(job) || state == .running { continue }
                with(job) { run, index in record(run, index, state, until: until) }
            case .retry(let job, let attempt, let wait, let failure, let isParked):
                with(job) { run, index in retry(run, index, attempt, wait, failure, isParked: isParked) }
            case .requeue(let job, let failure):
                with(job) { run, index in
                    record(run, index, .queued, until: nil, failure)
                    if run.jobs[index].attempt <= 1 { run.jobs[index].hasBegun = false }
                }
            case .end(let job, let cause, let kill):
                with(job) { run, index in end(run, index, cause, kill: kill) }
            case .decide(let job): feed(.decided(job: job, decide(job)))
            case .finish(let job, let state, let failure):
                with(job) { run, index in
                    finish(run, index, state, failure)
                    run.ended(index, state, failure)
                    tellBatch(run, index, state, failure)
                }
            case .stopGroup(let group, let reason):
                if let run = runs[group], run.stop(reason) != nil { note(reason, of: run) }
            case .finishGroup(let group, _): finishGroup(group)
            case .finishRun(let run, _): finishing.append(run)
            case .budgetReached(.run(let id), _):
                if let run = runs[id], run.stop(.budget) != nil { note(.budget, of: run) }
            case .budgetReached: break
            case .poolChanged(let pool, let standing): poolChanged(pool, standing)
            case .poolBlocked(let pool):
                let words = "\(pool.text) starts nothing: attempts break there as soon as they begin"
                tellRuns(words + "; when the cause is gone: tutti reset \(pool.text)", about: pool)
                commit.write { try $0.setPool(pool, standing: "blocked", until: nil) }
            }
        }
    }

    /// Begins an attempt, or what must be known before it.
    func begin(_ job: Identifier, attempt: Int) {
        with(job) { run, index in
            do {
                if try !seeksKey(run, index, attempt: attempt) { try start(run, index, attempt: attempt) }
            } catch {
                feed(.attemptEnded(job: job, Worker.notBegun(error)))
            }
        }
    }

    /// The key of the cache is there: the attempt can begin, unless it was ended meanwhile.
    func keyed(_ job: Identifier, attempt: Int) {
        with(job) { run, index in if run.jobs[index].keyWork?.result != nil { begin(job, attempt: attempt) } }
    }

    func with(_ job: Identifier, _ body: (LiveRun, Int) -> Void) {
        guard let id = owners[job], let run = runs[id], let index = run.index(ofJob: job) else { return }
        body(run, index)
    }

    /// Asks the live attempt of a job to end.
    func end(_ run: LiveRun, _ index: Int, _ cause: FailureClass, kill: Bool) {
        let job = run.jobs[index].id
        if let work = run.jobs[index].keyWork {
            work.cancel()
            run.jobs[index].keyWork = nil
            let failure = Failure(cause, "It was ended before it began.")
            return feed(
                .attemptEnded(job: job, JobQueue.AttemptEnd(cause == .cancelled ? .cancelled : .failed, failure)))
        }
        guard let session = run.jobs[index].session, !isRenewing || run.jobs[index].ending == nil else { return }
        run.jobs[index].verification?.cancel()
        run.jobs[index].end(for: cause, atOnce: kill)
        // Whoever takes the session over must not let it go on.
        commit.write { try $0.requestCancel([.job(job)], at: .now) }
        commit.then { [supervisor] in
            if kill { supervisor.kill(session, cause: cause) } else { supervisor.end(session, cause: cause) }
        }
    }

    /// All that a job waits for has ended: does it run?
    func decide(_ job: Identifier) -> JobQueue.Decision {
        guard let id = owners[job], let run = runs[id] else {
            return .skip(Failure(.cancelled, "Not started: its run is over."))
        }
        if let batch = run.batch, let index = run.index(ofJob: job) { return decide(run, batch, index) }
        guard run.decideMerge() else {
            return .skip(Failure(.cancelled, "Not merged: there was nothing to merge, or the run was stopped."))
        }
        setDeadline(run)
        commit.append(RunEvents.job(.jobQueued, run: id, job: job, module: nil, [:], at: .now))
        commit.write { try $0.setJob(job, .queued, at: .now) }
        return .run
    }

    /// A live session states new cost.
    func spent(_ session: Identifier, _ amount: Spent) {
        guard let place = sessions[session], let run = runs[place.run] else { return }
        run.jobs[place.index].spent = (run.jobs[place.index].spent ?? Spent()) + amount
        let spending = Spending(money: amount.money ?? .zero, tokens: amount.tokens)
        feed(.spent(job: run.jobs[place.index].id, spending))
    }

    /// The store knew more than the queue: the session was never written.
    func refused(_ session: Identifier, _ refusal: ClaimRefusal) {
        guard let place = sessions.removeValue(forKey: session), let run = runs[place.run] else { return }
        run.jobs[place.index].session = nil
        forecast.forget(session)
        run.jobs[place.index].attempt -= 1
        if run.jobs[place.index].attempt == 0 { run.jobs[place.index].hasBegun = false }
        // The queue has learnt from the store what is taken, and is told when that changes, also back to what it was.
        usedElsewhere = nil
        feed(.refused(job: run.jobs[place.index].id, refusal))
    }
}

extension SystemRandomNumberGenerator {
    /// A number that nobody can foresee.
    static func seed() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
