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
        /// What it waits for; nil while an attempt lives.
        package var waiting: Waiting?

        /// A job, and what it waits for.
        package init(job: JobRow, waiting: Waiting? = nil) {
            self.job = job
            self.waiting = waiting
        }
    }

    /// All jobs that wait or run, in the order in which those of equal rank would start.
    package private(set) var entries: [Entry] = []
    /// All pools that have a limit, a pause, or somebody in them.
    package let pools: [PoolRow]
    private var queue = JobQueue(seed: 0, isForLooking: true)

    /// The queue as `reader` sees it at `now`.
    package init(_ reader: StoreReader, now: Timestamp) throws {
        pools = try reader.pools()
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
        var jobs: [JobRow] = []
        var runs: [LiveRun] = []
        for run in try reader.runs(filter).reversed() {
            guard let detail = try reader.runDetail(run.id, withMessages: false),
                let live = LiveRun(
                    run, jobs: detail.jobs, sessions: detail.sessions, now: .now, clock: .zero, wall: now)
            else { continue }
            runs.append(live)
            jobs += detail.jobs.filter { !$0.state.isFinal }
        }
        let today = now.milliseconds / 86_400_000
        for day in Set(runs.flatMap(\.spec.days)) {
            let spent = Spending(money: try reader.spent(on: today, in: day.pool))
            tell(.budget(.day(day.pool), BudgetLimit(money: day.most), .stopNew, elsewhere: spent))
        }
        for run in runs where run.batch != nil { tell(.limit(.group(run.id), PoolLimit(max: run.spec.slots))) }
        tell(.add(runs.flatMap { $0.jobs.map(\.queued) }, groups: runs.flatMap(\.groups), together: false))
        for case .moveToFront(let target) in try reader.wishes(after: 0).map(\.wish) {
            tell(.moveToFront(target.inQueue))
        }
        let turns = queue.turns()
        entries = jobs.map { Entry(job: $0, waiting: waiting($0, turns, now)) }
        let order = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1.id, $0) })
        entries = entries.sorted { rank($0.job, order) < rank($1.job, order) }
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
        guard var waiting = queue.waiting(job.id, at: .zero, turns: turns) else { return nil }
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
