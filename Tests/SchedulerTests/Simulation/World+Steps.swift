import Model
import Scheduler

extension World {
    /// Something happens.
    mutating func step() {
        now += .milliseconds(pick(0...4000))
        switch pick(0...25) {
        case 0: addRun()
        case 1: hold(target(), true)
        case 2: hold(target(), false)
        case 3 where chance(3): feed(.cancel(target()))
        case 4: pause(chance(2) ? .module(World.modules[pick(0...2)]) : World.providers[pick(0...1)])
        case 5: if let pool = paused.sorted(by: { $0.text < $1.text }).first { unpause(pool) }
        case 6: lend()
        case 7:
            let pool = chance(2) ? Pool.global : World.providers[pick(0...1)]
            limits[pool] = PoolLimit(max: pick(0...4), reserve: pool == .global && chance(3) ? 1 : 0)
            feed(.limit(pool, limits[pool] ?? PoolLimit(max: nil)))
        case 8:
            if chance(2) { admits.toggle() }
            startsLeft = chance(2) ? pick(0...3) : nil
            feed(.admission(refusal: admits ? nil : "no room", starts: startsLeft))
        case 9: reprioritise()
        case 10: feed(.moveToFront(target()))
        case 11 where chance(2): crash()
        case 12:
            now += .seconds([60, 3600, 86_400][pick(0...2)])
            feed(.tick)
        case 13: for pool in blocked.sorted(by: { $0.text < $1.text }) { reset(pool) }
        case 14: if let job = live.first { spend(job) }
        case 15, 16:
            now = max(now, queue.nextWake(after: now) ?? now)
            feed(.tick)
        default: if let job = live.randomElement(using: &random) { end(job) }
        }
    }

    /// Takes away what could keep jobs from ending, one thing after the other: from here on, every job must end.
    mutating func settle() {
        for pool in paused.sorted(by: { $0.text < $1.text }) { unpause(pool) }
        elsewhere = [:]
        feed(.elsewhere([:]))
        for pool in limits.keys.sorted(by: { $0.text < $1.text }) where limits[pool]?.max == 0 {
            limits[pool]?.max = 1
            feed(.limit(pool, limits[pool] ?? PoolLimit(max: 1)))
        }
        if budget != nil {
            budget = Money(nanos: 1_000_000)
            feed(.budget(.day(.global), BudgetLimit(money: budget), .stopNew, elsewhere: Spending(money: inherited)))
        }
        for run in runs.sorted() where !runsOver.contains(run) { hold(.run(run), false) }
        admits = true
        startsLeft = nil
        feed(.admission(refusal: nil))
    }

    mutating func drain() {
        for pool in blocked.sorted(by: { $0.text < $1.text }) { reset(pool) }
        if !elsewhere.isEmpty {
            // A refusal told of others; they are done now.
            elsewhere = [:]
            feed(.elsewhere([:]))
        }
        if let job = live.first {
            now += .milliseconds(pick(0...2000))
            end(job, kindly: chance(2))
        } else {
            now = max(now, queue.nextWake(after: now) ?? now)
            feed(.tick)
        }
    }

    mutating func addRun() {
        guard runs.count < 3 else { return }
        let run = Identifier.random(using: &random)
        let group = JobGroup(
            Identifier.random(using: &random), run: run, maxParallel: chance(2) ? pick(1...2) : nil,
            failFast: chance(3),
            halt: chance(4) ? HaltRule(chance(2) ? .soon : .now, .count(pick(1...2))) : nil,
            enough: chance(5) ? pick(1...2) : nil)
        var jobs: [QueuedJob] = []
        let share = chance(3) ? "label" : nil
        for place in 0..<pick(1...6) {
            let provider = World.providers[pick(0...1)]
            var job = QueuedJob(
                Identifier.random(using: &random), run: run, name: "\(run.short)/\(place)",
                module: chance(2) ? World.modules[pick(0...2)] : nil, share: share, priority: pick(-2...2),
                ages: !chance(5), isInteractive: chance(5), pools: [.global, provider], keys: chance(5) ? ["k"] : [],
                group: chance(3) ? group.id : nil)
            if let earlier = jobs.randomElement(using: &random), chance(3) {
                job.needs = [Dependency(.job(earlier.id), [.success, .failure, .finished][pick(0...2)])]
                job.isConditional = chance(3)
            }
            if chance(6), job.group == nil { job.needs.append(Dependency(.group(group.id), .finished)) }
            if chance(8) { job.notBefore = now + .seconds(pick(0...600)) }
            if chance(8) { job.queueTimeout = .seconds(pick(10...600)) }
            if chance(10) { job.deadline = now + .seconds(pick(10...4000)) }
            if budget != nil, chance(2) {
                job.budgets = [.day(.global)]
                job.estimate = Spending(money: Money(nanos: Int64(pick(0...2))))
            }
            jobs.append(job)
        }
        runs.insert(run)
        groups[group.id] = group
        for job in jobs {
            let row = Row(job)
            rows[job.id] = row
            order.append(job.id)
            open.append(row)
        }
        for job in jobs where sharesSince[shareOf(job)] == nil { sharesSince[shareOf(job)] = now }
        feed(.add(jobs, groups: [group], together: false))
    }

    /// The coordinator dies, and another one takes up what the store says.
    private mutating func crash() {
        queue = JobQueue(seed: seed &+ UInt64(starts))
        stopped = []
        blocked = []
        inherited = spent
        isRestoring = true
        equip()
        for job in live { rows[job]?.drawn = .zero }
        let rowsLeft = order.compactMap { rows[$0] }.filter { !runsOver.contains($0.job.run) }
        let jobs = rowsLeft.map { row in
            var job = row.job
            job.record = QueuedJob.Record(
                state: row.ended ?? (row.isLive ? .running : row.recorded), attempt: row.attempt, tries: row.tries,
                notBefore: row.wakeAt, isDecided: row.isDecided, isHeld: row.isHeld)
            return job
        }
        isRestoring = false
        let known = Set(jobs.map(\.run))
        feed(.add(jobs, groups: groups.values.filter { known.contains($0.run) }, together: false))
        // What was to end is told again, and some attempts did not survive.
        for job in live {
            if rows[job]?.isEnding == true { feed(.cancel(.job(job))) }
            if chance(3) { finish(job, JobQueue.AttemptEnd(.lost, Failure(.lost, "killed"))) }
        }
    }

    /// A person holds jobs, or lets them go; the store knows it first.
    private mutating func hold(_ target: JobQueue.Target, _ isHeld: Bool) {
        for row in open where target == .job(row.job.id) || target == .run(row.job.run) { row.isHeld = isHeld }
        feed(isHeld ? .hold(target) : .release(target))
    }

    private mutating func target() -> JobQueue.Target {
        guard let id = order.randomElement(using: &random), let row = rows[id] else {
            return .run(Identifier.random(using: &random))
        }
        return chance(5) ? .run(row.job.run) : .job(id)
    }

    private mutating func pause(_ pool: Pool) {
        paused.insert(pool)
        feed(.pause(pool))
    }

    private mutating func unpause(_ pool: Pool) {
        paused.remove(pool)
        feed(.unpause(pool))
    }

    private mutating func reset(_ pool: Pool) {
        blocked.remove(pool)
        feed(.reset(pool))
    }

    /// Other coordinators take and give back slots.
    private mutating func lend() {
        elsewhere = [:]
        if chance(2) { elsewhere[.global] = PoolUse(interactive: pick(0...1), batch: pick(0...2)) }
        if chance(3) { elsewhere[World.providers[0]] = PoolUse(batch: pick(0...2)) }
        if chance(4) { elsewhere[.key("k")] = PoolUse(batch: 1) }
        feed(.elsewhere(elsewhere))
    }

    private mutating func reprioritise() {
        guard let job = order.randomElement(using: &random) else { return }
        let priority = pick(-25...25)
        rows[job]?.job.priority = Priority.clamped(priority)
        feed(.prioritise(.job(job), priority))
    }

    private mutating func spend(_ job: Identifier) {
        guard rows[job]?.job.budgets.isEmpty == false else { return }
        let money = Money(nanos: 1)
        rows[job]?.drawn += money
        spent = spent + money
        feed(.spent(job: job, Spending(money: money)))
    }

    /// An attempt ends as attempts do.
    private mutating func end(_ job: Identifier, kindly: Bool = false) {
        let kinds: [FailureClass] = [
            .overload, .rateLimit, .crash, .lost, .auth, .quota, .serverError, .network, .neverStarted,
            .structuredOutput,
        ]
        let kind = kinds[pick(0...kinds.count - 1)]
        let failure = Failure(kind, "made up", retryAfterSeconds: chance(3) ? Double(pick(1...900)) : nil)
        let end =
            kindly || chance(2)
            ? JobQueue.AttemptEnd(.completed) : JobQueue.AttemptEnd(kind == .lost ? .lost : .failed, failure)
        finish(job, end)
    }

    mutating func finish(_ job: Identifier, _ end: JobQueue.AttemptEnd) {
        var end = end
        guard let row = rows[job] else { return }
        if row.isEnding, chance(2) { end = JobQueue.AttemptEnd(.cancelled, Failure(.cancelled, "as asked")) }
        end.tokens = 0
        if chance(2) { end.money = row.drawn }
        if !row.job.budgets.isEmpty, end.money == nil, end.failure?.class != .neverStarted {
            spent = spent + max(.zero, row.job.estimate.money - row.drawn)
        }
        setLive(row, false)
        row.isEnding = false
        if end.failure?.class == .neverStarted {
            // Nothing of it ran: neither it nor what it was promised counts.
            row.attempt -= 1
            row.tries -= 1
            end.money = nil
        }
        rows[job]?.drawn = .zero
        feed(.attemptEnded(job: job, end))
        if rows[job]?.isLive == false, rows[job]?.recorded == .running {
            broken = "nothing was said of \(row.job.name)"
        }
    }
}
