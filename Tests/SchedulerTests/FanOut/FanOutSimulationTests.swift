import Model
import Scheduler
import Testing

/// Drives the machine with random providers, people, clocks and deaths, and checks after every step what must always hold.
@Suite struct FanOutSimulationTests {
    @Test func `every job of every random run ends exactly once within the limits`() {
        for seed in UInt64(1)...3000 {
            var simulation = Simulation(seed: seed)
            if let broken = simulation.run() {
                Issue.record("seed \(seed): \(broken)")
                return
            }
        }
    }
}

private struct Simulation {
    private var random: SplitMix64
    private var machine: FanOut
    private var live: [Int: Int] = [:]
    private var ending: Set<Int> = []
    private var ended: [Int: JobState] = [:]
    /// How many attempts of each job really began.
    private var counted: [Int: Int] = [:]
    private var now = Duration.zero
    private var finished: (state: RunState, exit: ExitCode)?
    private var broken: String?

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let count = Int.random(in: 0...12, using: &random)
        var policy = FanOut.Policy(
            slots: Int.random(in: 1...5, using: &random),
            retry: RetryPolicy(attempts: Int.random(in: 1...4, using: &random)))
        if Bool.random(using: &random) { policy.halt = HaltRule("soon,fail=2") }
        if Int.random(in: 0..<4, using: &random) == 0 { policy.halt = HaltRule("now,fail=30%") }
        if Int.random(in: 0..<4, using: &random) == 0 { policy.enough = 2 }
        if Int.random(in: 0..<4, using: &random) == 0 { policy.maxCost = Money(nanos: 5_000) }
        if Int.random(in: 0..<4, using: &random) == 0 { policy.deadline = .seconds(300) }
        machine = FanOut(count: count, policy: policy, seed: seed)
    }

    mutating func run() -> String? {
        feed(.tick)
        var steps = 0
        while finished == nil, broken == nil {
            steps += 1
            if steps > 5000 { return "the run never ended: \(machine.jobs)" }
            step()
        }
        if let broken { return broken }
        if ended.count != machine.jobs.count { return "\(ended.count) of \(machine.jobs.count) jobs ended" }
        if !live.isEmpty { return "the run ended while attempts were live" }
        if !machine.handle(.tick, at: now).isEmpty { return "a finished run did something" }
        return nil
    }

    private mutating func step() {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: feed(.admission(false))
        case 1...3: feed(.admission(true))
        case 4: feed(.spent(Money(nanos: Int64.random(in: 0...2000, using: &random))))
        case 5 where Int.random(in: 0..<10, using: &random) == 0: feed(.cancel(jobs: nil))
        case 6 where !machine.jobs.isEmpty:
            if Int.random(in: 0..<5, using: &random) == 0 {
                feed(.cancel(jobs: [Int.random(in: 0..<machine.jobs.count, using: &random)]))
            }
        case 7: die()
        case 8...9:
            if let wake = machine.nextWake { now = max(now, wake) } else { now += .seconds(1) }
            feed(.tick)
        default:
            guard let job = live.keys.sorted().randomElement(using: &random) else {
                feed(.admission(true))
                return
            }
            live[job] = nil
            let wasEnding = ending.remove(job) != nil
            let classes: [FailureClass] = [.overload, .rateLimit, .crash, .lost, .auth, .totalTimeout, .quota]
            if Int.random(in: 0..<20, using: &random) == 0 {
                counted[job, default: 0] -= 1
                feed(.attemptEnded(job: job, .failed, Failure(.neverStarted, "made up")))
            } else if wasEnding, Bool.random(using: &random) {
                feed(.attemptEnded(job: job, .cancelled, Failure(.cancelled, "cancelled")))
            } else if Bool.random(using: &random) {
                feed(.attemptEnded(job: job, .completed, nil))
            } else {
                let kind = classes.randomElement(using: &random) ?? .crash
                feed(.attemptEnded(job: job, .failed, Failure(kind, "made up")))
            }
        }
        now += .milliseconds(Int.random(in: 0...2000, using: &random))
    }

    /// Another coordinator goes on with what the record says.
    private mutating func die() {
        var next = FanOut(count: machine.jobs.count, policy: machine.policy, seed: 1)
        next.restore(cost: machine.cost)
        if let stopped = machine.stopped { next.restore(stopped: stopped) }
        let cause = next.stopped.flatMap { next.cause(ofEnding: $0) }
        for (index, job) in machine.jobs.enumerated() {
            var standing = job.standing
            if case .running = standing { standing = .running(ending: cause != nil || ending.contains(index)) }
            next.restore(job: index, standing: standing, attempt: job.attempt, failure: job.failure)
        }
        if next.verdict != machine.verdict { broken = "\(machine.verdict) became \(next.verdict) in a restart" }
        machine = next
    }

    private mutating func feed(_ event: FanOut.Event) {
        for action in machine.handle(event, at: now) { perform(action) }
        if live.count > machine.policy.slots { broken = "\(live.count) live attempts in \(machine.policy.slots) slots" }
        if machine.running != live.count {
            broken = "the machine counts \(machine.running) live attempts of \(live.count)"
        }
    }

    private mutating func perform(_ action: FanOut.Action) {
        switch action {
        case .start(let job, let attempt):
            if live[job] != nil { broken = "job \(job) has two live attempts" }
            if ended[job] != nil { broken = "job \(job) began after its end" }
            if !machine.admits { broken = "an attempt began while admission was closed" }
            if machine.stopped != nil { broken = "an attempt began after the run was stopped" }
            live[job] = attempt
            counted[job, default: 0] += 1
            if attempt != counted[job] { broken = "attempt \(attempt) of job \(job) is number \(counted[job] ?? 0)" }
        case .retry(let job, let attempt, let wait, _):
            if wait < .zero { broken = "a wait of \(wait)" }
            if attempt > max(2, machine.policy.retry.attempts) { broken = "attempt \(attempt) of job \(job)" }
        case .requeue(let job, _):
            if live[job] != nil { broken = "job \(job) was queued while it was live" }
        case .end(let job, _):
            if live[job] == nil { broken = "job \(job) has no live attempt to end" }
            ending.insert(job)
        case .finish(let job, let state, _):
            if ended[job] != nil { broken = "job \(job) ended twice" }
            if live[job] != nil { broken = "job \(job) ended while it was live" }
            ended[job] = state
        case .finishRun(let state, let exit):
            if finished != nil { broken = "the run ended twice" }
            finished = (state, exit)
            if (state == .completed) != (exit == .success) { broken = "\(state) with exit \(exit)" }
        }
    }
}
