import EventLoop
package import Model
package import Scheduler
package import Store

/// The queue of a store as anybody can see it: what waits, in which order, and for what.
///
/// Made from the rows alone, by the machine that coordinators decide with; so it works from any process, and also while no
/// coordinator lives.
package struct QueueView {
    /// One job that is not over.
    package struct Entry: Sendable {
        package var job: JobRow
        /// What it waits for; nil while an attempt lives that somebody follows.
        package var waiting: Waiting?

        /// A job, and what it waits for.
        package init(job: JobRow, waiting: Waiting? = nil) {
            self.job = job
            self.waiting = waiting
        }
    }

    /// The jobs that wait or run, in the order in which those of equal rank would start.
    package private(set) var entries: [Entry] = []
    /// How many wait or run, whether they are among the entries or not.
    package private(set) var count = 0
    /// All pools that have a limit, a pause, or somebody in them.
    package let pools: [PoolRow]
    private var queue = JobQueue(seed: 0, isForLooking: true)
    private let abandoned: Set<Identifier>

    /// The queue as `reader` sees it at `now`: all of it, or the first `most` of it, for which no more is read than needs be.
    package init(_ reader: StoreReader, now: Timestamp, most: Int? = nil) throws {
        pools = try reader.pools()
        abandoned = try reader.abandonedRuns()
        for row in pools {
            if row.limit != PoolLimit(max: nil) { tell(.limit(row.pool, row.limit)) }
            if row.pausedAt != nil { tell(.pause(row.pool)) }
            if case .machine(Machine.name) = row.pool, let refusal = row.standing {
                tell(.admission(refusal: refusal))
            }
        }
        var filter = ListFilter()
        filter.unfinishedOnly = true
        filter.limit = .max
        var front: [Identifier: [JobRow]]?
        if let most {
            let (jobs, all) = try reader.frontOfQueue(most)
            count = all
            front = Dictionary(grouping: jobs, by: \.run)
            filter.runs = Set(jobs.map(\.run))
        }
        var jobs: [JobRow] = []
        var runs: [LiveRun] = []
        var groups: [JobGroup] = []
        for run in try front?.isEmpty == true ? [] : reader.runs(filter).reversed() {
            var wanted = ListFilter()
            wanted.runs = [run.id]
            wanted.limit = .max
            let rows = try front?[run.id] ?? reader.jobs(wanted)
            guard let live = LiveRun(run, jobs: rows, sessions: nil, now: .now, clock: .zero, wall: now) else {
                continue
            }
            runs.append(live)
            groups += live.groups(unfinished: front == nil ? [:] : try reader.unfinishedParts(ofRun: run.id))
            jobs += rows.filter { !$0.state.isFinal }
        }
        if most == nil { count = jobs.count }
        let today = now.milliseconds / 86_400_000
        for day in Set(runs.flatMap(\.spec.days)) {
            let spent = Spending(money: try reader.spent(on: today, in: day.pool))
            tell(.budget(.day(day.pool), BudgetLimit(money: day.most), .stopNew, elsewhere: spent))
        }
        for run in runs where run.batch != nil { tell(.limit(.group(run.id), PoolLimit(max: run.spec.slots))) }
        // What a run's sessions took so far is the best guess of what its others will take.
        let queued = try runs.flatMap { run in
            let usual = try reader.usualDuration(ofRun: run.id)
            return run.jobs.map { job in
                var queued = job.queued
                queued.expected = queued.expected ?? usual
                return queued
            }
        }
        tell(.add(queued, groups: groups, together: false))
        for case .moveToFront(let target) in try reader.wishes(after: 0).map(\.wish) {
            tell(.moveToFront(target.inQueue))
        }
        let turns = queue.turns()
        let order = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1.id, $0) })
        let ranked = jobs.map { (job: $0, rank: rank($0, order)) }.sorted { $0.rank < $1.rank }
        entries = ranked.prefix(most ?? .max).map { Entry(job: $0.job, waiting: waiting($0.job, turns, now)) }
    }

    /// What runs goes first, then the higher priority, then the earlier run, and in a run who was moved to its front.
    private func rank(_ job: JobRow, _ order: [Identifier: Int]) -> (Int, Int, Int, Int) {
        (job.state == .running ? 0 : 1, -job.priority, order[job.run] ?? 0, queue.place(of: job.id) ?? 0)
    }

    private mutating func tell(_ event: JobQueue.Event) {
        for case .decide(let job) in queue.handle(event, at: .zero) {
            // All that it needs has ended, and a coordinator decides at once: nearly always that it runs.
            tell(.decided(job: job, .run))
        }
    }

    /// What the machine says, and what its coordinator last said about the pools that the job needs.
    private func waiting(_ job: JobRow, _ turns: JobQueue.Turns, _ now: Timestamp) -> Waiting? {
        let isAbandoned = abandoned.contains(job.run)
        guard var waiting = queue.waiting(job.id, at: .zero, turns: turns) ?? (isAbandoned ? Waiting() : nil) else {
            return nil
        }
        if isAbandoned {
            waiting.reasons.insert(.abandoned, at: 0)
            waiting.expected = nil
        }
        let isReady = queue.isReady(job.id)
        for row in pools where queue.needs(job.id, row.pool) {
            // A pool that only a person opens is worth knowing of, also before the job's time has come.
            guard let word = row.standing, isReady || word == "blocked" else { continue }
            let until = row.standingUntil.map { Duration.milliseconds($0.milliseconds - now.milliseconds) }
            if word == "blocked" {
                waiting.reasons.insert(.blocked(row.pool), at: 0)
                waiting.expected = nil
            } else if let standing = PoolGovernor.Standing(word: word, until: until), (until ?? .seconds(1)) > .zero {
                waiting.reasons.insert(.provider(row.pool, standing), at: 0)
                waiting.expected = max(waiting.expected ?? .zero, until ?? .zero)
            }
        }
        return waiting
    }
}
