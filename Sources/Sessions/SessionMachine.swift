import EventLoop
import Model
import Providers

/// One session from its start to its verdict: what happened comes in, what to do next comes out.
///
/// A value without clocks, files or processes; the time is an argument. It goes from starting over running and ending to
/// reading (the provider is gone, the spool is read to its end) and then ends exactly once. Nothing is asked of a host that
/// is gone.
struct SessionMachine: Sendable {
    /// What happened.
    enum Event: Sendable {
        /// The host is being started at this moment.
        case spawning
        /// The host could not be started for now, and will be tried again.
        case postponed
        /// There is no process and there will be none.
        case notSpawned(Failure)
        /// The host has started the provider, at `since` (which is in the past for an adopted session).
        case hostStarted(since: Monotonic)
        /// More output was read. A turn is open between its start and its result.
        case output(Standing, isTurnOpen: Bool)
        /// What was in the spool when the session was attached has been read: silence counts from now on.
        case caughtUp
        /// The host's record of the ending is there.
        case exited
        /// The host is gone and left no record.
        case hostGone
        /// The same, before it had started the provider.
        case hostFailed(Failure)
        /// No process of the session is left, as far as anything can be done about it.
        case cleanedUp
        /// The spool has been read to the end that it had after the provider's end.
        case spoolRead
        /// The spool is shorter than it was.
        case truncated
        /// Somebody wants it ended.
        case end(FailureClass)
        /// Somebody wants it ended at once.
        case kill(FailureClass)
        /// The moment of ``SessionMachine/deadline`` has come.
        case time
    }

    /// What to do next.
    enum Action: Sendable, Hashable {
        /// An ending is told with its reason, which whoever takes the session over in the middle of it must know.
        case report(SessionState, because: FailureClass? = nil)
        /// Do not start the host, if it is not being started yet.
        case abandonStart
        /// Through the host: close the provider's input.
        case closeInput
        /// Through the host: send the provider this signal.
        case signal(Int32)
        /// Through the host: end the whole tree.
        case killTree
        /// Without the host, and the host too: kill whatever belongs to the session, then say `cleanedUp`.
        case cleanUp
        /// Read the spool to its end, then say `spoolRead`.
        case readToEnd
        /// The session is over: ask the dialect for its verdict.
        case conclude(Reason)
    }

    /// Why Tutti ended a session; nothing of it is set when the provider ended by itself.
    struct Reason: Sendable, Hashable {
        /// True when the ending was begun by Tutti, for whatever cause.
        var isOurs = false
        /// Nil also when the result was there and the provider only did not leave.
        var cause: FailureClass?
        /// Says more than the cause, where there is more to say.
        var failure: Failure?
    }

    enum Phase: Sendable, Hashable {
        case starting
        case running
        /// Rungs of the ladder below `rung` have been taken; `next` is when the next one is due.
        case ending(rung: Int, next: Monotonic)
        /// Waits until nothing of the session is alive.
        case cleaning
        case reading
        case ended
    }

    private(set) var phase = Phase.starting
    private(set) var reason = Reason()
    let limits: SessionLimits
    let ladder: [LadderStep]
    let keepsInputOpen: Bool

    /// Nil until the host is being started.
    var spawnedAt: Monotonic?
    /// Nil until the host has said that the provider runs.
    var startedAt: Monotonic?
    var lastOutput: Monotonic?
    var resultAt: Monotonic?
    var standing = Standing()
    var isTurnOpen = false
    /// What was written before an attach says nothing about now.
    var isCatchingUp: Bool
    private var hasLeft = false
    private var reportedInput = false

    /// A session that nobody has begun to start, or (`isAttached`) that was started by somebody else.
    init(limits: SessionLimits, ladder: [LadderStep], keepsInputOpen: Bool = false, isAttached: Bool = false) {
        self.limits = limits
        // A ladder without a last rung would be one that a session can sit out.
        let whole = ladder.last?.action == .killTree ? ladder : ladder + [LadderStep(.killTree, wait: .zero)]
        self.ladder = whole.within(limits.grace)
        self.keepsInputOpen = keepsInputOpen
        isCatchingUp = isAttached
    }

    /// Takes note of what happened, and says what to do about it.
    mutating func handle(_ event: Event, at now: Monotonic) -> [Action] {
        switch event {
        case .spawning: return spawning(at: now)
        case .postponed: return postponed()
        case .notSpawned(let failure):
            guard phase != .ended else { return [] }
            if reason.cause == nil { reason = Reason(isOurs: false, cause: failure.class, failure: failure) }
            phase = .ended
            return [.conclude(reason)]
        case .hostStarted(let since):
            if startedAt == nil { startedAt = since }
            if spawnedAt == nil { spawnedAt = since }
            guard phase == .starting else { return [] }
            phase = .running
            // Output may have been read before the host's record was.
            return [.report(.running)] + lookAtStanding(at: now) + watch(at: now)
        case .output(let standing, let isTurnOpen): return output(standing, isTurnOpen, at: now)
        case .caughtUp:
            guard isCatchingUp else { return [] }
            isCatchingUp = false
            lastOutput = now
            if standing.resultSeen { resultAt = now }
            return phase == .running ? lookAtStanding(at: now) + watch(at: now) : []
        case .exited: return left(then: .reading, .readToEnd)
        case .hostGone: return left(then: .cleaning, .cleanUp)
        case .hostFailed(let failure):
            guard isAlive else { return [] }
            if reason.cause == nil { reason = Reason(isOurs: false, cause: failure.class, failure: failure) }
            return left(then: .cleaning, .cleanUp)
        case .cleanedUp:
            guard phase == .cleaning else { return [] }
            phase = .reading
            return [.readToEnd]
        case .spoolRead:
            guard phase == .reading else { return [] }
            phase = .ended
            return [.conclude(reason)]
        case .truncated:
            if phase == .ended { return [] }
            let found = Failure(.spoolTruncated, "the recording of the session was shortened while it was in use")
            if isAlive, !isEnding {
                return beginEnding(Reason(isOurs: true, cause: found.class, failure: found), at: now)
            }
            reason.cause = found.class
            reason.failure = found
            return []
        case .end(let cause): return end(cause, at: now)
        case .kill(let cause):
            guard isAlive else { return [] }
            return beginEnding(Reason(isOurs: true, cause: cause), atOnce: true, at: now)
        case .time: return watch(at: now)
        }
    }

    /// True while the provider may be running, as far as is known.
    var isAlive: Bool { !hasLeft && phase != .ended }

    var isEnding: Bool {
        if case .ending = phase { return true }
        return false
    }

    // MARK: Coming up

    private mutating func spawning(at now: Monotonic) -> [Action] {
        guard spawnedAt == nil, phase != .ended else { return [] }
        spawnedAt = now
        // The start was already on its way when somebody wanted it no more.
        if isEnding { return climb(to: 0, at: now) }
        return []
    }

    private mutating func postponed() -> [Action] {
        guard isAlive, startedAt == nil else { return [] }
        // What waits for its turn is not late.
        spawnedAt = nil
        guard isEnding else { return [] }
        phase = .ending(rung: 0, next: Monotonic(nanoseconds: .max))
        return [.abandonStart]
    }

    private mutating func output(_ new: Standing, _ isTurnOpen: Bool, at now: Monotonic) -> [Action] {
        standing = new
        self.isTurnOpen = isTurnOpen
        lastOutput = now
        if new.resultSeen, resultAt == nil { resultAt = now }
        return phase == .running ? lookAtStanding(at: now) : []
    }

    private mutating func lookAtStanding(at now: Monotonic) -> [Action] {
        if isCatchingUp { return [] }
        if let hopeless = standing.hopeless, !standing.resultSeen {
            return beginEnding(Reason(isOurs: true, cause: hopeless.class, failure: hopeless), at: now)
        }
        let waits = standing.quiet == .question
        guard waits != reportedInput else { return [] }
        reportedInput = waits
        return [.report(waits ? .needsInput : .running)]
    }

    // MARK: Going down

    private mutating func end(_ cause: FailureClass, at now: Monotonic) -> [Action] {
        guard isAlive else { return [] }
        // Whoever asks a second time does not want to wait for the ladder.
        return beginEnding(Reason(isOurs: true, cause: cause), atOnce: isEnding, at: now)
    }

    /// Begins the ladder, or takes it in one step; the first reason stays.
    private mutating func beginEnding(_ why: Reason, atOnce: Bool = false, at now: Monotonic) -> [Action] {
        var actions: [Action] = []
        if !isEnding {
            reason = why
            actions.append(.report(.ending, because: why.cause))
            phase = .ending(rung: 0, next: now)
        } else if !atOnce {
            return []
        }
        guard spawnedAt != nil else {
            // No process yet: the starter says whether there will be one.
            if !actions.isEmpty { actions.append(.abandonStart) }
            phase = .ending(rung: 0, next: Monotonic(nanoseconds: .max))
            return actions
        }
        if case .ending(let rung, _) = phase, atOnce, rung < ladder.count {
            return actions + climb(to: ladder.count - 1, at: now)
        }
        if !actions.isEmpty { actions += climb(to: 0, at: now) }
        return actions
    }

    /// Takes the rungs from `first` on, up to the first that wants to be waited for.
    private mutating func climb(to first: Int, at now: Monotonic) -> [Action] {
        var actions: [Action] = []
        var rung = first
        while rung < ladder.count {
            let step = ladder[rung]
            rung += 1
            switch step.action {
            case .closeStdin:
                guard keepsInputOpen else { continue }
                actions.append(.closeInput)
            case .signal(let number): actions.append(.signal(number))
            case .killTree: actions.append(.killTree)
            }
            let wait = rung == ladder.count ? limits.grace ?? .seconds(10) : step.wait
            phase = .ending(rung: rung, next: now + wait)
            if wait > .zero { break }
        }
        return actions
    }

    /// The provider, or the host, is gone: from here on nothing is sent to anybody.
    private mutating func left(then next: Phase, _ action: Action) -> [Action] {
        guard isAlive else { return [] }
        hasLeft = true
        phase = next
        return [action]
    }

    // MARK: Time

    /// When ``Event/time`` is wanted next; nil when only the outside can change anything.
    var deadline: Monotonic? {
        switch phase {
        case .starting: startDeadline
        case .running: isCatchingUp ? nil : runningDeadline?.moment
        case .ending(_, let next): next.nanoseconds == .max ? nil : next
        case .cleaning, .reading, .ended: nil
        }
    }

    private mutating func watch(at now: Monotonic) -> [Action] {
        switch phase {
        case .starting:
            guard let moment = startDeadline, now >= moment else { return [] }
            // A host that has not come up hears nothing, so there is no ladder to climb.
            let failure = Failure(.startTimeout, "the host did not start the provider \(within(limits.startup))")
            reason = Reason(isOurs: true, cause: .startTimeout, failure: failure)
            return [.report(.ending, because: .startTimeout)] + left(then: .cleaning, .cleanUp)
        case .running:
            guard !isCatchingUp, let due = runningDeadline, now >= due.moment else { return [] }
            return beginEnding(reason(of: due.watchdog), at: now)
        case .ending(let rung, let next):
            guard now >= next else { return [] }
            if rung < ladder.count { return climb(to: rung, at: now) }
            // Not even the host itself answers.
            return left(then: .cleaning, .cleanUp)
        case .cleaning, .reading, .ended: return []
        }
    }
}
