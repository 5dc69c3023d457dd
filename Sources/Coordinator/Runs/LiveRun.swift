import EventLoop
import Model
import Scheduler
import Sessions
import Store
import StreamJSON

/// One run as the coordinator's thread holds it: the machine that decides, and what its numbers stand for.
struct LiveRun {
    /// One job of the run.
    struct Job {
        let id: Identifier
        let module: String?
        let path: String
        let thread: Identifier
        let message: Identifier
        let spec: JobSpec
        /// The live attempt.
        var session: Identifier?
        var sessionStarted: Monotonic?
        /// The store knows the attempt's host, from an earlier coordinator.
        var hostIsRecorded = false
        /// The whole answer of the attempt that has just ended, until the job's end is written.
        var answer: String?
        /// What is sent back when the last answer did not fit its schema.
        var repair: (answer: String, mismatch: String)?
    }

    /// Which jobs the machine decides about now.
    enum Phase {
        /// The questions to the modules.
        case asking
        /// The provider that merges.
        case merging
    }

    let id: Identifier
    let name: String?
    let question: String
    let spec: RunSpec
    let schema: AnswerSchema?
    /// When the run began, which may have been in an earlier coordinator.
    let started: Monotonic
    var phase = Phase.asking
    var machine: FanOut
    /// The jobs that the machine counts, in its order.
    var jobs: [Job]
    /// The job that merges, when the merge is a prompt.
    var mergeJob: Job?
    /// How the questions ended, once they have.
    var verdict: (state: RunState, exit: ExitCode)?
    /// How long completed sessions took, for the guess of the time left.
    var durations: [Duration] = []
    /// A cancel was asked for and has been passed on.
    var isCancelled = false
    /// Whoever attends the run said so.
    var wasToldToCancel = false
    /// The exit status of the run if it is cut short: it says who did that.
    var cancelExit = ExitCode.cancelledByOther

    /// A run as it stands in the store.
    init?(_ run: RunRow, jobs rows: [JobRow], sessions: [SessionRow], now: Monotonic, wall: Timestamp) {
        guard let value = try? JSONValue(parsing: run.spec), let spec = RunSpec(value) else { return nil }
        id = run.id
        name = run.name
        question = run.question ?? ""
        self.spec = spec
        schema = spec.schema.flatMap { try? AnswerSchema(try JSONValue(parsing: $0), file: "schema") }
        let age = Duration.milliseconds(max(0, wall.milliseconds - (run.startedAt ?? wall).milliseconds))
        started = now + (.zero - age)
        var jobs: [Job] = []
        var merge: (row: JobRow, job: Job)?
        var asked: [JobRow] = []
        for row in rows.sorted(by: { $0.position < $1.position }) {
            guard let value = try? JSONValue(parsing: row.spec), let spec = JobSpec(value), let thread = row.thread,
                let message = row.message
            else { return nil }
            var job = Job(
                id: row.id, module: row.module, path: row.path ?? self.spec.directory, thread: thread,
                message: message, spec: spec)
            job.session = sessions.last { $0.job == row.id && !$0.state.isFinal }?.id
            if row.kind == "merge" {
                merge = (row, job)
            } else {
                jobs.append(job)
                asked.append(row)
            }
        }
        self.jobs = jobs
        mergeJob = merge?.job
        // The seed is the run's own, so that a run that is taken over draws from the same sequence.
        let seed = run.id.text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        machine = FanOut(count: jobs.count, policy: spec.policy, seed: seed)
        for (index, row) in asked.enumerated() { LiveRun.restore(&machine, index, row, jobs[index], wall, age) }
        machine.restore(cost: run.usage.knownCost)
        // Questions that are over and a merge that has begun: go on with the merge.
        if let merge, merge.row.state != .waiting, asked.allSatisfy(\.state.isFinal) {
            verdict = machine.verdict
            enterMerge()
            LiveRun.restore(&machine, 0, merge.row, merge.job, wall, age)
        }
    }

    private static func restore(
        _ machine: inout FanOut, _ index: Int, _ row: JobRow, _ job: Job, _ wall: Timestamp, _ age: Duration
    ) {
        let standing: FanOut.Standing
        if row.state.isFinal {
            standing = .final(row.state)
        } else if job.session != nil {
            // Also where somebody wanted it ended: the wish is in the store and is obeyed again.
            standing = .running(ending: false)
        } else if row.state == .waiting, let time = row.notBefore {
            standing = .waiting(until: age + .milliseconds(max(0, time.milliseconds - wall.milliseconds)))
        } else {
            standing = .queued
        }
        let failure = row.failureClass.map { Failure($0, row.failure ?? "") }
        machine.restore(job: index, standing: standing, attempt: row.attempts, failure: failure)
    }

    /// Lets the machine decide about the merge alone.
    mutating func enterMerge() {
        guard let mergeJob else { return }
        phase = .merging
        var policy = spec.policy
        policy.slots = 1
        policy.enough = nil
        policy.halt = nil
        var merging = FanOut(count: 1, policy: policy, seed: 1)
        merging.restore(cost: machine.cost)
        machine = merging
        jobs = [mergeJob]
    }

    /// The time since the run began, as the machine counts it.
    func time(_ now: Monotonic) -> Duration { now - started }

    /// The place of the job whose live attempt is `session`.
    func index(of session: Identifier) -> Int? { jobs.firstIndex { $0.session == session } }
}
