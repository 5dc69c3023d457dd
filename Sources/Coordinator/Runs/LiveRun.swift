import Batch
import EventLoop
import Model
import Scheduler
import Sessions
import Store
import StreamJSON

/// One run as the coordinator's thread holds it: what the queue's identifiers stand for, and the rules of the whole.
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
        let spec: HeldSpec
        /// It merges the answers of the others.
        let isMerge: Bool
        /// The schema that its answer must fit; of a batch it is known when the job starts.
        var schema: AnswerSchema?
        /// What the queue must know of it, its record included.
        var queued: QueuedJob
        /// Something of it has begun: another plan changes it no more.
        var hasBegun = false
        /// The number of the last attempt that began; 0 before the first.
        var attempt: Int
        /// The live attempt.
        var session: Identifier?
        var sessionStarted: Monotonic?
        /// What the live attempt has used, as far as this coordinator heard.
        var spent: Spent?
        /// What its attempts had used before this coordinator took it up.
        var spentBefore = Spending.zero
        /// The store knows the attempt's host, from an earlier coordinator.
        var hostIsRecorded = false
        /// Why the attempt is being ended, by an earlier coordinator or by this one.
        var ending: FailureClass?
        /// Somebody wanted this job alone to end, before this coordinator knew it.
        var isUnwanted = false
        /// Somebody asked a second time: the attempt does not wait for its ladder, whenever it is reached.
        private(set) var isUrgent = false
        /// What the attempt that has just ended said, for those of a batch that read it.
        var said: (text: String, result: JSONValue?)?
        /// Why the last attempt failed: another provider may be asked after it.
        var lastFailure: FailureClass?
        /// The check of an attempt that has ended well.
        var verification: Verification?
        /// An earlier answer that is taken in place of a new one, and where it is from.
        var keptAnswer: (text: String, result: String?, from: KeptOrigin)?
        /// A hash over what it asks, while its attempt lives.
        var asked: String?
        /// The settings of the row as its attempt began with them; nil where an earlier coordinator began it.
        var settings: JobSettings?
        /// The look for the key of its cache, before an attempt begins.
        var keyWork: KeyWork?
        /// Under which key the answer is kept for later runs.
        var cacheKey: String?
        /// Why the last attempt failed, while the job waits for the next one.
        var failure: Failure?
        /// The session of the provider that the live attempt goes on with, and what that had used before.
        var resumed: (session: String, used: Usage)?
        /// The attempt before the next one.
        var former: FormerAttempt?
        /// What is sent back when the last answer did not fit its schema.
        var repair: (answer: String, mismatch: String)?

        /// True when a provider is asked, and no command run or rows made.
        var asks: Bool { spec.command == nil && spec.provider != BatchDrafts.command }

        /// The pools of its first attempt.
        let pools: [Pool]

        /// Notes that the attempt is to be ended. It may not be followed yet, and then hears of this when it is.
        mutating func end(for cause: FailureClass, atOnce: Bool = false) {
            isUrgent = isUrgent || atOnce || ending != nil
            ending = cause
        }
    }

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
    private(set) var started: Monotonic
    /// What the run had used before this coordinator took it up.
    private(set) var spentBefore = Spending.zero
    private(set) var phase = Phase.asking
    private(set) var rules: RunRules
    /// All jobs, in the order of the run; one that merges is the last.
    var jobs: [Job]
    private var places: [Identifier: Int] = [:]
    /// How the questions ended, once they have.
    private(set) var verdict: (state: RunState, exit: ExitCode)?
    /// How long completed sessions took, the shortest first, for the guess of the time left.
    private(set) var durations: [Duration] = []
    /// The completed jobs of the run that this one resumes, by name, once they were asked for.
    var formerJobs: [String: Int64]?
    /// A person wants the run to end.
    var isCancelled = false
    /// Whoever attends the run said so.
    var wasToldToCancel = false
    /// The exit status of the run if it is cut short: it says who did that.
    var cancelExit = ExitCode.cancelledByOther
    /// Why the run was stopped, as its outcome keeps it, while questions are asked and while the answers are merged.
    private(set) var noted = JSONObject()

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

    /// It was decided that this merge runs. Of one that is held nobody knows: it is decided about again.
    private static func hasBegun(_ merge: JobRow) -> Bool { merge.state != .waiting && merge.state != .held }

    private func restoreRules(isCancelled: Bool) {
        rules.restore(stopped: noteOfStop(isCancelled: isCancelled))
        for job in jobs where job.queued.record.state.isFinal {
            if !job.isMerge {
                rules.ended(job.queued.record.state, job.queued.record.failure, asks: job.asks)
            } else if job.queued.record.failure?.class == .budget {
                rules.leftOutForBudget()
            }
        }
    }

    /// Why this phase of the run was stopped, by what was noted of it; a person's wish goes before everything else.
    private func noteOfStop(isCancelled: Bool) -> RunRules.Stop? {
        isCancelled ? .cancelled : noted[phase.noteKey]?.string.flatMap { RunRules.Stop(rawValue: $0) }
    }

    /// What is noted of a stop together with its first effects.
    func note(of stop: RunRules.Stop) -> JSONObject {
        noted[phase.noteKey] = .string(stop.rawValue)
        var members: JSONObject = [phase.noteKey: .string(stop.rawValue)]
        if stop == .cancelled { members["cancel_exit"] = .integer(Int64(cancelExit.rawValue)) }
        return members
    }

    private static func failure(of row: JobRow) -> Failure? { row.failureClass.map { Failure($0, row.failure ?? "") } }

    /// A job's row, as this run and the queue see it.
    private static func job(
        _ row: JobRow, of run: RunRow, _ spec: RunSpec, _ batch: BatchRun?, session: Identifier?,
        isTrusted: Bool, _ clock: Duration, _ wall: Timestamp, beside former: HeldSpec?
    ) -> Job? {
        guard let value = try? JSONValue(parsing: row.spec), var own = JobSpec(value), let thread = row.thread,
            let message = row.message
        else { return nil }
        own.place?.version = batch?.formers.version(of: row.id)
        let isMerge = row.kind == "merge"
        var record = QueuedJob.Record(
            state: row.state, attempt: row.attempts, tries: row.tries, failure: failure(of: row),
            isDecided: isMerge && LiveRun.hasBegun(row) && !row.state.isFinal, isHeld: row.heldAt != nil)
        if !row.state.isFinal {
            if session != nil {
                record.state = .running
            } else if let time = row.notBefore {
                record.notBefore = clock + .milliseconds(max(0, time.milliseconds - wall.milliseconds))
            } else if row.state == .running, !isTrusted {
                record.state = .queued
            }
        }
        let queued =
            if let batch, let place = own.place {
                LiveRun.queued(
                    row.id, run.id, name: row.module, priority: row.priority, key: row.key, place, own, spec, batch,
                    record)
            } else {
                QueuedJob(
                    row.id, run: run.id, name: isMerge ? "merge" : row.module,
                    module: own.command == nil ? row.module : nil, priority: row.priority,
                    isInteractive: spec.isInteractive,
                    pools: own.command == nil ? [.global, .provider(own.provider)] : [.global] + own.pools,
                    group: isMerge ? nil : run.id,
                    needs: isMerge ? [Dependency(.group(run.id), .finished)] : [], isConditional: isMerge,
                    retry: RetryRules(usual: spec.retry), estimate: Spending(sessions: 1), record: record)
            }
        var job = Job(
            id: row.id, module: row.module, path: row.path ?? spec.directory, thread: thread, message: message,
            spec: HeldSpec(own, beside: former), isMerge: isMerge, queued: LiveRun.paid(queued, own, spec),
            hasBegun: row.hasBegun, attempt: row.attempts, pools: queued.pools)
        job.session = session
        job.lastFailure = row.failureClass
        job.failure = record.failure
        job.isUnwanted = row.cancelRequestedAt != nil && !row.state.isFinal
        return job
    }

    /// A part of a batch as the queue sees it. `-j` is a pool of the whole run, as its jobs are in groups of their own.
    private static func queued(
        _ id: Identifier, _ run: Identifier, name: String?, priority: Int, key: String?, _ place: BatchPlace,
        _ own: JobSpec, _ spec: RunSpec, _ batch: BatchRun, _ record: QueuedJob.Record
    ) -> QueuedJob {
        var record = record
        // Whether it runs was decided before its first attempt; one that was put back waits to be decided about again.
        record.isDecided = record.attempt > 0 && !(record.state == .waiting && record.notBefore == nil)
        var pools: [Pool] = [.global, .group(run)] + own.pools
        if place.role == .row, own.provider != BatchDrafts.command { pools.append(.provider(own.provider)) }
        var retry = RetryRules(usual: own.retry ?? spec.retry)
        retry.elsewhere = own.elsewhere
        return QueuedJob(
            id, run: run, name: name, module: own.module, share: own.share, priority: priority,
            isInteractive: spec.isInteractive, pools: pools, keys: key.map { [$0] } ?? [],
            group: place.role == .removed ? nil : batch.group(place.job), needs: batch.needs(place, of: id),
            isConditional: true,
            queueTimeout: own.queueTimeout, retry: retry, estimate: Spending(sessions: 1), record: record)
    }

    /// The job with all budgets that pay for it.
    private static func paid(_ job: QueuedJob, _ own: JobSpec, _ spec: RunSpec) -> QueuedJob {
        var job = job
        job.budgets = [.run(job.run)]
        if own.budget != nil { job.budgets.append(.job(job.id)) }
        let pools = Set(job.pools + [(own.module ?? job.module).map { Pool.module($0) }].compactMap { $0 })
        job.budgets += spec.days.filter { pools.contains($0.pool) }.map { .day($0.pool) }
        return job
    }

    /// Takes in jobs of the batch that are being written: the rows of a matrix are known now.
    func add(_ drafts: [BatchDrafts.Draft]) -> [QueuedJob] {
        guard let batch else { return [] }
        for draft in drafts {
            guard let place = draft.spec.place else { continue }
            let queued = LiveRun.queued(
                draft.job.id, id, name: draft.job.module, priority: draft.job.priority, key: draft.job.key, place,
                draft.spec, spec, batch, QueuedJob.Record(state: draft.job.state))
            places[draft.job.id] = jobs.count
            jobs.append(
                Job(
                    id: draft.job.id, module: draft.job.module, path: draft.job.path ?? spec.directory,
                    thread: draft.thread.id, message: draft.message.id,
                    spec: HeldSpec(draft.spec, beside: jobs.last?.spec), isMerge: false,
                    queued: LiveRun.paid(queued, draft.spec, spec), attempt: 0,
                    pools: queued.pools))
        }
        rules.add(drafts.count)
        return jobs.suffix(drafts.count).map(\.queued)
    }

    // MARK: The rules

    /// The groups of the run in the queue. Those of an `ask` are one, with as many at a time as the person allowed.
    ///
    /// Whoever knows a part of the run alone says how many jobs of each name are `unfinished`, so that no group seems over.
    func groups(unfinished: [String: Int] = [:]) -> [JobGroup] {
        var unknown = unfinished
        for job in jobs where !unknown.isEmpty && !job.queued.record.state.isFinal {
            unknown[job.spec.place?.job ?? job.module ?? "", default: 0] -= 1
        }
        let open = Set(unknown.filter { $0.value > 0 }.keys)
        if let batch {
            // Whoever was to make more rows has ended: nobody else brings any.
            let closed = jobs.filter { $0.spec.place?.role == .matrix && $0.queued.record.state.isFinal }
            return batch.jobGroups(run: id, closed: Set(closed.compactMap { $0.spec.place?.job }), open: open)
        }
        return [
            JobGroup(
                id, run: id, name: name, maxParallel: spec.slots, halt: spec.halt, enough: spec.enough,
                isComplete: open.isEmpty)
        ]
    }

    /// Which of the run's jobs a stop is for: a merge that has not begun is decided about when the questions are over.
    var target: JobQueue.Target { phase == .asking && batch == nil ? .group(id) : .run(id) }

    /// A completed session took this long.
    func took(_ duration: Duration) {
        var (low, high) = (0, durations.count)
        while low < high {
            let middle = (low + high) / 2
            if durations[middle] < duration { low = middle + 1 } else { high = middle }
        }
        durations.insert(duration, at: low)
    }

    /// A job has ended.
    func ended(_ job: Int, _ state: JobState, _ failure: Failure?) {
        if jobs[job].isMerge == (phase == .merging) { return rules.ended(state, failure, asks: jobs[job].asks) }
        if failure?.class == .budget { rules.leftOutForBudget() }
    }

    /// Stops the run, unless it is stopped for a reason that is as good.
    func stop(_ reason: RunRules.Stop) -> RunRules.Stop? { rules.stop(reason) }

    /// What a stop means for the jobs of the run.
    func stopping(_ reason: RunRules.Stop) -> JobQueue.Stopping {
        var stopping = rules.stopping(reason)
        if reason == .budget, spec.budget?.reaction == .stopNew { stopping.ending = nil }
        return stopping
    }

    /// Time passed.
    func look(at now: Monotonic) -> RunRules.Stop? { rules.look(at: now - started) }

    /// When `look` has something to say by itself.
    var nextLook: Monotonic? { rules.nextLook.map { started + $0 } }

    /// All questions are over: what is left is decided about alone. True when there is something to merge.
    func decideMerge() -> Bool {
        guard rules.tally.completed > 0, rules.verdict.state != .cancelled, rules.stopped != .budget else {
            return false
        }
        enterMerge()
        return true
    }

    private func enterMerge() {
        verdict = rules.verdict
        phase = .merging
        rules = RunRules(RunRules.Policy(deadline: spec.deadline), total: 1)
    }

    /// Goes on as `old`, which was this run before its plan was another one.
    func inherit(from old: LiveRun) {
        started = old.started
        spentBefore = old.spentBefore
        durations = old.durations
        formerJobs = old.formerJobs
        isCancelled = isCancelled || old.isCancelled
        wasToldToCancel = old.wasToldToCancel
        cancelExit = old.cancelExit
        noted = old.noted
        rules.restore(stopped: old.rules.stopped ?? rules.stopped)
    }

    /// The place of a job.
    func index(ofJob job: Identifier) -> Int? { places[job] }
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

extension JobRow {
    /// True of a part of a batch that its file had no longer before it began.
    package var isRemoved: Bool {
        state == .skipped && (try? JSONValue(parsing: spec)).flatMap { JobSpec($0) }?.place?.role == .removed
    }

    /// True of a part of a batch that was for failures, of which there were none: nothing is missing.
    package var isUnneeded: Bool { state == .skipped && failureClass == nil }

    /// True when something of the job has begun, or it is over: another plan of its batch changes it no more.
    package var hasBegun: Bool {
        state.isFinal || state == .running || tries > 0 || attempts > 0 && (state != .waiting || notBefore != nil)
    }
}
