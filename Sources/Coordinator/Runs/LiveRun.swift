import EventLoop
import Model
import Scheduler
import Sessions
import Store
import StreamJSON

/// One run as the coordinator's thread holds it: the machine that decides, and what its numbers stand for.
///
/// A class, used by that thread alone: a value that was changed beside a copy of it copied all of a thousand jobs.
final class LiveRun {
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
        /// Why the attempt is being ended, by an earlier coordinator or by this one.
        var ending: FailureClass?
        /// Somebody asked a second time: the attempt does not wait for its ladder, whenever it is reached.
        private(set) var isUrgent = false
        /// What is sent back when the last answer did not fit its schema.
        var repair: (answer: String, mismatch: String)?

        /// Notes that the attempt is to be ended. It may not be followed yet, and then hears of this when it is.
        mutating func end(for cause: FailureClass, atOnce: Bool = false) {
            isUrgent = isUrgent || atOnce || ending != nil
            ending = cause
        }
    }

    /// Which jobs the machine decides about now.
    enum Phase: CaseIterable {
        /// The questions to the modules.
        case asking
        /// The provider that merges.
        case merging

        /// The member of the run's outcome that says why the phase was stopped.
        var noteKey: String { self == .asking ? "stopped" : "merge_stopped" }
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
    /// Why the run was stopped, as its outcome keeps it, while questions are asked and while the answers are merged.
    private(set) var noted = JSONObject()

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
        let outcome = run.outcome.flatMap { try? JSONValue(parsing: $0) }
        for key in Phase.allCases.map(\.noteKey) { noted[key] = outcome?[key] }
        isCancelled = run.cancelRequestedAt != nil
        if let exit = outcome?["cancel_exit"]?.integer.flatMap({ ExitCode(rawValue: Int32(clamping: $0)) }) {
            cancelExit = exit
        }
        // Questions that are over and a merge that has begun: go on with the merge.
        let merges = merge.map { $0.row.state != .waiting && asked.allSatisfy(\.state.isFinal) } ?? false
        self.jobs = jobs
        mergeJob = merge?.job
        // The seed is the run's own, so that a run that is taken over draws from the same sequence.
        let seed = run.id.text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        machine = FanOut(count: jobs.count, policy: spec.policy, seed: seed)
        machine.restore(cost: run.usage.knownCost)
        if let stopped = stopped(isCancelled: isCancelled && !merges) { machine.restore(stopped: stopped) }
        for (index, row) in asked.enumerated() { restore(index, row, wall, age) }
        if let merge, merges {
            verdict = machine.verdict
            enterMerge()
            if let stopped = stopped(isCancelled: isCancelled) { machine.restore(stopped: stopped) }
            restore(0, merge.row, wall, age)
        }
    }

    /// Why this phase of the run was stopped, by what was noted of it; a person's wish goes before everything else.
    private func stopped(isCancelled: Bool) -> FanOut.Stop? {
        isCancelled ? .cancelled : noted[phase.noteKey]?.string.flatMap { FanOut.Stop(rawValue: $0) }
    }

    /// What is noted of a stop together with its first effects.
    func note(of stop: FanOut.Stop) -> JSONObject {
        noted[phase.noteKey] = .string(stop.rawValue)
        var members: JSONObject = [phase.noteKey: .string(stop.rawValue)]
        if stop == .cancelled { members["cancel_exit"] = .integer(Int64(cancelExit.rawValue)) }
        return members
    }

    private func restore(_ index: Int, _ row: JobRow, _ wall: Timestamp, _ age: Duration) {
        let standing: FanOut.Standing
        if row.state.isFinal {
            standing = .final(row.state)
        } else if jobs[index].session != nil {
            // Its session is told again, with the reason; for a job alone that can only be somebody's wish.
            let wish: FailureClass? = row.cancelRequestedAt == nil ? nil : .cancelled
            jobs[index].ending = machine.stopped.flatMap { machine.cause(ofEnding: $0) } ?? wish
            standing = .running(ending: jobs[index].ending != nil)
        } else if row.state == .waiting, let time = row.notBefore {
            standing = .waiting(until: age + .milliseconds(max(0, time.milliseconds - wall.milliseconds)))
        } else {
            standing = .queued
        }
        let failure = row.failureClass.map { Failure($0, row.failure ?? "") }
        machine.restore(job: index, standing: standing, attempt: row.attempts, failure: failure)
    }

    /// Lets the machine decide about the merge alone.
    func enterMerge() {
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
