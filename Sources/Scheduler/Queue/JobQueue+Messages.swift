package import Model

extension JobQueue {
    /// What can happen to a queue.
    package enum Event: Sendable {
        /// Time passed, or nothing in particular: look for something to do.
        case tick
        /// New jobs, or those that the store says exist: their records tell which. `together` asks that their budgets
        /// have room for all of them, and starts none if not.
        case add([QueuedJob], groups: [JobGroup], together: Bool)
        /// No more jobs will be added to this group.
        case completeGroup(Identifier)
        /// Nothing is known of this run any more: it is about to be added anew, with another plan.
        case forget(run: Identifier)
        /// The expression of a conditional job was evaluated.
        case decided(job: Identifier, Decision)
        /// The store, which knows all coordinators, did not let the attempt begin.
        case refused(job: Identifier, ClaimRefusal)
        /// A live attempt states new cost.
        case spent(job: Identifier, Spending)
        /// The live attempt of the job ended.
        case attemptEnded(job: Identifier, AttemptEnd)
        /// Somebody wants these jobs to end.
        case cancel(Target)
        /// These jobs are to end in this way.
        case stop(Target, Stopping)
        /// A person says that these jobs must not start.
        case hold(Target)
        /// … and that they may.
        case release(Target)
        case prioritise(Target, Int)
        /// Before all others of their run that have the same priority.
        case moveToFront(Target)
        /// A person says that nothing may start in this pool; a module's or a provider's is meant most often.
        case pause(Pool)
        case unpause(Pool)
        /// The cause of a crash loop is gone.
        case reset(Pool)
        case limit(Pool, PoolLimit)
        /// Backpressure for this pool from now on, or none.
        case govern(Pool, PoolGovernor.Policy?)
        /// What the other coordinators of the store use, pool by pool; pools that are not named have nobody else.
        case elsewhere([Pool: PoolUse])
        case weigh(Share, Double)
        /// A budget, and what the other coordinators have spent and promised of it.
        case budget(BudgetName, BudgetLimit, BudgetReaction, elsewhere: Spending)
        /// The budget begins anew: it is midnight.
        case renew(BudgetName)
        /// Why nothing may start on this machine, or nil; and how many may until this is said again, where it matters.
        case admission(refusal: String?, starts: Int? = nil)
    }

    /// Which jobs are meant.
    package enum Target: Sendable, Hashable {
        case job(Identifier)
        case group(Identifier)
        case run(Identifier)
    }

    /// How an attempt ended.
    package struct AttemptEnd: Sendable {
        package var state: SessionState
        package var failure: Failure?
        /// What it cost in all; nil where nobody says.
        package var money: Money?
        package var tokens: Int64?
        /// False when no session was begun: an answer was there already, or the job's own words were wrong. It costs nothing,
        /// and says nothing of the pools.
        package var hasRun = true
        /// In which pools the next attempt, if there is one, needs slots, beside its module's, its group's and its keys'; nil is
        /// where this one did.
        package var nextPools: [Pool]?

        /// An end of these facts.
        package init(
            _ state: SessionState, _ failure: Failure? = nil, money: Money? = nil, tokens: Int64? = nil
        ) {
            self.state = state
            self.failure = failure
            self.money = money
            self.tokens = tokens
        }
    }

    /// What the shell is to do.
    package enum Action: Sendable, Hashable {
        /// Begin attempt number `attempt` (from 1), if the store's `ClaimRule` allows it too.
        case start(job: Identifier, attempt: Int)
        /// Write down where the job is; `until` says when it goes on by itself, where that is known.
        case record(job: Identifier, JobState, until: Duration?)
        /// Write down that the job waits for another attempt, by its own rules or because the provider named a time.
        case retry(job: Identifier, attempt: Int, wait: Duration, Failure, isParked: Bool)
        /// Write down that the attempt never was: it is not counted, and the job waits for its turn as before.
        case requeue(job: Identifier, Failure)
        /// End the live attempt; its end comes back as `attemptEnded`.
        case end(job: Identifier, cause: FailureClass, kill: Bool)
        /// Evaluate the expression of a conditional job: all that it needs is there. The answer comes back as `decided`.
        case decide(job: Identifier)
        /// Write down the job's end.
        case finish(job: Identifier, JobState, Failure?)
        /// The rest of the group is stopped, because of how its jobs ended.
        case stopGroup(Identifier, RunRules.Stop)
        /// All jobs of the group have ended.
        case finishGroup(Identifier, Tally)
        /// All jobs of the run have ended; the queue knows it no more.
        case finishRun(Identifier, Tally)
        /// The budget is used up, by this much more than it allows.
        case budgetReached(BudgetName, overshoot: Spending)
        /// Tell people that the pool waits, and for what; the jobs behind it are not written one by one.
        case poolChanged(Pool, PoolGovernor.Standing)
        /// What starts in this pool breaks at once: nothing starts there before somebody resets it.
        case poolBlocked(Pool)
    }
}
