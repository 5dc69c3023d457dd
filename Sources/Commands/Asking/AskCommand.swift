import ArgumentParser
import Coordinator
import Model
import Providers
import Scheduler
import Settings
import Store

/// `tutti ask`: one question to many modules.
struct AskCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask", abstract: "One question to many modules at once.",
        usage: "tutti ask QUESTION|- [MODULE …] [-m MODULE] [--all] [-j N] [--merge concat] [-d]",
        discussion: """
            A MODULE is a module of the project, a folder, or a tag. `-` reads the question from standard input.

              tutti ask "Which endpoints skip the auth check?" --all -j 6 --merge concat
              tutti ask "What is this?" services/*/ --provider claude --json
              git diff | tutti ask "Review this" api --attach /dev/stdin
            """)

    @Argument(help: "The question; - reads it from standard input.") var question: String?
    @Argument(help: "Modules, folders or tags.") var modules: [String] = []
    @OptionGroup var ask: AskOptions
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? {
        ask.dryRun ? .records(DryRun.fields) : ask.detach ? .records(DetachedTicket.fields) : .run
    }

    func run(in context: CommandContext) throws {
        let configuration = try loadConfiguration(context)
        for notice in configuration.notices { context.output.note("note: " + notice) }
        if !ask.dryRun { try AgentDepth.check(configuration, environment: context.environment) }
        let request = try request(configuration, context)
        let prepared = try PreparedRun(request, at: context.now)
        if ask.dryRun { return try DryRun.present(request, options, context) }
        try TrustStore(environment: context.environment).require(configuration)
        try AskCommand.checkProviders(request, context)
        let store = try context.storeForWriting(configuration)
        if ask.detach { return try AskCommand.detach(prepared, store, options, context) }
        try AskCommand.attend(prepared, request, store, rule: ask.exitStatus, context)
    }

    /// Begins the run in this process and follows it to its end.
    static func attend(
        _ prepared: consuming PreparedRun, _ request: AskRequest, _ store: Store, rule: ExitRule,
        _ context: CommandContext
    ) throws {
        let configuration = request.configuration
        try AttendedRun.begin(prepared, kind: "ask", configuration.limits, store, rule: rule, context) {
            let history = try? store.read { try RunHistory.durations(of: request.targets.map(\.name), in: $0) }
            return .init(provider: DryRun.providers(request), maxCost: configuration.budget, history: history ?? [])
        }
    }

    private func loadConfiguration(_ context: CommandContext) throws -> Configuration {
        var flags: [Configuration.Flag] = []
        func add(_ key: String, _ flag: String, _ value: String?) {
            if let value { flags.append(Configuration.Flag(key: key, flag: flag, value: value)) }
        }
        if let retries = ask.retries, retries < 0 {
            throw TuttiError(.usage, "--retries \(retries) cannot be.", hint: "give a number from 0 on")
        }
        if let timeout = ask.timeout, Quantity.duration(timeout) != nil { _ = try Spans.lasting(timeout, "--timeout") }
        add("store", "--db", options.db)
        add("jobs", "-j", ask.jobs.map { "\($0)" })
        add("timeout.total", "--timeout", ask.timeout)
        add("retry.attempts", "--retries", ask.retries.map { "\($0 + 1)" })
        add("budget.usd", "--max-cost", ask.maxCost)
        return try Configuration.load(
            directory: context.directory, explicit: options.config, environment: context.environment, flags: flags)
    }

    private func request(_ configuration: Configuration, _ context: CommandContext) throws -> AskRequest {
        let resolver = ModuleResolver(
            configuration: configuration, directory: context.directory, environment: context.environment)
        let material = try QuestionMaterial(
            question, attachments: ask.attach, others: [ask.system, ask.schema].compactMap(\.self),
            isTerminal: context.isInputTerminal)
        let targets = try resolver.resolve(modules + ask.module, tags: ask.tag, all: ask.all, exclude: ask.exclude)
        var request = AskRequest(question: material.text, targets: targets, configuration: configuration)
        request.configFile = options.config ?? configuration.projectFile
        request.name = ask.name
        request.key = ask.key
        try Priorities.check(ask.priority, named: "--priority \(ask.priority)")
        request.priority = ask.priority
        request.isInteractive = !ask.detach
        request.depth = AgentDepth.of(context.environment)
        request.provider = ask.provider
        request.model = ask.model
        request.system = try ask.system.map { try QuestionMaterial.read($0, what: "instructions") }
        request.enough = ask.enough
        request.merge = try ask.merge.map { text throws(TuttiError) in try Merge.typed(text) }
        request.halt = try halt()
        request.deadline = try ask.deadline.map { text throws(TuttiError) in try Spans.lasting(text, "--deadline") }
        if let file = ask.schema {
            let text = try QuestionMaterial.read(file, what: "schema")
            guard let root = JSONReader.value(text) else {
                throw TuttiError(.badInput, "\(file) is not JSON.", hint: "give a JSON Schema")
            }
            _ = try AnswerSchema(root, file: file)
            request.schema = text
        }
        return request
    }

    private func halt() throws(TuttiError) -> HaltRule? {
        guard let text = ask.halt else { return nil }
        guard let rule = HaltRule(text) else {
            throw TuttiError(
                .usage, "--halt \(text) is not a rule.", hint: "write soon,fail=3 or now,fail=1 or soon,fail=20%")
        }
        return rule
    }

    /// A provider whose program is missing ends the command before anything is written.
    static func checkProviders(_ request: AskRequest, _ context: CommandContext) throws {
        for name in Set(request.targets.map { request.provider(for: $0) }).sorted() {
            let definition = try request.configuration.providers.definition(name)
            guard let program = definition.command.first else { continue }
            guard ToolFinder.find(program, path: context.environment["PATH"]) == nil else { continue }
            let obstacle = ToolFinder.obstacle(program, path: context.environment["PATH"])
            throw TuttiError(
                .providerUnavailable, "The provider \(name) cannot be started: \(obstacle.what).",
                hint: "\(obstacle.fix), or name another: --provider offline needs nothing; see: tutti provider ls")
        }
    }

    /// Writes the run, has it begun in the background, and says what it is called.
    static func detach(
        _ prepared: PreparedRun, _ store: Store, _ options: GlobalOptions, _ context: CommandContext
    ) throws {
        // Asked before anything is written: a run that nobody could ever start must not be accepted.
        _ = try CoordinatorPlace.surroundings(kind: "background", context: context, limits: LimitSettings())
        let ticket = try Coordinator.enqueue(prepared, in: store)
        // One that was there already may have lost its coordinator before that had begun.
        try CoordinatorPlace.goOn(store, new: ticket.run, context)
        store.close()
        try DetachedTicket.present(ticket, options, context)
    }
}
