import Model
import Scheduler

extension World {
    /// Does what the queue says, as a shell would; returns what there is to tell it.
    mutating func perform(_ action: JobQueue.Action) -> Answer? {
        switch action {
        case .start(let job, let attempt): return start(job, attempt)
        case .record(let job, let state, let until):
            rows[job]?.recorded = state
            if let until { rows[job]?.wakeAt = until }
        case .retry(let job, let attempt, let wait, let failure, let isParked):
            guard let row = rows[job] else { break }
            if attempt != row.attempt + 1 { broken = "\(row.job.name): attempt \(attempt) after \(row.attempt)" }
            if row.isLive || row.ended != nil { broken = "\(row.job.name) is tried again while it lives" }
            if wait < .zero { broken = "a wait of \(wait)" }
            if let group = row.job.group, stopped.contains(group) {
                broken = "\(row.job.name) is tried in a stopped group"
            }
            if isParked != row.job.retry.isProvidersWish(failure) { broken = "\(row.job.name) is parked: \(isParked)" }
            if row.job.retry.isProvidersWish(failure) { rows[job]?.tries -= 1 }
            rows[job]?.recorded = row.job.retry.isProvidersWish(failure) ? .parked : .waiting
            rows[job]?.wakeAt = now + wait
        case .requeue(let job, _):
            if rows[job]?.isLive != false { broken = "what lives was queued again" }
            rows[job]?.recorded = .queued
        case .stopGroup(let group, let reason):
            if !stopped.insert(group).inserted, !isRestoring { broken = "a group was stopped twice" }
            checkStop(group, reason)
        case .end(let job, _, _):
            if rows[job]?.isLive != true { broken = "the end of what does not live was asked for" }
            rows[job]?.isEnding = true
        case .decide(let job):
            return .decided(job, runs: !chance(5))
        case .finish(let job, let state, _):
            guard let row = rows[job] else { break }
            if row.ended != nil { broken = "\(row.job.name) ended twice" }
            if row.isLive { broken = "\(row.job.name) ended while it lived" }
            if runsOver.contains(row.job.run) { broken = "\(row.job.name) ended after its run" }
            row.ended = state
            row.recorded = state
            open.removeAll { $0 === row }
        case .finishGroup(let group, _):
            if rows.values.contains(where: { $0.job.group == group && $0.ended == nil }) {
                broken = "a group ended early"
            }
        case .finishRun(let run, let tally):
            if !runsOver.insert(run).inserted { broken = "a run ended twice" }
            let jobs = rows.values.filter { $0.job.run == run }
            if jobs.contains(where: { $0.ended == nil }) { broken = "a run ended before its jobs" }
            if tally.total != jobs.count { broken = "a run counts \(tally.total) of \(jobs.count) jobs" }
        case .poolBlocked(let pool): blocked.insert(pool)
        case .budgetReached, .poolChanged: break
        }
        return nil
    }

    /// A group is stopped when it has failed too often or answered often enough, and not before.
    private mutating func checkStop(_ id: Identifier, _ reason: RunRules.Stop) {
        guard let group = groups[id] else { return broken = "nobody knows the group that was stopped" }
        let ends = order.compactMap { rows[$0] }.filter { $0.job.group == id }.map(\.ended)
        let failed = ends.count { $0 == .failed }
        let completed = ends.count { $0 == .completed }
        let isRight =
            switch reason {
            case .halted: group.halt?.isReached(failed: failed, of: ends.count) == true
            case .enough: group.enough.map { completed >= $0 } == true
            default: false
            }
        if !isRight { broken = "a group was stopped (\(reason)) with \(failed) failed and \(completed) completed" }
    }

    private mutating func start(_ id: Identifier, _ attempt: Int) -> Answer? {
        guard let row = rows[id] else { return nil }
        let name = row.job.name
        if row.isLive { broken = "\(name) has two live attempts" }
        if row.ended != nil { broken = "\(name) began after its end" }
        if attempt != row.attempt + 1 { broken = "\(name): attempt \(attempt) after \(row.attempt)" }
        if row.isHeld { broken = "\(name) began while it was held" }
        if !admits || startsLeft == 0 { broken = "\(name) began while there was no room" }
        if let left = startsLeft { startsLeft = left - 1 }
        if let group = row.job.group, stopped.contains(group) { broken = "\(name) began in a stopped group" }
        if row.wakeAt > now { broken = "\(name) began before its time" }
        if let reason = unmet(row) { broken = "\(name) began \(reason)" }
        for pool in row.job.pools {
            if !hasRoom(pool, row) { broken = "\(name) passes the limit of \(pool.text)" }
            if paused.contains(pool) { broken = "\(name) began in a paused pool" }
            if blocked.contains(pool) { broken = "\(name) began in a blocked pool" }
        }
        for other in open where isEligible(other) && other.job.priority > row.job.priority {
            let known = now - (sharesSince[shareOf(row.job)] ?? now)
            let age = row.job.ages ? Int(known / Duration.seconds(300)) : 0
            if other.job.priority > row.job.priority + age { broken = "\(name) began before \(other.job.name)" }
        }
        checkBudget(row)
        starts += 1
        setLive(row, true)
        row.attempt = attempt
        row.tries += 1
        row.recordedBefore = row.recorded
        row.recorded = .running
        row.drawn = .zero
        return chance(12) ? .refused(id) : nil
    }

    /// The store, which knows more, does not let an attempt begin.
    mutating func refusal(of job: Identifier) -> JobQueue.Event? {
        guard let row = rows[job], row.isLive else { return nil }
        setLive(row, false)
        row.attempt -= 1
        row.tries -= 1
        // The transaction that was to begin it wrote nothing.
        row.recorded = row.recordedBefore
        if chance(3) { return .refused(job: job, .taken) }
        if chance(8) { return .refused(job: job, .unwanted) }
        let own = use(.global)
        elsewhere[.global] = PoolUse(batch: max(0, (limits[.global]?.max ?? 1) - own.total))
        return .refused(job: job, .full(.global, own + (elsewhere[.global] ?? .zero)))
    }

    func shareOf(_ job: QueuedJob) -> Share { job.share.map { .label($0) } ?? .run(job.run) }

    func use(_ pool: Pool) -> PoolUse { uses[pool] ?? .zero }

    /// Counts an attempt that begins or ends.
    mutating func setLive(_ row: Row, _ isLive: Bool) {
        row.isLive = isLive
        let slot = row.job.isInteractive ? PoolUse(interactive: 1) : PoolUse(batch: 1)
        for pool in row.job.pools { uses[pool] = isLive ? use(pool) + slot : use(pool) - slot }
    }

    private func limit(_ pool: Pool) -> PoolLimit {
        switch pool {
        case .key: PoolLimit(max: 1)
        case .group(let id): PoolLimit(max: groups[id]?.maxParallel)
        default: limits[pool] ?? PoolLimit(max: nil)
        }
    }

    /// Said again here, in other words than the queue's: so many live, so many may, so many are kept free.
    private func hasRoom(_ pool: Pool, _ row: Row) -> Bool {
        let limit = limit(pool)
        guard let most = limit.max else { return true }
        let use = use(pool)
        let others = elsewhere[pool] ?? .zero
        let all = use.interactive + use.batch + others.interactive + others.batch
        if all + 1 > most { return false }
        if row.job.isInteractive || limit.reserve == 0 { return true }
        return use.batch + others.batch + 1 <= max(1, most - limit.reserve)
    }

    /// What a job still needs; nil when it has all of it.
    private func unmet(_ row: Row) -> String? {
        for need in row.job.needs {
            let ends: [JobState?] =
                switch need.target {
                case .job(let id): [rows[id]?.ended]
                case .group(let id): order.filter { rows[$0]?.job.group == id }.map { rows[$0]?.ended }
                }
            if ends.contains(nil) { return "before what it needs" }
            switch need.condition {
            case .success: if ends.contains(where: { $0 != .completed }) { return "without the success it needs" }
            case .failure: if !ends.contains(.failed) { return "without the failure it needs" }
            case .finished: break
            }
        }
        return row.job.isConditional && !row.isDecided ? "undecided" : nil
    }

    /// True when nothing at all stands in the way of a job.
    private func isEligible(_ row: Row) -> Bool {
        guard admits, startsLeft != 0, row.ended == nil, !row.isLive, !row.isHeld, row.wakeAt <= now, unmet(row) == nil
        else {
            return false
        }
        return row.job.budgets.isEmpty
            && row.job.pools.allSatisfy {
                hasRoom($0, row) && !paused.contains($0) && !blocked.contains($0) && !governed.contains($0)
            }
    }

    /// Looks at what is left when the queue has said all that it has to say.
    mutating func checkRest() {
        guard broken == nil else { return }
        for row in open where !row.isLive && (row.recorded == .held) != row.isHeld {
            broken = "\(row.job.name) is \(row.recorded), and held: \(row.isHeld)"
        }
        if let row = open.first(where: { isEligible($0) }) { broken = "\(row.job.name) could begin and does not" }
        let lives = open.count { $0.isLive }
        if queue.running != lives { broken = "the queue counts \(queue.running) live attempts of \(lives)" }
        for pool in limits.keys where queue.use(of: pool) != use(pool) { broken = "the use of \(pool.text) is wrong" }
        if let account = queue.budget(.day(.global)) {
            let promised = promised
            if account.reserved.money != promised { broken = "\(account.reserved.money) is promised, not \(promised)" }
            if (account.spent + account.elsewhere).money != spent { broken = "\(account.spent) is spent, not \(spent)" }
        }
    }

    /// What live attempts may still spend, by their estimates.
    private var promised: Money {
        open.reduce(.zero) { sum, row in
            guard row.isLive, !row.job.budgets.isEmpty else { return sum }
            return sum + max(.zero, row.job.estimate.money - row.drawn)
        }
    }

    private mutating func checkBudget(_ row: Row) {
        guard let budget, !row.job.budgets.isEmpty else { return }
        if spent + promised + row.job.estimate.money > budget { broken = "\(row.job.name) is more than the budget has" }
    }
}
