import Model

/// Decides which waiting job starts next, over all runs that a coordinator knows.
///
/// A pure machine: events and the time come in, `Action`s come out; the shell performs them in order and reports back. Times
/// are durations on any monotonic clock, and the seed decides every draw, so that the same events give the same actions. It
/// keeps nothing that the store does not have too: after a crash the next coordinator adds the stored jobs with their
/// records, and goes on. See `Documentation/Scheduling.md` for the rules and their reasons.
package struct JobQueue: Sendable {
    /// The numbers that hold for the whole queue.
    package struct Policy: Sendable, Hashable {
        /// How long a line is passed over before it gains one step of priority.
        package var ageing: Duration
        /// For modules and providers whose starts break at once.
        package var startLimit: StartLimit
        /// When a claim is looked at again that failed because another attempt of the job lives elsewhere.
        package var secondLook: Duration

        /// One step for five minutes, and five broken starts in ten seconds.
        package init(
            ageing: Duration = .seconds(300), startLimit: StartLimit = StartLimit(), secondLook: Duration = .seconds(1)
        ) {
            self.ageing = ageing
            self.startLimit = startLimit
            self.secondLook = secondLook
        }
    }

    package let policy: Policy
    var entries: [Entry?] = []
    var vacant: [Int] = []
    var index: [Identifier: Int] = [:]
    var groups: [Identifier: GroupState] = [:]
    var runs: [Identifier: RunTracker] = [:]
    var pools: [PoolState] = []
    var poolIndex: [Pool: Int] = [:]
    var vacantPools: [Int] = []
    /// What other coordinators use, as last heard, also of pools that no job here needs.
    var others: [Pool: PoolUse] = [:]
    /// Pools whose ceiling changes by itself.
    var governed: Set<Int> = []
    var room: WaitingRoom
    var budgets = BudgetBook()
    var timers = Heap<Timer>()
    var random: SplitMix64
    /// Why nothing may start on this machine; nil when it has room.
    var refusal: String?
    /// How many may start until the machine is looked at again; nil is any number.
    var startsLeft: Int?
    /// Takes everything in and starts nothing: for whoever only asks what jobs wait for.
    let isForLooking: Bool
    /// Attempts that live.
    package internal(set) var running = 0
    var nextTicket = 1
    var frontTicket = 0
    /// Ends whose consequences are still to be drawn.
    var settling: [Settling] = []
    var actions: [Action] = []
    /// Counts events, to tell what was said of a job together with its start.
    var turn = 0

    /// An empty queue. `seed` decides the jitter of waits. One that is for looking starts nothing.
    package init(policy: Policy = Policy(), seed: UInt64, isForLooking: Bool = false) {
        self.policy = policy
        self.isForLooking = isForLooking
        room = WaitingRoom(ageing: policy.ageing)
        random = SplitMix64(seed: seed)
    }

    /// Takes in `event` at time `now` and tells what to do.
    package mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        actions = []
        turn += 1
        // What happened goes before what is due: an attempt that has ended is not asked to end.
        take(event, now)
        ring(now)
        repeat {
            settle(now)
            fill(now)
        } while !settling.isEmpty
        defer { actions = [] }
        return actions
    }

    private mutating func take(_ event: Event, _ now: Duration) {
        switch event {
        case .tick: break
        case .add(let jobs, let groups, let together): add(jobs, groups, reservesTogether: together, now)
        case .completeGroup(let group): completeGroup(group)
        case .forget(let run): forget(run: run)
        case .decided(let job, let decision): decided(job, decision, now)
        case .refused(let job, let refusal): refused(job, refusal, now)
        case .spent(let job, let spending): spent(job, spending, now)
        case .attemptEnded(let job, let end): ended(job, end, now)
        case .cancel(let target): stop(target, .cancelled, now)
        case .stop(let target, let stopping): stop(target, stopping, now)
        case .hold(let target): hold(target)
        case .release(let target): release(target, now)
        case .prioritise(let target, let priority): prioritise(target, priority, now)
        case .moveToFront(let target): moveToFront(target, now)
        case .pause(let pool): pause(pool, true, now)
        case .unpause(let pool): pause(pool, false, now)
        case .reset(let pool): reset(pool, now)
        case .limit(let pool, let limit): change(pool, limit, now)
        case .govern(let pool, let policy): govern(pool, policy, now)
        case .elsewhere(let uses): heard(uses, now)
        case .weigh(let share, let weight): room.ledger.weigh(share, weight)
        case .budget(let name, let limit, let reaction, let elsewhere):
            budget(name, limit, reaction, elsewhere: elsewhere, now)
        case .renew(let name): renew(name)
        case .admission(let refusal, let starts):
            self.refusal = refusal
            startsLeft = starts
        }
    }
}
