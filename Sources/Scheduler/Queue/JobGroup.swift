package import Model

/// Jobs that belong together: the rows of one matrix.
package struct JobGroup: Sendable, Hashable {
    package var id: Identifier
    package var run: Identifier
    /// The group as people call it.
    package var name: String
    /// Attempts of the group that may live at the same time; nil is as many as the pools allow.
    package var maxParallel: Int?
    /// The first failure cancels the rest of the group.
    package var failFast: Bool
    /// So many failures end the whole group.
    package var halt: HaltRule?
    /// So many answers are enough: the rest of the group is not needed then.
    package var enough: Int?
    /// False while rows may still be added: a matrix that comes out of another job's output.
    package var isComplete: Bool

    /// A group of these rules.
    package init(
        _ id: Identifier, run: Identifier, name: String? = nil, maxParallel: Int? = nil, failFast: Bool = false,
        halt: HaltRule? = nil, enough: Int? = nil, isComplete: Bool = true
    ) {
        self.id = id
        self.run = run
        self.name = name ?? id.short
        self.maxParallel = maxParallel
        self.failFast = failFast
        self.halt = halt
        self.enough = enough
        self.isComplete = isComplete
    }
}

/// What a job waits for before it may begin.
package struct Dependency: Sendable, Hashable {
    /// What is waited for.
    package enum Target: Sendable, Hashable {
        case job(Identifier)
        /// All rows of a matrix.
        case group(Identifier)
    }

    /// How it must have ended.
    package enum Condition: String, Sendable, CaseIterable {
        /// Completed; of a group, every row.
        case success
        /// Failed; of a group, at least one row.
        case failure
        /// Ended, however.
        case finished

        /// True when something with this tally meets the condition.
        package func isMet(by tally: Tally) -> Bool {
            switch self {
            case .success: tally.completed == tally.total
            case .failure: tally.failed > 0
            case .finished: true
            }
        }
    }

    package var target: Target
    package var condition: Condition

    /// Waits for `target` and asks for `condition`.
    package init(_ target: Target, _ condition: Condition = .success) {
        self.target = target
        self.condition = condition
    }
}

/// How the jobs of a run or a group ended.
package struct Tally: Sendable, Hashable {
    package var completed = 0
    package var failed = 0
    package var cancelled = 0
    package var skipped = 0

    /// Nothing has ended.
    package init() {}

    /// One job that ended so.
    package init(_ state: JobState) { count(state) }

    /// All that ended.
    package var total: Int { completed + failed + cancelled + skipped }

    /// Counts one more end.
    package mutating func count(_ state: JobState) {
        switch state {
        case .completed: completed += 1
        case .failed: failed += 1
        case .cancelled: cancelled += 1
        case .skipped: skipped += 1
        case .queued, .waiting, .held, .parked, .blocked, .running: break
        }
    }
}
