import ArgumentParser
import Coordinator
import Model
import Settings
import Store

/// `tutti retry`: asks again what failed, in the same run.
struct RetryCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Asks again what failed or was cancelled, in the same run.",
        usage: "tutti retry ID … [--failed] [--max-cost DOLLARS] [--timeout TIME] [--edit] [-d]",
        discussion: """
            --edit opens the question in $EDITOR and asks the changed one in a new run of the same modules.

            A run that was stopped by its budget goes on with --max-cost, --max-sessions, --max-tokens or --max-time: what it may
            use in all, with what it has used already. Of a job that has a budget of its own, that one is meant.

            What ran out of time gets more by --timeout, for each session, or by --deadline, for the run from now on.
            """)

    @Argument(help: "A run, or jobs and sessions of one run.", completion: .identifiers) var ids: [String]
    @Flag(help: "Only what failed (a run's default).") var failed = false
    @Flag(help: "Change the question in $EDITOR, and ask it in a new run.") var edit = false
    @Option(help: "Attempts that each job gets.") var attempts = 1
    @Option(help: ArgumentHelp("What the run may cost in all from now on.", valueName: "dollars")) var maxCost: String?
    @Option(help: ArgumentHelp("How many sessions it may have in all.", valueName: "count")) var maxSessions: String?
    @Option(help: ArgumentHelp("How many tokens it may use in all.", valueName: "count")) var maxTokens: String?
    @Option(help: ArgumentHelp("How long its sessions may take together.", valueName: "time")) var maxTime: String?
    @Option(help: "How long one session may take from now on: 10m.") var timeout: String?
    @Option(help: "How long the run may take from now on: 1h.") var deadline: String?
    @Flag(name: [.short, .long], help: "In the background.") var detach = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? {
        guard detach else { return .run }
        return .records(edit ? DetachedTicket.fields : DetachedTicket.fieldsOfRetry)
    }

    func run(in context: CommandContext) throws {
        // Where the settings cannot be read, another store than the run's may be meant; and nothing could be asked.
        _ = try context.configuration()
        _ = try context.existingStore()
        let store = try context.storeForWriting()
        guard (1...100).contains(attempts) else {
            throw TuttiError(.usage, "--attempts \(attempts) cannot be.", hint: "give a number from 1 to 100")
        }
        // Also where this says that it goes on already: the one who said so before may have died in that moment.
        try CoordinatorPlace.goOn(store, context)
        let times = try lasting()
        let (run, jobs) = try store.read { try select($0) }
        let configuration = try RetryCommand.configuration(of: run, explicit: options.config, context)
        try TrustStore(environment: context.environment).require(configuration)
        try AgentDepth.check(configuration, environment: context.environment)
        let allowed = try store.read { try self.raised(run, jobs, $0) }
        if edit { return try askChanged(run, jobs, configuration, store, context) }
        let surroundings = try CoordinatorPlace.surroundings(
            kind: "retry", context: context, limits: configuration.limits)
        let start = try store.read { try $0.newestEvent() }
        let chosen = Set(jobs.map(\.id))
        if !detach { AttendedRun.keepSignals() }
        _ = try Coordinator.reopen(
            run.id, jobs: { chosen.contains($0.id) }, attempts: attempts, allowing: allowed, lasting: times, in: store)
        if detach {
            try CoordinatorPlace.goOn(store, new: run.id, context)
            store.close()
            return try DetachedTicket.present(run, jobs, options, context)
        }
        let coordinator = try Coordinator(store: store, surroundings: surroundings)
        coordinator.adopt()
        try AttendedRun(
            coordinator: coordinator, run: run.id, context: context, rule: .any, head: .init(), start: start,
            only: chosen
        ).follow()
    }

    /// What the options allow the run, or the named jobs; throws when it would be nothing that is left to use.
    private func raised(_ run: RunRow, _ jobs: [JobRow], _ reader: StoreReader) throws -> RaisedBudget? {
        func amount<Value>(_ text: String?, _ option: String, _ read: (String) -> Value?, _ form: String) throws
            -> Value?
        {
            guard let text else { return nil }
            guard let value = read(text) else {
                throw TuttiError(.usage, "\(option) \(text) is no such amount.", hint: "write \(form)")
            }
            return value
        }
        let limit = BudgetLimit(
            money: try amount(maxCost, "--max-cost", Quantity.money, "dollars such as 2.00"),
            tokens: try amount(maxTokens, "--max-tokens", Quantity.count, "a number such as 20k or 1.5M"),
            sessions: try amount(maxSessions, "--max-sessions", Quantity.count, "a number such as 20"),
            time: try amount(maxTime, "--max-time", Quantity.duration, "a time such as 10m"))
        guard limit != BudgetLimit() else { return nil }
        guard !edit else {
            throw TuttiError(
                .usage, "--edit begins a new run, and these limits are for the old one.",
                hint: "leave one of the two out")
        }
        guard let detail = try reader.runDetail(run.id, withMessages: false) else {
            throw ShowCommand.gone(.run(run.id))
        }
        let stand = BudgetStand(detail.run, jobs: detail.jobs, sessions: detail.sessions)
        let isWholeRun = try ids.contains { word in if case .run = try reader.resolve(word) { true } else { false } }
        let own = isWholeRun ? [] : Set(jobs.map(\.id)).intersection(stand.jobs.keys)
        let spent = own.isEmpty ? [BudgetStand.spending(of: detail)] : own.compactMap { stand.jobs[$0]?.spent }
        if let quantity = spent.lazy.compactMap({ limit.reached(by: $0).first }).first {
            throw TuttiError(
                .usage, "That leaves nothing to use: as much \(quantity.rawValue) was used already, or more.",
                hint: "the limit counts what was used before; see: tutti show \(run.id.short)")
        }
        return RaisedBudget(limit, jobs: own)
    }

    /// The times that the options give; nil when none is named.
    private func lasting() throws -> RaisedTimes? {
        if timeout == nil, deadline == nil { return nil }
        guard !edit else {
            throw TuttiError(
                .usage, "--edit begins a new run, and --timeout and --deadline are for the old one.",
                hint: "leave one of the two out")
        }
        return RaisedTimes(
            timeout: try timeout.map { try Spans.lasting($0, "--timeout") },
            deadline: try deadline.map { try Spans.lasting($0, "--deadline") })
    }

    private func askChanged(
        _ run: RunRow, _ jobs: [JobRow], _ configuration: Configuration, _ store: Store, _ context: CommandContext
    ) throws {
        guard let old = run.question else {
            throw TuttiError(.usage, "Run \(run.id.short) has no question to change.", hint: "name another run")
        }
        let question = try QuestionEditor.edit(old, of: run.id, context)
        let request = try ChangedQuestion.request(question, of: run, jobs, configuration, context)
        let prepared = try PreparedRun(request, at: context.now)
        try AskCommand.checkProviders(request, context)
        if detach { return try AskCommand.detach(prepared, store, options, context) }
        try AskCommand.attend(prepared, request, store, rule: .any, context)
    }

    private func select(_ reader: StoreReader) throws -> (RunRow, [JobRow]) {
        var runs: Set<Identifier> = []
        var jobs: [JobRow] = []
        for word in ids {
            let named = try reader.resolve(word)
            switch named {
            case .run(let id):
                runs.insert(id)
                var filter = ListFilter()
                filter.runs = [id]
                filter.limit = 100_000
                jobs += try reader.jobs(filter).filter { job in
                    edit && !failed && job.kind == "ask" || job.state == .failed
                        || !failed
                            && (job.state == .cancelled
                                || job.state == .skipped && !job.isRemoved && !job.isUnneeded)
                }
            case .job(let id): jobs += try reader.job(id).map { [$0] } ?? []
            case .session(let id): jobs += try reader.session(id).flatMap { try reader.job($0.job) }.map { [$0] } ?? []
            case .message(let id): jobs += try reader.message(id)?.job.flatMap { try reader.job($0) }.map { [$0] } ?? []
            case .thread:
                throw TuttiError(.usage, "\(word) is a thread.", hint: "name a run, job or session; see: tutti ps -a")
            }
        }
        runs.formUnion(jobs.map(\.run))
        guard let id = runs.first, runs.count == 1, let run = try reader.run(id) else {
            throw TuttiError(.usage, "These belong to \(runs.count) runs.", hint: "retry one run at a time")
        }
        if let open = jobs.first(where: { !$0.state.isFinal }) {
            throw TuttiError(
                .usage, "\(open.module ?? open.id.short) is not over: \(open.state.rawValue).",
                hint: "stop it first: tutti cancel \(open.id.short)")
        }
        if let gone = jobs.first(where: \.isRemoved) {
            throw TuttiError(
                .usage, "\(gone.module ?? gone.id.short) was taken out of its batch before it began.",
                hint: "put it back into the file, and run that: tutti batch run FILE --resume \(run.id.short)")
        }
        guard run.state.isFinal || run.isBeingDeleted else {
            throw TuttiError(
                .tryAgain, "Run \(run.id.short) still goes on.", hint: "wait for it: tutti wait \(run.id.short)")
        }
        guard !jobs.isEmpty else {
            throw TuttiError(
                .notFound, "Nothing in run \(run.id.short) failed.",
                hint: "name a job to ask it again; see: tutti show \(run.id.short)")
        }
        guard !run.isBeingDeleted else {
            throw TuttiError(
                .notFound, "Run \(run.id.short) is being deleted.", hint: "what is left of it goes with: tutti clean")
        }
        return (run, jobs)
    }

    /// The settings that a run was begun with, as they are now.
    static func configuration(of run: RunRow, explicit: String? = nil, _ context: CommandContext) throws
        -> Configuration
    {
        let spec = JSONReader.value(run.spec)
        return try Configuration.load(
            directory: spec?["directory"]?.string ?? run.project ?? context.directory,
            explicit: spec?["config"]?.string ?? explicit, environment: context.environment)
    }
}
