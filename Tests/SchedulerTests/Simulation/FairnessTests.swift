import Model
import Scheduler
import TestSupport
import Testing

/// Saturated queues: who gets how much, and how long the weakest waits.
@Suite struct FairnessTests {
    @Test func `over a window each share gets its part of the slots within a tenth`() {
        for seed in UInt64(1)...8 {
            var market = Market(seed: seed)
            for (share, part) in market.parts().enumerated() {
                #expect(abs(part - 1) < 0.1, "seed \(seed): share \(share) got \(part) of its part")
            }
        }
    }

    @Test func `the weakest job starts as soon as its age has brought it level`() {
        for seed in UInt64(1)...40 {
            var random = SplitMix64(seed: seed)
            var queue = JobQueue(seed: seed)
            let gap = Int.random(in: 1...6, using: &random)
            _ = queue.handle(.limit(.global, PoolLimit(max: 1)), at: .zero)
            let weak = QueuedJob(
                Identifier.random(using: &random), run: Identifier.random(using: &random), priority: -gap)
            let run = Identifier.random(using: &random)
            var now = Duration.zero
            var live = Identifier.random(using: &random)
            _ = queue.handle(.add([QueuedJob(live, run: run)], groups: [], together: false), at: now)
            _ = queue.handle(.add([weak], groups: [], together: false), at: now)
            while live != weak.id, now < .seconds(300 * (gap + 2)) {
                let next = Identifier.random(using: &random)
                _ = queue.handle(.add([QueuedJob(next, run: run)], groups: [], together: false), at: now)
                now += .seconds(Double.random(in: 1...60, using: &random))
                let actions = queue.handle(.attemptEnded(job: live, JobQueue.AttemptEnd(.completed)), at: now)
                for case .start(let job, _) in actions { live = job }
            }
            #expect(live == weak.id, "seed \(seed)")
            #expect(now <= .seconds(300 * gap + 120), "seed \(seed): it waited \(now)")
        }
    }

    /// Whatever looked at all waiting jobs for each decision would take a hundred times as long for ten times the jobs.
    @Test(arguments: [1, 10_000]) func `a decision costs about as much among ten thousand jobs as among a thousand`(
        modules: Int
    ) {
        let few = emptying(1000, modules: modules)
        let many = emptying(10_000, modules: modules)
        print("\(modules) modules: \(few / 1000) a decision among 1,000 jobs, \(many / 10_000) among 10,000")
        #expect(many < few * 40, "\(many) for 10,000 decisions, \(few) for 1,000")
    }

    /// The processor time of this thread, which other processes do not lengthen, for starting and ending `count` jobs.
    private func emptying(_ count: Int, modules: Int) -> Duration {
        var queue = JobQueue(seed: 1)
        var random = SplitMix64(seed: 1)
        _ = queue.handle(.limit(.global, PoolLimit(max: 8)), at: .zero)
        let run = Identifier.random(using: &random)
        let jobs = (0..<count).map { place in
            QueuedJob(
                Identifier.random(using: &random), run: run, module: "m\(place % modules)", priority: place % 5,
                pools: [.global, .provider(place % 2 == 0 ? "p1" : "p2")], keys: place % 7 == 0 ? ["k"] : [])
        }
        var live: [Identifier] = []
        func note(_ actions: [JobQueue.Action]) { for case .start(let job, _) in actions { live.append(job) } }
        note(queue.handle(.add(jobs, groups: [], together: false), at: .zero))
        let began = TestTime.processorTime()
        var ended = 0
        while let job = live.popLast() {
            ended += 1
            note(queue.handle(.attemptEnded(job: job, JobQueue.AttemptEnd(.completed)), at: .seconds(ended)))
        }
        #expect(ended == count)
        return TestTime.processorTime() - began
    }
}

/// A few shares of different weights, whose jobs take different times and never run out.
private struct Market {
    /// A live attempt and when it ends.
    private struct Attempt {
        let end: Duration
        let job: Identifier
        let share: Int
    }

    private var random: SplitMix64
    private var queue: JobQueue
    private let weights: [Double]
    private let times: [Double]
    private let runs: [Identifier]
    private var shareOf: [Identifier: Int] = [:]
    private var now = Duration.zero

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        queue = JobQueue(seed: seed)
        weights = (0..<Int.random(in: 2...4, using: &random)).map { _ in Double.random(in: 1...4, using: &random) }
        times = weights.map { _ in Double.random(in: 5...20, using: &random) }
        runs = weights.map { _ in Identifier.random(using: &random) }
        _ = queue.handle(.limit(.global, PoolLimit(max: Int.random(in: 2...4, using: &random))), at: .zero)
        for (share, weight) in weights.enumerated() {
            _ = queue.handle(.weigh(.label("s\(share)"), weight), at: .zero)
        }
        self.random = random
    }

    /// How much of its part each share got: 1 is all of it, and no more.
    mutating func parts() -> [Double] {
        let window = Duration.seconds(4000)
        var used = weights.map { _ in 0.0 }
        var live: [Attempt] = []
        var actions = add((0..<weights.count).flatMap { Array(repeating: $0, count: 10) })
        while now < window {
            var next: [Int] = []
            for case .start(let job, _) in actions {
                let share = shareOf[job] ?? 0
                let time = times[share] * Double.random(in: 0.5...1.5, using: &random)
                live.append(Attempt(end: now + .seconds(time), job: job, share: share))
                next.append(share)
                // The first part of the window is for finding the balance.
                if now > window / 8 { used[share] += time }
            }
            actions = add(next)
            guard actions.isEmpty else { continue }
            guard let first = live.min(by: { $0.end < $1.end }) else { break }
            live.removeAll { $0.job == first.job }
            now = first.end
            actions = queue.handle(.attemptEnded(job: first.job, JobQueue.AttemptEnd(.completed)), at: now)
        }
        let (all, weight) = (used.reduce(0, +), weights.reduce(0, +))
        return used.indices.map { used[$0] / all / (weights[$0] / weight) }
    }

    /// One more job for each of these shares.
    private mutating func add(_ shares: [Int]) -> [JobQueue.Action] {
        let jobs = shares.map { share in
            let job = QueuedJob(Identifier.random(using: &random), run: runs[share], share: "s\(share)")
            shareOf[job.id] = share
            return job
        }
        return queue.handle(.add(jobs, groups: [], together: false), at: now)
    }
}
