package import Model

/// Decides what one run does next: who starts, who waits, who is given up, when it is over.
///
/// A pure machine: events and the time come in, `Action`s come out; the shell performs them in order and reports back.
/// Times are durations on any monotonic clock. Whatever the order of events, each job ends exactly once, at most
/// `slots` attempts live at a time, and a job never has two.
package struct FanOut: Sendable {
    /// What the person asked for.
    package struct Policy: Sendable {
        /// Attempts that may live at the same time.
        package var slots: Int
        package var retry: RetryPolicy
        package var halt: HaltRule?
        /// Enough answers: the rest is cancelled when so many are there.
        package var enough: Int?
        /// Nothing is started, and what runs is cancelled, once the known cost has reached this.
        package var maxCost: Money?
        /// The whole run ends when this much time has passed since its start.
        package var deadline: Duration?

        /// A policy of these rules.
        package init(
            slots: Int, retry: RetryPolicy = RetryPolicy(), halt: HaltRule? = nil, enough: Int? = nil,
            maxCost: Money? = nil, deadline: Duration? = nil
        ) {
            self.slots = slots
            self.retry = retry
            self.halt = halt
            self.enough = enough
            self.maxCost = maxCost
            self.deadline = deadline
        }
    }

    /// What the shell is to do; jobs are named by their place in the run.
    package enum Action: Sendable, Hashable {
        /// Begin attempt number `attempt` (from 1).
        case start(job: Int, attempt: Int)
        /// Record that the job waits for its next attempt.
        case retry(job: Int, attempt: Int, wait: Duration, failure: Failure)
        /// End the live attempt of the job, for this reason; its end comes back as `attemptEnded`.
        case end(job: Int, cause: FailureClass)
        /// Record that the attempt never began and is not counted: the job is queued as it was before.
        case requeue(job: Int, failure: Failure)
        /// Record the job's end.
        case finish(job: Int, state: JobState, failure: Failure?)
        /// Everything is over.
        case finishRun(RunState, ExitCode)
    }

    /// Where one job is.
    package enum Standing: Sendable, Hashable {
        case queued
        case waiting(until: Duration)
        case running(ending: Bool)
        case final(JobState)
    }

    /// One job of the run.
    package struct Job: Sendable, Hashable {
        package var standing: Standing
        /// The number of the last attempt that began; 0 before the first.
        package var attempt: Int
        package var failure: Failure?
        /// True once an answer that did not fit its schema was sent back; it is sent back once.
        package var repaired = false
    }

    package let policy: Policy
    package private(set) var jobs: [Job]
    /// What the run has cost so far, as far as providers say.
    package private(set) var cost = Money.zero
    /// Why nothing is started any more.
    package private(set) var stopped: Stop?
    /// False while the machine is short of memory, disk, descriptors, or the recorder lags.
    package private(set) var admits = true
    private var isFinished = false
    private var random: SplitMix64

    /// Why a run stops starting jobs. The words are those that a run's record keeps.
    package enum Stop: String, Sendable, Hashable {
        case cancelled, halted, budget, enough, deadline
    }

    /// A run of `count` jobs, none started. `seed` decides the jitter of the waits.
    package init(count: Int, policy: Policy, seed: UInt64) {
        self.policy = policy
        jobs = Array(repeating: Job(standing: .queued, attempt: 0), count: count)
        random = SplitMix64(seed: seed)
    }

    /// Puts a job where the record says it was, before the first event: after a coordinator has died.
    package mutating func restore(job index: Int, standing: Standing, attempt: Int, failure: Failure?) {
        jobs[index] = Job(standing: standing, attempt: attempt, failure: failure)
    }

    /// Counts what earlier attempts had cost, before the first event.
    package mutating func restore(cost: Money) { self.cost = cost }

    /// Goes on with a stop that was decided before, before the first event.
    ///
    /// Jobs that the record shows running are restored as ending where `cause(ofEnding:)` has a cause for it.
    package mutating func restore(stopped: Stop) { self.stopped = stopped }

    /// Why a live attempt is ended when the run stops for `reason`; nil when it may finish.
    package func cause(ofEnding reason: Stop) -> FailureClass? {
        switch reason {
        case .halted where policy.halt?.haste == .soon: nil
        case .budget: .budget
        case .deadline: .totalTimeout
        case .cancelled, .halted, .enough: .cancelled
        }
    }

    /// What can happen to a run.
    package enum Event: Sendable {
        /// Time passed, or nothing in particular: look for something to do.
        case tick
        /// The live attempt of the job ended.
        case attemptEnded(job: Int, SessionState, Failure?)
        /// A provider stated new cost.
        case spent(Money)
        /// A person cancelled the whole run, or some jobs of it.
        case cancel(jobs: [Int]?)
        /// The machine has room again, or has none.
        case admission(Bool)
    }

    /// Takes in `event` at time `now` and tells what to do.
    package mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        guard !isFinished else { return [] }
        var actions: [Action] = []
        switch event {
        case .tick: break
        case .admission(let open): admits = open
        case .spent(let money):
            cost = cost + money
        case .cancel(let some):
            if let some {
                for job in some { cancel(job, cause: .cancelled, &actions) }
            } else {
                stop(.cancelled, &actions)
            }
        case .attemptEnded(let job, let state, let failure): ended(job, state, failure, now, &actions)
        }
        // Asked at every event, as what was spent may have been told to an earlier coordinator.
        if let maximum = policy.maxCost, cost >= maximum { stop(.budget, &actions) }
        if let deadline = policy.deadline, now >= deadline { stop(.deadline, &actions) }
        if let stopped { finishWhatNeverBegan(stopped, &actions) }
        fill(now, &actions)
        finishIfOver(&actions)
        return actions
    }

    /// The next time at which something happens by itself, or nil.
    package var nextWake: Duration? {
        guard !isFinished else { return nil }
        var wake = stopped == nil ? policy.deadline : nil
        for job in jobs {
            if case .waiting(let until) = job.standing { wake = min(wake ?? until, until) }
        }
        return wake
    }

    /// The number of jobs whose attempt is live.
    package var running: Int {
        jobs.count { if case .running = $0.standing { true } else { false } }
    }

    /// The number of jobs that ended in `state`.
    package func count(_ state: JobState) -> Int { jobs.count { $0.standing == .final(state) } }

    private mutating func ended(
        _ index: Int, _ state: SessionState, _ failure: Failure?, _ now: Duration, _ actions: inout [Action]
    ) {
        guard jobs.indices.contains(index), case .running(let ending) = jobs[index].standing else { return }
        if state == .completed {
            finish(index, .completed, nil, &actions)
            if let enough = policy.enough, count(.completed) >= enough { stop(.enough, &actions) }
            return
        }
        let failure = failure ?? Failure(.crash, "The session ended \(state.rawValue) without a reason.")
        if failure.class.reaction == .requeue {
            // Nothing ran and nothing was paid: the next attempt is this one.
            jobs[index].attempt = max(0, jobs[index].attempt - 1)
            if ending { return finish(index, .cancelled, Failure(.cancelled, "Cancelled before it began."), &actions) }
            jobs[index].standing = .queued
            if stopped == nil { actions.append(.requeue(job: index, failure: failure)) }
            return
        }
        jobs[index].failure = failure
        if state == .cancelled || failure.class == .cancelled {
            finish(index, .cancelled, failure, &actions)
            return
        }
        if stopped == nil, !ending, let wait = wait(index, failure) {
            jobs[index].standing = .waiting(until: now + wait)
            actions.append(.retry(job: index, attempt: jobs[index].attempt + 1, wait: wait, failure: failure))
            return
        }
        finish(index, .failed, failure, &actions)
        if let halt = policy.halt, stopped == nil, halt.isReached(failed: count(.failed), of: jobs.count) {
            stop(.halted, &actions)
        }
    }

    /// The wait before the job's next attempt, or nil when it has none.
    private mutating func wait(_ index: Int, _ failure: Failure) -> Duration? {
        guard failure.class == .structuredOutput else {
            return policy.retry.wait(after: failure, attempt: jobs[index].attempt, using: &random)
        }
        // An answer that does not fit goes back with the reason, at once and once: the provider is well.
        defer { jobs[index].repaired = true }
        return jobs[index].repaired ? nil : .zero
    }

    private mutating func stop(_ reason: Stop, _ actions: inout [Action]) {
        // A person's cancel outranks whatever stopped the run before; otherwise the first reason stays the reason.
        guard stopped == nil || reason == .cancelled else { return }
        stopped = reason
        guard let cause = cause(ofEnding: reason) else { return }
        for index in jobs.indices {
            if case .running = jobs[index].standing { cancel(index, cause: cause, &actions) }
        }
    }

    /// Ends all jobs of a stopped run that have no live attempt.
    private mutating func finishWhatNeverBegan(_ reason: Stop, _ actions: inout [Action]) {
        for index in jobs.indices {
            switch jobs[index].standing {
            case .final, .running: continue
            case .queued, .waiting: break
            }
            switch reason {
            case .cancelled: finish(index, .cancelled, Failure(.cancelled, "Cancelled before it began."), &actions)
            case .halted:
                finish(index, .skipped, Failure(.cancelled, "Not started: too many jobs failed."), &actions)
            case .enough: finish(index, .skipped, Failure(.cancelled, "Not needed: enough answers."), &actions)
            case .budget:
                finish(index, .skipped, Failure(.budget, "Not started: the cost limit was reached."), &actions)
            case .deadline:
                finish(index, .failed, Failure(.queueTimeout, "Not started before the run's time was over."), &actions)
            }
        }
    }

    private mutating func cancel(_ index: Int, cause: FailureClass, _ actions: inout [Action]) {
        guard jobs.indices.contains(index) else { return }
        switch jobs[index].standing {
        case .final: return
        case .running:
            // Asked again, the session's own ladder goes one step further.
            jobs[index].standing = .running(ending: true)
            actions.append(.end(job: index, cause: cause))
        case .queued, .waiting: finish(index, .cancelled, Failure(cause, "Cancelled before it began."), &actions)
        }
    }

    private mutating func finish(_ index: Int, _ state: JobState, _ failure: Failure?, _ actions: inout [Action]) {
        jobs[index].standing = .final(state)
        jobs[index].failure = state == .completed ? nil : failure
        actions.append(.finish(job: index, state: state, failure: failure))
    }

    private mutating func fill(_ now: Duration, _ actions: inout [Action]) {
        guard stopped == nil, admits else { return }
        var free = policy.slots - running
        guard free > 0 else { return }
        // A job that has waited for its retry goes before one that was never tried: its module is waited for longest.
        for pass in 0..<2 {
            for index in jobs.indices where free > 0 {
                switch (jobs[index].standing, pass) {
                case (.waiting(let until), 0) where until <= now: break
                case (.queued, 1): break
                default: continue
                }
                jobs[index].attempt += 1
                jobs[index].standing = .running(ending: false)
                actions.append(.start(job: index, attempt: jobs[index].attempt))
                free -= 1
            }
        }
    }

    private mutating func finishIfOver(_ actions: inout [Action]) {
        guard jobs.allSatisfy({ if case .final = $0.standing { true } else { false } }) else { return }
        isFinished = true
        actions.append(.finishRun(verdict.state, verdict.exit))
    }

    /// How the run stands, by the order of exit codes: budget, time, quorum, then no provider, failures.
    package var verdict: (state: RunState, exit: ExitCode) {
        let failed = jobs.filter { $0.standing == .final(.failed) }
        if let enough = policy.enough, count(.completed) >= min(enough, jobs.count) { return (.completed, .success) }
        if stopped == .budget || failed.contains(where: { $0.failure?.class == .budget }) { return (.failed, .budget) }
        if stopped == .cancelled { return (.cancelled, .cancelledByOther) }
        if stopped == .deadline || failed.contains(where: { $0.failure?.class == .totalTimeout }) {
            return (.failed, .timedOut)
        }
        if policy.enough != nil { return (.failed, .quorumMissed) }
        if count(.completed) == jobs.count { return (.completed, .success) }
        if count(.cancelled) > 0, failed.isEmpty, count(.skipped) == 0 { return (.cancelled, .cancelledByOther) }
        return (.failed, isSignedOut(failed) ? .providerUnavailable : .someFailed)
    }

    /// Nobody could answer: nothing was completed, and each failure says that the provider knows no such user.
    private func isSignedOut(_ failed: [Job]) -> Bool {
        count(.completed) == 0 && !failed.isEmpty && failed.allSatisfy { $0.failure?.class == .auth }
    }
}
