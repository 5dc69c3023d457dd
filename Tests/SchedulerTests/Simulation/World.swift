import Model
import Scheduler

/// A small world around the queue: runs, providers that fail, people, other coordinators, a store that refuses, crashes.
///
/// It keeps books of its own, from nothing but what it told the queue and what the queue answered, and checks each answer
/// against them. What it finds is in `broken`.
struct World {
    /// One job as the store would know it. A class, because copies of jobs are most of what a debug build would do here.
    final class Row {
        var job: QueuedJob
        var recorded = JobState.queued
        /// … before its last start.
        var recordedBefore = JobState.queued
        var isLive = false
        var isEnding = false
        var isHeld = false
        var isDecided = false
        var attempt = 0
        var tries = 0
        var wakeAt: Duration
        var drawn = Money.zero
        var ended: JobState?

        init(_ job: QueuedJob) {
            self.job = job
            wakeAt = job.notBefore ?? .zero
        }
    }

    static let providers = [Pool.provider("p1"), .provider("p2")]
    static let modules = ["m1", "m2", "m3"]

    let seed: UInt64
    var random: SplitMix64
    var queue: JobQueue
    var now = Duration.zero
    var rows: [Identifier: Row] = [:]
    /// The jobs in the order in which they came.
    var order: [Identifier] = []
    /// Those of them that have not ended.
    var open: [Row] = []
    /// Slots that live attempts have, without those of other coordinators.
    var uses: [Pool: PoolUse] = [:]
    var groups: [Identifier: JobGroup] = [:]
    var limits: [Pool: PoolLimit] = [:]
    var elsewhere: [Pool: PoolUse] = [:]
    var paused: Set<Pool> = []
    var blocked: Set<Pool> = []
    /// Groups that have failed too often or answered often enough.
    var stopped: Set<Identifier> = []
    var governed: Set<Pool> = []
    var admits = true
    /// How many may start until the machine is looked at again.
    var startsLeft: Int?
    var budget: Money?
    var spent = Money.zero
    /// Spent before the present coordinator began.
    var inherited = Money.zero
    /// When a share was first heard of.
    var sharesSince: [Share: Duration] = [:]
    /// Between a crash and the moment when the next coordinator knows everything.
    var isRestoring = false
    var runsOver: Set<Identifier> = []
    var runs: Set<Identifier> = []
    var broken: String?
    var starts = 0
    /// Every action, for comparing two courses of one seed; nil does not keep them.
    var trace: [JobQueue.Action]?
    /// What happened, in words, when one seed is played again.
    var story: [String]?

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(seed: seed)
        queue = JobQueue(seed: seed)
        limits[.global] = PoolLimit(max: pick(1...5), reserve: chance(4) ? 1 : 0)
        for provider in World.providers where chance(2) { limits[provider] = PoolLimit(max: pick(1...3)) }
        if chance(3) { limits[.module("m1")] = PoolLimit(max: 1) }
        if chance(3) { governed.insert(World.providers[0]) }
        if chance(3) { budget = Money(nanos: Int64(pick(1...12))) }
        equip()
    }

    /// Tells a new queue what holds in this world: at the beginning, and after each crash.
    mutating func equip() {
        for (pool, limit) in limits { feed(.limit(pool, limit)) }
        for pool in governed { feed(.govern(pool, PoolGovernor.Policy())) }
        for pool in paused { feed(.pause(pool)) }
        if let budget {
            feed(.budget(.day(.global), BudgetLimit(money: budget), .stopNew, elsewhere: Spending(money: inherited)))
        }
        feed(.elsewhere(elsewhere))
        feed(.admission(refusal: admits ? nil : "no room", starts: startsLeft))
    }

    /// Plays the world to its end; returns what went wrong.
    mutating func play() -> String? {
        addRun()
        for _ in 0..<pick(5...30) {
            step()
            if let broken { return broken }
        }
        settle()
        if let broken { return broken }
        var rounds = 0
        while runsOver.count < runs.count {
            rounds += 1
            if rounds > 4000 { return "deadlock: \(open.map { "\($0.job.name) \($0.recorded)" })" }
            drain()
            if let broken { return broken }
        }
        if rows.values.contains(where: { $0.isLive }) { return "a run is over and an attempt of it lives" }
        return nil
    }

    var live: [Identifier] { open.filter(\.isLive).map(\.job.id) }

    mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func chance(_ part: Int) -> Bool { Int.random(in: 0..<part, using: &random) == 0 }

    /// What the world has to tell the queue about something that it said.
    enum Answer {
        case decided(Identifier, runs: Bool)
        case refused(Identifier)
    }

    /// Tells the queue something, does what it says, and looks at what that leaves.
    mutating func feed(_ event: JobQueue.Event) {
        var answers: [Answer] = []
        tell(event, &answers)
        while !answers.isEmpty, broken == nil {
            switch answers.removeFirst() {
            case .decided(let job, let runs):
                rows[job]?.isDecided = runs
                let skip = JobQueue.Decision.skip(Failure(.cancelled, "no"))
                tell(.decided(job: job, runs ? .run : skip), &answers)
            case .refused(let job): if let event = refusal(of: job) { tell(event, &answers) }
            }
        }
        if broken == nil, !isRestoring { checkRest() }
    }

    private mutating func tell(_ event: JobQueue.Event, _ answers: inout [Answer]) {
        story?.append("at \(now): \(event)")
        for action in queue.handle(event, at: now) {
            trace?.append(action)
            story?.append("  \(action)")
            if let answer = perform(action) { answers.append(answer) }
        }
    }
}
