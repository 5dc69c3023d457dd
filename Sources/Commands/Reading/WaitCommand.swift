import ArgumentParser
import Coordinator
import Glibc
import Model
import Store

/// `tutti wait`: until something is over, or has begun.
struct WaitCommand: TuttiCommand {
    /// What is waited for.
    enum Goal: String, CaseIterable, ExpressibleByArgument {
        case done, running
        case firstToken = "first-token"
        case any
    }

    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Until runs or sessions are over; the exit status says how they ended.",
        usage: "tutti wait ID … [--for done|running|first-token|any] [--timeout 10m]",
        discussion: "What nobody works on any more is taken over meanwhile, as by tutti recover, in this environment.")

    @Argument(help: "Runs, jobs, sessions, messages.") var ids: [String]
    @Option(name: .customLong("for"), help: "done, running, first-token, or any (the first that is over).") var goal:
        Goal = .done
    @Option(help: "Give up after this long, with exit status 3.") var timeout: String?
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(["id", "kind", "state", "exit"]) }

    func run(in context: CommandContext) throws {
        let store = try context.existingStore()
        let targets = try store.read { reader in try ids.map { try reader.resolve($0) } }
        var deadline: ContinuousClock.Instant?
        if let timeout {
            guard let span = Spans.milliseconds(timeout) else {
                throw TuttiError(.usage, "\"\(timeout)\" is not a span of time.", hint: "write 90s, 10m, 1h30m")
            }
            deadline = .now + .milliseconds(span)
        }
        let news = NewsWaiter(storePath: store.path, signals: Signals.listen([SIGINT, SIGTERM]))
        var continuation = try Continuation(of: targets, in: store, context)
        var closed: [ClosedPool] = []
        var nextLookAtPools = ContinuousClock.now
        while true {
            let reached = try store.read { reader in try targets.map { try isReached($0, reader) } }
            if goal == .any ? reached.contains(true) : !reached.contains(false) { break }
            if let deadline, ContinuousClock.now >= deadline {
                throw TuttiError(
                    .timedOut, "Not reached within \(timeout ?? ""): \(ids.joined(separator: " ")).",
                    hint: "it goes on; see: tutti ps, tutti logs -f \(targets[0].id.short)")
            }
            continuation.look(in: store)
            if nextLookAtPools <= .now {
                nextLookAtPools = .now + .seconds(1)
                let holding = try store.read { try self.closedPools(targets, $0) }
                // Said once, when it begins: nobody else opens them.
                if holding != closed, !holding.isEmpty {
                    context.output.note("waits for what is " + ClosedPools.words(holding, on: context.output.notes))
                }
                closed = holding
            }
            if case .signal(let signal) = news.wait() { throw Exit(signal == SIGINT ? .interrupted : .terminated) }
        }
        try report(store, targets, context)
    }

    /// The pools that only a person opens and that what is waited for needs.
    private func closedPools(_ targets: [Named], _ reader: StoreReader) throws -> [ClosedPool] {
        var (runs, jobs): (Set<Identifier>, Set<Identifier>) = ([], [])
        for target in targets {
            if case .run(let id) = target { runs.insert(id) }
            if case .job(let id) = target { jobs.insert(id) }
        }
        return try ClosedPools.holding(runs: runs, jobs: jobs, in: reader)
    }

    private func isReached(_ target: Named, _ reader: StoreReader) throws -> Bool {
        switch goal {
        case .done, .any: return try Standings.of(target, reader).exit != nil
        case .running:
            return try !Names.sessions(of: target, in: reader).isEmpty || Standings.of(target, reader).exit != nil
        case .firstToken:
            return try Names.sessions(of: target, in: reader).contains { $0.firstTokenAt != nil }
                || Standings.of(target, reader).exit != nil
        }
    }

    private func report(_ store: Store, _ targets: [Named], _ context: CommandContext) throws {
        let standings = try store.read { reader in try targets.map { try Standings.of($0, reader) } }
        let listing = Listing(
            records: zip(targets, standings).map { target, standing in
                [
                    "id": .string(target.id.text), "kind": .string(target.kind), "state": .string(standing.state),
                    "exit": .optional(standing.exit.map { Int64($0.rawValue) }),
                ]
            }, columns: ["id", "kind", "state", "exit"]
        ) { surface in
            zip(targets, standings).map { "\($0.kind) \($0.id.short)   \(StateMark.words($1.state, on: surface))" }
        }
        try listing.present(options, on: context.output)
        let exits = standings.compactMap(\.exit)
        if goal == .done || goal == .any, let worst = ExitCode.worst(exits), worst != .success { throw Exit(worst) }
    }
}

/// How something stands, and the exit status once it is over.
enum Standings {
    /// The state in a word, and the exit status that belongs to its end; nil while it goes on.
    static func of(_ target: Named, _ reader: StoreReader) throws -> (state: String, exit: ExitCode?) {
        switch target {
        case .run(let id):
            guard let run = try reader.run(id) else { throw ShowCommand.gone(target) }
            guard run.state.isFinal else { return (run.state.rawValue, nil) }
            let exit = run.exit.flatMap { ExitCode(rawValue: $0) }
            return (run.state.rawValue, exit ?? code(run.state == .completed, run.state == .cancelled, nil))
        case .job(let id):
            guard let job = try reader.job(id) else { throw ShowCommand.gone(target) }
            guard job.state.isFinal else { return (job.state.rawValue, nil) }
            return (job.state.rawValue, code(job.state == .completed, job.state == .cancelled, job.failureClass))
        case .session(let id):
            guard let session = try reader.session(id) else { throw ShowCommand.gone(target) }
            guard session.state.isFinal else { return (session.shownState, nil) }
            return (
                session.state.rawValue,
                code(session.state == .completed, session.state == .cancelled, session.failureClass)
            )
        case .message(let id):
            guard let message = try reader.message(id) else { throw ShowCommand.gone(target) }
            guard message.status != .processing else { return (message.status.rawValue, nil) }
            return (
                message.status.rawValue,
                code(message.status == .completed, message.status == .cancelled, message.errorClass)
            )
        case .thread(let id):
            let last = try reader.messages(thread: id).last { $0.role == .assistant }
            guard let last else { return ("empty", .success) }
            return try of(.message(last.id), reader)
        }
    }

    private static func code(_ isCompleted: Bool, _ isCancelled: Bool, _ failure: FailureClass?) -> ExitCode {
        if isCompleted { return .success }
        switch failure {
        case .totalTimeout, .idleTimeout, .startTimeout, .firstByteTimeout, .queueTimeout: return .timedOut
        case .budget: return .budget
        case .auth, .startFailed: return .providerUnavailable
        default: return isCancelled ? .cancelledByOther : .someFailed
        }
    }
}

extension ExitCode {
    /// Which of several statuses is told: the order of `tutti help exit-codes`.
    static func worst(_ codes: [ExitCode]) -> ExitCode? {
        let order: [ExitCode] = [
            .interrupted, .terminated, .internalError, .storeFailed, .budget, .timedOut, .needsInput, .quorumMissed,
            .cancelledByOther, .someFailed, .providerUnavailable,
        ]
        return order.first { codes.contains($0) } ?? codes.first { $0 != .success } ?? codes.first
    }
}
