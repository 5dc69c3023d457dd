package import Model

/// What holds for one run as a whole: when it is stopped, what that means for its jobs, and how it has ended.
///
/// A pure machine beside `JobQueue`, which decides about the jobs: it is told how they end and why they were stopped, and says
/// how the run has ended. The first reason of a stop stays the reason, but a person's cancel outranks all others.
package struct RunRules: Sendable {
    /// What the person asked for.
    package struct Policy: Sendable, Hashable {
        /// Too many failures.
        package var halt: HaltRule?
        /// Enough answers: the rest is cancelled when so many are there.
        package var enough: Int?
        /// The run ends when this much time has passed since its start.
        package var deadline: Duration?

        /// A policy of these rules; without any, nothing stops the run.
        package init(halt: HaltRule? = nil, enough: Int? = nil, deadline: Duration? = nil) {
            self.halt = halt
            self.enough = enough
            self.deadline = deadline
        }
    }

    /// Why a run starts nothing more. The words are those that a run's record keeps.
    package enum Stop: String, Sendable, Hashable, CaseIterable {
        case cancelled, halted, budget, enough, deadline
    }

    package let policy: Policy
    /// The jobs that count.
    package private(set) var total: Int
    /// How those of them ended that have.
    package private(set) var tally = Tally()
    /// Why nothing is started any more.
    package private(set) var stopped: Stop?
    private var ranOutOfBudget = false
    private var ranOutOfTime = false
    /// Failures that say that the provider cannot be used: it is not there, or knows no such user.
    private var unusable = 0
    /// Questions that were answered.
    private var answered = 0

    /// The rules of a run of `total` jobs, of which none has ended.
    package init(_ policy: Policy, total: Int) {
        self.policy = policy
        self.total = total
    }

    /// Goes on with a stop that was decided before.
    package mutating func restore(stopped: Stop?) { self.stopped = stopped }

    /// More jobs belong to the run: the rows of a matrix are known now.
    package mutating func add(_ count: Int) { total += count }

    /// A job has ended; `asks` is false of one that asks no provider, but is a command.
    package mutating func ended(_ state: JobState, _ failure: Failure?, asks: Bool = true) {
        tally.count(state)
        if state == .completed, asks { answered += 1 }
        if failure?.class == .budget { ranOutOfBudget = true }
        guard state == .failed else { return }
        if failure?.class == .totalTimeout { ranOutOfTime = true }
        if asks, failure?.class == .auth || failure?.class == .startFailed { unusable += 1 }
    }

    /// Something that does not count as a job was left out for want of money.
    package mutating func leftOutForBudget() { ranOutOfBudget = true }

    /// Time passed: `age` since the start of the run.
    package mutating func look(at age: Duration) -> Stop? {
        guard let deadline = policy.deadline, age >= deadline else { return nil }
        return stop(.deadline)
    }

    /// When `look` has something to say by itself, since the start of the run.
    package var nextLook: Duration? { stopped == nil ? policy.deadline : nil }

    /// Stops the run; nil when it is stopped already, for a reason that is as good.
    package mutating func stop(_ reason: Stop) -> Stop? {
        guard stopped == nil || (reason == .cancelled && stopped != .cancelled) else { return nil }
        stopped = reason
        return reason
    }

    /// What a stop means for the jobs of the run.
    package func stopping(_ reason: Stop) -> JobQueue.Stopping { RunRules.stopping(reason, halt: policy.halt) }

    /// What a stop means for jobs, where `halt` is the rule about failures.
    package static func stopping(_ reason: Stop, halt: HaltRule?) -> JobQueue.Stopping {
        switch reason {
        case .cancelled: .cancelled
        case .halted:
            JobQueue.Stopping(
                .skipped, Failure(.cancelled, "Not started: too many jobs failed."),
                ending: halt?.haste == .soon ? nil : .cancelled)
        case .enough:
            JobQueue.Stopping(.skipped, Failure(.cancelled, "Not needed: enough answers."), ending: .cancelled)
        case .budget:
            JobQueue.Stopping(.skipped, Failure(.budget, "Not started: the cost limit was reached."), ending: .budget)
        case .deadline:
            JobQueue.Stopping(
                .failed, Failure(.queueTimeout, "Not started before the run's time was over."), ending: .totalTimeout)
        }
    }

    /// True when all jobs that count have ended.
    package var isOver: Bool { tally.total >= total }

    /// How the run stands, by the order of the exit codes: budget, time, quorum, then no provider, failures.
    package var verdict: (state: RunState, exit: ExitCode) {
        if let enough = policy.enough, tally.completed >= min(enough, total) { return (.completed, .success) }
        // Whoever used up a budget with the very last answer has missed nothing.
        if ranOutOfBudget { return (.failed, .budget) }
        if stopped == .cancelled { return (.cancelled, .cancelledByOther) }
        if stopped == .deadline || ranOutOfTime { return (.failed, .timedOut) }
        if policy.enough != nil { return (.failed, .quorumMissed) }
        if tally.failed == 0, tally.cancelled == 0, stopped == nil || stopped == .budget {
            return (.completed, .success)
        }
        if tally.failed == 0, tally.cancelled > 0 { return (.cancelled, .cancelledByOther) }
        // Nobody could answer, for want of the provider or of a key to it. What commands came to is no answer.
        let isUnusable = answered == 0 && tally.failed > 0 && unusable == tally.failed
        return (.failed, isUnusable ? .providerUnavailable : .someFailed)
    }
}
