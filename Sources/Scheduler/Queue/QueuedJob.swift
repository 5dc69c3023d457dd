package import Model

/// What the queue must know of a job to decide about it; everything else of the job is other people's business.
package struct QueuedJob: Sendable, Hashable {
    package var id: Identifier
    package var run: Identifier
    /// The job as people call it: `ask[module=web]`.
    package var name: String
    package var module: String?
    /// The label of the weighted share; nil counts the run by itself.
    package var share: String?
    /// −20 to 20, higher first; what lies outside counts as the nearest.
    package var priority: Int
    /// False keeps the priority as it is, however long the job is passed over.
    package var ages: Bool
    /// A person waits for it: it may use the reserve of its pools.
    package var isInteractive: Bool
    /// The pools in which it needs a slot, those of its module, its group and its keys included.
    package var pools: [Pool]
    package var group: Identifier?
    package var needs: [Dependency]
    /// True when an expression decides, once the needs are met, whether the job runs at all.
    package var isConditional: Bool
    /// Does not begin before this.
    package var notBefore: Duration?
    /// Must have ended by then.
    package var deadline: Duration?
    /// From being ready to the first start; nil is for ever.
    package var queueTimeout: Duration?
    package var retry: RetryRules
    /// How long one attempt is likely to take, where somebody knows.
    package var expected: Duration?
    /// The budgets that pay for it.
    package var budgets: [BudgetName]
    /// What one attempt is likely to cost; reserved before it begins.
    package var estimate: Spending
    /// Where the store says that the job was.
    package var record: Record

    /// What the store remembers of a job when a coordinator takes it up.
    package struct Record: Sendable, Hashable {
        package var state: JobState
        /// The number of the last attempt that began; 0 before the first.
        package var attempt: Int
        /// Attempts that counted against the retries: those that ended by the wish of a provider do not.
        package var tries: Int
        package var failure: Failure?
        /// When a job that waits for its next attempt may begin.
        package var notBefore: Duration?
        /// The expression of a conditional job said yes.
        package var isDecided: Bool
        /// An answer that did not fit its schema was sent back already.
        package var isRepaired: Bool
        /// A person holds it; a job that runs can be held too, for what comes after.
        package var isHeld: Bool
        /// When the live attempt began, where that is known.
        package var started: Duration?

        /// A record of these values; without any, of a new job.
        package init(
            state: JobState = .queued, attempt: Int = 0, tries: Int = 0, failure: Failure? = nil,
            notBefore: Duration? = nil, isDecided: Bool = false, isRepaired: Bool = false,
            isHeld: Bool = false
        ) {
            self.state = state
            self.attempt = attempt
            self.tries = tries
            self.failure = failure
            self.notBefore = notBefore
            self.isDecided = isDecided
            self.isRepaired = isRepaired
            self.isHeld = isHeld
        }
    }

    /// A job with the usual rules; `pools` stand beside those of its module, group and keys.
    package init(
        _ id: Identifier, run: Identifier, name: String? = nil, module: String? = nil, share: String? = nil,
        priority: Int = 0, ages: Bool = true, isInteractive: Bool = false, pools: [Pool] = [.global],
        keys: [String] = [], group: Identifier? = nil, needs: [Dependency] = [], isConditional: Bool = false,
        notBefore: Duration? = nil, deadline: Duration? = nil, queueTimeout: Duration? = nil,
        retry: RetryRules = RetryRules(), expected: Duration? = nil, budgets: [BudgetName] = [],
        estimate: Spending = .zero, record: Record = Record()
    ) {
        self.id = id
        self.run = run
        self.name = name ?? id.short
        self.module = module
        self.share = share
        self.priority = priority
        self.ages = ages
        self.isInteractive = isInteractive
        // Twice the same pool would count one attempt as two.
        var all = pools + keys.map { Pool.key($0) }
        if let module { all.append(.module(module)) }
        if let group { all.append(.group(group)) }
        var seen: Set<Pool> = []
        self.pools = all.filter { seen.insert($0).inserted }
        self.group = group
        self.needs = needs
        self.isConditional = isConditional
        self.notBefore = notBefore
        self.deadline = deadline
        self.queueTimeout = queueTimeout
        self.retry = retry
        self.expected = expected
        self.budgets = budgets
        self.estimate = estimate
        self.record = record
    }
}
