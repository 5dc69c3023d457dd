import EventLoop
import Model
import Providers
import Synchronization

/// All live sessions, on the loop's thread: what happens is handed to each session's machine, what that says is done.
actor SessionTable {
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    nonisolated let loop: EventLoop
    let sink: @Sendable (SessionReport) -> Void
    var sessions: [Identifier: LiveSession] = [:]
    var byFolder: [FollowedFolder: LiveSession] = [:]
    private var starter: Starter?
    private var follower: FileFollower?
    private var timer: LoopTimer?
    private var timerMoment = Monotonic(nanoseconds: .max)
    private let options: FollowerOptions
    private var isClosed = false
    /// Bytes in all spools that were not read when they were last looked at.
    nonisolated let unread = Atomic<Int64>(0)

    init(_ loop: EventLoop, options: FollowerOptions, sink: @escaping @Sendable (SessionReport) -> Void) {
        self.loop = loop
        self.options = options
        self.sink = sink
    }

    /// Opens what all sessions share.
    func open(_ starter: Starter) {
        self.starter = starter
        timer = LoopTimer(loop) { [weak self] in self?.assumeIsolated { $0.timeHasCome() } }
        follower = FileFollower(
            loop, growing: HostRecords.spool, names: [HostRecords.identity, HostRecords.ending], options: options,
            callbacks: FollowerCallbacks(
                bytes: { [weak self] folder, _, bytes in
                    // Read here and now, on the loop's thread; nobody keeps the pointer.
                    nonisolated(unsafe) let bytes = bytes
                    self?.assumeIsolated { $0.read(folder, bytes) }
                },
                appeared: { [weak self] folder, name in self?.assumeIsolated { $0.appeared(folder, name) } },
                reachedEnd: { [weak self] folder, offset in
                    self?.assumeIsolated { $0.reachedEnd(folder, offset) }
                },
                shrank: { [weak self] folder, offset, length in
                    self?.assumeIsolated { $0.shrank(folder, offset, length) }
                },
                waits: { [weak self] folder in self?.assumeIsolated { $0.hasUnreadOutput(folder) } },
                swept: { [weak self] bytes in self?.unread.store(bytes, ordering: .relaxed) }))
    }

    // MARK: What the supervisor asks for

    func start(_ plan: SessionPlan) {
        guard !isClosed, let starter, sessions[plan.id] == nil else { return }
        sessions[plan.id] = LiveSession(plan, committed: 0, isAttached: false)
        starter.start(plan)
    }

    func end(_ id: Identifier, cause: FailureClass) { tell(id, .end(cause)) }

    func kill(_ id: Identifier, cause: FailureClass) { tell(id, .kill(cause)) }

    func send(_ id: Identifier, _ bytes: [UInt8], close: Bool) {
        guard let session = sessions[id] else { return sink(.refused(id, "the session is over")) }
        guard session.machine.keepsInputOpen else {
            return sink(.refused(id, "the provider's input is closed: it reads only what it was started with"))
        }
        let control = control(of: session)
        if !bytes.isEmpty { control.send(input: bytes) }
        if close { control.send("close-stdin") }
    }

    func close() {
        isClosed = true
        starter?.stop()
        for session in sessions.values { release(session) }
        sessions = [:]
        follower?.assumeIsolated { $0.close() }
        timer?.assumeIsolated { $0.close() }
    }

    // MARK: Machines

    func tell(_ id: Identifier, _ event: SessionMachine.Event) {
        if let session = sessions[id] { tell(session, event) }
    }

    /// Hands an event to a session's machine and does what it says.
    func tell(_ session: LiveSession, _ event: SessionMachine.Event) {
        let actions = session.machine.handle(event, at: .now)
        for action in actions { perform(action, for: session) }
        watchTime(of: session)
    }

    private func perform(_ action: SessionMachine.Action, for session: LiveSession) {
        switch action {
        case .report(let state, let cause): sink(.stateChanged(session.id, state, because: cause))
        case .abandonStart: starter?.abandon(session.id)
        case .closeInput: control(of: session).send("close-stdin")
        case .signal(let number): control(of: session).send("signal \(number)")
        case .killTree: control(of: session).send("end")
        case .cleanUp:
            if session.isOutOfReach { tell(session, .cleanedUp) } else { starter?.cleanUp(session.id) }
        case .readToEnd: readToEnd(session)
        case .conclude(let reason): conclude(session, reason)
        }
    }

    func control(of session: LiveSession) -> HostControl {
        if let control = session.control { return control }
        let id = session.id
        let control = HostControl(
            loop, folder: session.folder, epoch: session.epoch,
            onRefused: { [weak self] words in self?.assumeIsolated { $0.sink(.refused(id, words)) } },
            onEnd: { [weak self] in self?.assumeIsolated { $0.controlEnded(id) } })
        session.control = control
        if session.identity != nil { control.hostIsReady() }
        return control
    }

    // MARK: Following

    /// Begins to follow a session's folder; what is there already is told before this returns, or soon after.
    func follow(_ session: LiveSession) {
        guard session.followed == nil, let follower else { return }
        let path = session.folder
        let followed = follower.assumeIsolated { $0.follow(path) }
        session.followed = followed
        byFolder[followed] = session
    }

    func readToEnd(_ session: LiveSession) {
        follow(session)
        if let followed = session.followed { follower?.assumeIsolated { $0.readToEnd(followed) } }
    }

    func probe(_ session: LiveSession) { starter?.probe(session.id) }

    /// Gives back everything that a session holds.
    func release(_ session: LiveSession) {
        if let followed = session.followed {
            byFolder[followed] = nil
            follower?.assumeIsolated { $0.stop(followed) }
        }
        session.control?.close()
        session.watch?.assumeIsolated { $0.close() }
        session.watch = nil
    }

    // MARK: Time

    /// Sees to it that the timer comes no later than the session wants it. It may come earlier, and then finds nothing.
    func watchTime(of session: LiveSession) {
        guard let moment = wish(of: session), moment < timerMoment else { return }
        timerMoment = moment
        timer?.assumeIsolated { try? $0.set(to: moment) }
    }

    private func wish(_ moment: Monotonic?, _ other: Monotonic?) -> Monotonic? {
        guard let moment, let other else { return moment ?? other }
        return min(moment, other)
    }

    private func wish(of session: LiveSession) -> Monotonic? { wish(session.machine.deadline, session.retryAt) }

    private func timeHasCome() {
        timerMoment = Monotonic(nanoseconds: .max)
        let now = Monotonic.now
        // A look at a thousand numbers takes microseconds, and deadlines that move on with every line cost nothing.
        for session in Array(sessions.values) {
            if let retry = session.retryAt, retry <= now {
                session.retryAt = nil
                lookAgain(session)
            }
            if let deadline = session.machine.deadline, deadline <= now { tell(session, .time) }
            if sessions[session.id] === session { watchTime(of: session) }
        }
    }
}
