import Model

extension JobQueue {
    /// Where one job is.
    ///
    /// ```
    ///              needs are met        expression says yes        its time has come
    ///   needs ──────────────────▶ decision ──────────────▶ time ───────────────────────▶ ready
    ///     │                          │ no                   ▲                            ▲ │
    ///     │ cannot be met any more   ▼             retry or │            store refused   │ │ room in all pools
    ///     └───────────────────────▶ final ◀────── parked ───┴───── running ──────────────┘ ▼
    ///                                 ▲                              │ ▲─────────────── start
    ///                                 └── success, or no more tries ─┘
    /// ```
    /// A hold lies over this: a held job goes its way up to `ready` and waits there.
    enum Stage: Hashable, Sendable {
        case needs
        case decision
        case time(until: Duration, isParked: Bool)
        case ready
        case running(isEnding: Bool)
        case final(JobState)
    }

    /// One job with what the queue remembers of it.
    struct Entry: Sendable {
        var job: QueuedJob
        var stage = Stage.needs
        var isHeld = false
        var attempt: Int
        var tries: Int
        var failure: Failure?
        /// Tells it from whoever had its slot before.
        let serial: Int
        /// Its number in the queue; a job that is moved to the front gets another.
        var ticket: Int
        var isFront = false
        var unmet = 0
        var pools: [Int]
        var widePools: [Int]
        var budgets: [Int]
        var account: Int
        /// True while the share counts it among those that wait or run.
        var isCounted = false
        /// True until the first start; the queue time-out counts only then.
        var isNew: Bool { attempt == 0 }
        var readySince: Duration?
        var started = Duration.zero
        /// Seconds that its share was charged for the live attempt.
        var charged = 0.0
        /// Why its end was asked for.
        var endCause: FailureClass?
        /// How it was stopped while an attempt lived.
        var stopping: Stopping?
        /// An answer that did not fit its schema was sent back; it is sent back once.
        var isRepaired = false
        /// Who waits for it.
        var dependents: [Dependent] = []
        /// How it ended, once everybody who waited for it knows.
        var settled: JobState?
        /// What was last written down of it.
        var recorded: JobState?
        /// In which turn of the queue that was.
        var recordedTurn = 0
        /// What stood written before its last start; nil where nobody can be sure, as what is said together with a start is not
        /// written.
        var recordedBefore: JobState?

        var share: Share { job.share.map { .label($0) } ?? .run(job.run) }

        /// True while an attempt lives.
        var isRunning: Bool { if case .running = stage { true } else { false } }
        /// True once nothing can change any more.
        var isFinal: Bool { if case .final = stage { true } else { false } }

        /// When it goes on by itself, held or not; a hold does not make the provider's time come sooner.
        var due: Duration? { if case .time(let until, _) = stage { until } else { nil } }

        /// The state that people and the store know for this.
        var state: JobState {
            switch stage {
            case .final(let state): return state
            case .running: return .running
            case .needs, .decision, .time(_, isParked: false): return isHeld ? .held : .waiting
            case .time(_, isParked: true): return isHeld ? .held : .parked
            case .ready: return isHeld ? .held : .queued
            }
        }
    }

    /// Who waits for something, and how it must end for them.
    struct Dependent: Sendable {
        let slot: Int
        let serial: Int
        let condition: Dependency.Condition
    }

    /// A matrix and its rows.
    struct GroupState: Sendable {
        var group: JobGroup
        var members: [Int] = []
        /// Rows that were ever added.
        var count = 0
        var tally = Tally()
        var isOver = false
        /// The first failure has cancelled the rest.
        var isBroken = false
        /// Too many failures, or enough answers, have stopped the rest.
        var isStopped = false
        var dependents: [Dependent] = []
    }

    /// A run and what belongs to it.
    struct RunTracker: Sendable {
        var slots: [Int] = []
        var count = 0
        var groups: [Identifier] = []
        var tally = Tally()
        var shares: Set<Share> = []
        var modules: Set<String?> = []

        /// One more job, at this slot.
        mutating func include(_ slot: Int, _ job: QueuedJob, _ share: Share) {
            slots.append(slot)
            count += 1
            shares.insert(share)
            modules.insert(job.module)
        }
    }

    /// Something that happens by itself.
    struct Timer: Comparable, Sendable {
        enum Kind: Sendable { case wake, queueTimeout, deadline }

        let due: Duration
        let slot: Int
        /// Tells whether the slot still holds the job that this was set for.
        let serial: Int
        let kind: Kind

        static func < (left: Timer, right: Timer) -> Bool { left.due < right.due }
    }

    /// An end whose consequences are still to be drawn.
    enum Settling: Sendable {
        case job(Int)
        case group(Identifier)
    }
}
