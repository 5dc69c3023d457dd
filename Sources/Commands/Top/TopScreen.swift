import Coordinator
import Glibc
import Model
import Settings
import Store

/// The terminal and the store around a ``TopMachine``: reads rows, hears keys and signals, draws, and does what is wished.
struct TopScreen {
    private let store: Store
    private let context: CommandContext
    private let screen: FullScreen
    private let signals = Signals.listen([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP])
    private var top = TopMachine()

    /// The most rows that are read; who has more narrows them.
    private static let mostRows = 1000
    /// What is over stays for so long.
    private static let afterglow: Int64 = 600_000

    /// A screen for `store` that shows what is like `filter`.
    init(_ store: Store, _ context: CommandContext, filter: String) {
        self.store = store
        self.context = context
        screen = FullScreen(context.output)
        // As if it had been typed.
        guard !filter.isEmpty else { return }
        for key in [.character("/")] + filter.map({ TopKey.character($0) }) + [.enter] {
            _ = top.press(key, height: 1, at: context.now)
        }
    }

    /// Shows it until the person leaves; throws the exit status of a signal.
    mutating func run() throws {
        guard let keyboard = Keyboard() else {
            throw TuttiError(
                .usage, "The terminal belongs to another job of the shell.", hint: "bring it to the front: fg")
        }
        defer { Keyboard.giveBack() }
        let news = NewsWaiter(storePath: store.path, signals: signals, keyboard: keyboard)
        screen.open()
        defer { screen.close() }
        while true {
            try read()
            show()
            // A tenth of a second for all news together: nobody reads faster.
            switch news.wait(milliseconds: 1000) {
            case .signal(let signal): try obey(signal, keyboard)
            case .key(let first): if try press(first, keyboard) { return }
            case .perhaps:
                if case .signal(let signal) = news.rest(milliseconds: 80) { try obey(signal, keyboard) }
            }
        }
    }

    private var surface: Surface { context.output.data }

    private mutating func show() {
        screen.draw(TopPicture.lines(top, on: surface, now: context.now))
    }

    // MARK: What comes in

    private mutating func read() throws {
        let now = context.now
        let showsAll = top.showsAll
        let (rows, counts, page) = try store.read { reader in
            var filter = ListFilter()
            filter.limit = TopScreen.mostRows
            filter.unfinishedOnly = true
            var jobs = try reader.jobs(filter)
            filter.unfinishedOnly = false
            filter.states = Set(JobState.allCases.filter(\.isFinal).map(\.rawValue))
            filter.limit = showsAll ? TopScreen.mostRows : 200
            jobs += try reader.jobs(filter).filter { job in
                showsAll || (job.finishedAt?.milliseconds ?? 0) > now.milliseconds - TopScreen.afterglow
            }
            let today = Timestamp(milliseconds: now.milliseconds - now.milliseconds % 86_400_000)
            return (try WorkRow.rows(of: jobs, reader), try reader.counts(since: today), try pageLines(reader, now))
        }
        top.update(rows, counts, at: now)
        if let page { top.page = page }
    }

    /// The page of the job that is open, in lines of the screen; nil when none is.
    private func pageLines(_ reader: StoreReader, _ now: Timestamp) throws -> [String]? {
        guard case .page(let id) = top.mode else { return nil }
        var plain = surface
        plain.colour = false
        guard let job = try reader.job(id) else { return ["it is gone"] }
        let session = try Names.sessions(of: .job(id), in: reader).last
        let detail = try session.flatMap { try reader.sessionDetail($0.id) }
        let lines =
            detail.map { SessionPage.lines($0, SessionPage.Parts(), on: plain, now: now) }
            ?? RunPage.lines(job, on: plain, now: now)
        return ScreenLines.broken(lines, to: surface.width - 1)
    }

    /// Takes the key with all that came together with it; true when the person leaves.
    private mutating func press(_ first: UInt8, _ keyboard: Keyboard) throws -> Bool {
        var bytes = [first]
        while bytes.count < 256, let next = keyboard.next() { bytes.append(next) }
        for key in TopKey.keys(in: bytes) {
            switch top.press(key, height: TopPicture.height(on: surface), at: context.now) {
            case .none, .open, .close: break
            case .quit: return true
            case .cancel(let job): top.message = said { try TopWishes.cancel(job, context) }
            case .retry(let job): top.message = said { try TopWishes.retry(job, context) }
            }
        }
        return false
    }

    /// What a wish came to, in a line: an error is no reason to leave.
    private func said(_ wish: () throws -> String) -> String {
        do { return try wish() } catch {
            guard let error = error as? TuttiError else { return "\(error)" }
            return error.message + "   " + error.hint
        }
    }

    private mutating func obey(_ signal: Int32, _ keyboard: Keyboard) throws {
        switch signal {
        case SIGWINCH:
            context.output.resize(context.environment)
            screen.forget()
        case SIGTSTP:
            screen.close()
            Keyboard.giveBack()
            raise(SIGSTOP)
            keyboard.listen()
            context.output.resize(context.environment)
            screen.open()
        case SIGTERM: throw Exit(.terminated)
        case SIGHUP: throw Exit(.terminated)
        default: throw Exit(.interrupted)
        }
    }
}

/// What the keys of `tutti top` change.
enum TopWishes {
    /// Asks for a job's end.
    static func cancel(_ job: Identifier, _ context: CommandContext) throws -> String {
        let store = try context.storeForWriting()
        defer { store.close() }
        let count = try store.writeAndWait { try $0.requestCancel([.job(job)], at: .now) }
        if count > 0 { try CoordinatorPlace.goOn(store, context) }
        return count > 0 ? "asked to stop" : "nothing was left to stop"
    }

    /// Has a job that is over asked again, in the background.
    static func retry(_ job: Identifier, _ context: CommandContext) throws -> String {
        let store = try context.storeForWriting()
        defer { store.close() }
        let run = try store.read { reader in try reader.job(job).flatMap { try reader.run($0.run) } }
        guard let run else { throw ShowCommand.gone(.job(job)) }
        let configuration = try RetryCommand.configuration(of: run, context)
        try TrustStore(environment: context.environment).require(configuration)
        try AgentDepth.check(configuration, environment: context.environment)
        _ = try CoordinatorPlace.surroundings(kind: "background", context: context, limits: LimitSettings())
        let count = try Coordinator.reopen(run.id, jobs: { $0.id == job }, attempts: 1, in: store)
        if count > 0 { try CoordinatorPlace.goOn(store, new: run.id, context) }
        return count > 0 ? "is asked again" : "is not over, so it is not asked again"
    }
}
