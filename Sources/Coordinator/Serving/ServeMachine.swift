/// Decides when a serving coordinator looks at the store, takes work over, and says that it lives.
///
/// Work that nobody has is announced by a commit (a run that waits), or by nothing at all (a coordinator that died). So it
/// looks after news, though not after each, and once a second in any case.
struct ServeMachine: Sendable {
    /// What happened.
    enum Event: Sendable, Hashable {
        /// Time has passed.
        case tick
        /// Somebody committed something.
        case news
        /// What the last look found: whether there is work that nobody has.
        case looked(hasWork: Bool)
        /// The coordinator's thread took the question.
        case answered
        /// It is to end.
        case stop
    }

    /// What is to be done.
    enum Action: Sendable, Hashable {
        /// Look for work that nobody has.
        case look
        /// Look at the schedules, and begin what is due.
        case fire
        /// Take over everything that no living coordinator owns.
        case adopt
        /// Ask the coordinator's thread whether it answers.
        case ask
        /// Tell whoever watches over the process that it lives.
        case live
    }

    /// The least time between two looks: commits come by the hundred while providers print.
    static let shortest = Duration.milliseconds(50)
    /// The most time between two looks.
    static let longest = Duration.seconds(1)

    /// How often the thread is asked; nil for never.
    private let rhythm: Duration?
    private var lastLook: Duration?
    private var nextFire = Duration.zero
    private var hasNews = false
    private var nextQuestion = Duration.zero
    private var isAsked = false
    private var isStopping = false

    /// A machine for a process that must say within each `watchdog` that it lives; nil when nobody watches.
    init(watchdog: Duration?) { rhythm = watchdog.map { $0 / 2 } }

    /// What to do about `event` at `now`, a time of a clock that only goes forward.
    mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        switch event {
        case .stop:
            isStopping = true
            return []
        case .looked(let hasWork): return hasWork && !isStopping ? [.adopt] : []
        case .answered:
            isAsked = false
            return isStopping ? [] : [.live]
        case .news: hasNews = true
        case .tick: break
        }
        guard !isStopping else { return [] }
        var actions: [Action] = []
        // Commits announce no time: schedules have a rhythm of their own.
        if now >= nextFire {
            nextFire = now + ServeMachine.longest
            actions.append(.fire)
        }
        if now >= nextLook {
            lastLook = now
            hasNews = false
            actions.append(.look)
        }
        // Asked again only when it has answered: a thread that hangs is not sent more and more.
        if let rhythm, !isAsked, now >= nextQuestion {
            nextQuestion = now + rhythm
            isAsked = true
            actions.append(.ask)
        }
        return actions
    }

    /// Whether news would change anything now. Where not, nobody needs to wake for them.
    var isCurious: Bool { !hasNews && !isStopping }

    /// When the next tick must come.
    var nextWake: Duration {
        let next = min(nextLook, nextFire)
        return rhythm != nil && !isAsked ? min(next, nextQuestion) : next
    }

    private var nextLook: Duration {
        guard let lastLook else { return .zero }
        return lastLook + (hasNews ? ServeMachine.shortest : ServeMachine.longest)
    }
}
