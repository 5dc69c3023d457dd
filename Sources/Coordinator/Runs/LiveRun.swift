import EventLoop
import Model
import Scheduler
import Store
import StreamJSON

/// One run as the coordinator's thread holds it: what the queue's identifiers stand for, and the rules of the whole.
///
/// A class, used by that thread alone: a value that was changed beside a copy of it copied all of a thousand jobs.
final class LiveRun {
    /// Which jobs the rules count now.
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
    /// What a batch is; nil for an `ask`.
    let batch: BatchRun?
    /// The number of the wish that gave a batch the plan that is held here; see `StoreReader.planNumber`.
    let planNumber: Int64
    /// When the run began, which may have been in an earlier coordinator.
    var started: Monotonic
    /// What the run had used before this coordinator took it up.
    var spentBefore = Spending.zero
    var phase = Phase.asking
    var rules: RunRules
    /// All jobs, in the order of the run; one that merges is the last.
    var jobs: [Job]
    var places: [Identifier: Int] = [:]
    /// How the questions ended, once they have.
    var verdict: (state: RunState, exit: ExitCode)?
    /// How long completed sessions took, the shortest first, for the guess of the time left.
    var durations: [Duration] = []
    /// The completed jobs of the run that this one resumes, by name, once they were asked for.
    var formerJobs: [String: Int64]?
    /// A person wants the run to end.
    var isCancelled = false
    /// Whoever attends the run said so.
    var wasToldToCancel = false
    /// The exit status of the run if it is cut short: it says who did that.
    var cancelExit = ExitCode.cancelledByOther
    /// Why the run was stopped, as its outcome keeps it, while questions are asked and while the answers are merged.
    var noted = JSONObject()

    /// A run as it stands in the store. `clock` is the queue's time of now.
    ///
    /// Without its sessions it is a run to look at: what its rows say of what runs is taken for true.
    init?(
        _ run: RunRow, jobs rows: [JobRow], sessions: [SessionRow]?, planNumber: Int64 = 0, now: Monotonic,
        clock: Duration, wall: Timestamp
    ) {
        guard let value = try? JSONValue(parsing: run.spec), let spec = RunSpec(value) else { return nil }
        id = run.id
        name = run.name
        question = run.question ?? ""
        self.spec = spec
        self.planNumber = planNumber
        if run.kind == "batch" {
            guard
                let batch = BatchRun(value["plan"], formers: value["former"], run: run.id, leftOut: spec.leftOut)
            else { return nil }
            self.batch = batch
        } else {
            batch = nil
        }
        let schema = spec.schema.flatMap { try? AnswerSchema(try JSONValue(parsing: $0), file: "schema") }
        let age = Duration.milliseconds(max(0, wall.milliseconds - (run.startedAt ?? wall).milliseconds))
        started = now + (.zero - age)
        var histories: [Identifier: AttemptHistory] = [:]
        for session in sessions ?? [] { histories[session.job, default: AttemptHistory()].add(session) }
        jobs = []
        // Large values: an array that grows by doubling holds all of them three times over.
        jobs.reserveCapacity(rows.count)
        let ordered = rows.sorted { $0.position < $1.position }
        for row in ordered {
            let history = histories[row.id]
            guard
                var job = LiveRun.job(
                    row, of: run, spec, batch, session: history?.live, isTrusted: sessions == nil, clock, wall,
                    beside: jobs.last?.spec)
            else { return nil }
            if batch == nil, !job.isMerge {
                job.schema = schema
            } else if job.session != nil {
                job.schema = job.spec.schema.flatMap {
                    try? AnswerSchema(try JSONValue(parsing: $0), file: "schema")
                }
                job.cacheKey = job.spec.cacheKey
            }
            if let history {
                job.spentBefore = history.spent
                spentBefore += job.spentBefore
                job.queued.record.isRepaired = history.unfit.map { $0 > job.spec.begun } ?? false
                job.former = history.former(after: job.spec.begun)
                if job.session != nil {
                    job.resumed = job.spec.resumed.map { (session: $0, used: history.used(in: $0)) }
                }
            }
            places[job.id] = jobs.count
            jobs.append(job)
        }
        let outcome = run.outcome.flatMap { try? JSONValue(parsing: $0) }
        for key in Phase.allCases.map(\.noteKey) { noted[key] = outcome?[key] }
        isCancelled = run.cancelRequestedAt != nil
        if let exit = outcome?["cancel_exit"]?.integer.flatMap({ ExitCode(rawValue: Int32(clamping: $0)) }) {
            cancelExit = exit
        }
        rules = RunRules(spec.rules, total: jobs.count { !$0.isMerge })
        // A merge that has begun: its questions are over.
        let merge = ordered.last { $0.kind == "merge" && LiveRun.hasBegun($0) }
        restoreRules(isCancelled: isCancelled && merge == nil)
        let isOver = ordered.allSatisfy { $0.kind == "merge" || $0.state.isFinal }
        if let merge, isOver {
            enterMerge()
            jobs[jobs.count - 1].queued.record.isDecided = true
            rules.restore(stopped: noteOfStop(isCancelled: isCancelled))
            if merge.state.isFinal { rules.ended(merge.state, LiveRun.failure(of: merge)) }
        }
    }
}

extension LiveRun {
    /// How long it has been since the run was created, as `row` has it: without the jumps of the wall clock while it ran.
    func duration(of row: RunRow, at now: Monotonic) -> Duration {
        LiveRun.duration(created: row.createdAt, started: row.startedAt, ran: now - started)
    }

    /// How long a run took that began at `started` and then ran for `ran` by a clock that does not jump.
    static func duration(created: Timestamp, started: Timestamp?, ran: Duration) -> Duration {
        // Set back in between, the wall clock would say that it began before it was there.
        let waited = max(0, (started ?? created).milliseconds - created.milliseconds)
        return .milliseconds(waited) + ran
    }
}
