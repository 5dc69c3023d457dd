import ArgumentParser
import Batch
import Coordinator
import Model
import Settings
import Store

/// `tutti batch run FILE`: does what a batch file says, and follows it to its end.
struct BatchRunCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Does what a batch file says, and follows it to its end.",
        usage: "tutti batch run FILE [--set NAME=VALUE …] [--only JOB …] [--skip JOB …] [-j N] [-d]",
        discussion: """
            Jobs start as soon as what they need has ended. The plan is stored with the run: what you change in the file
            afterwards is for the next run. Whoever goes on after a crash goes on with the plan that was stored.
            """)

    @Argument(help: "A batch file, or a prompt file.", completion: .batchFiles) var file: String
    @Option(help: ArgumentHelp("The value of an input.", valueName: "name=value")) var set: [String] = []
    @Option(help: "Only this job, with what it needs.", completion: .batchJobs) var only: [String] = []
    @Option(help: "Not this job, nor what cannot go without it.", completion: .batchJobs)
    var skip: [String] = []
    @Option(name: [.short, .long], help: "How many sessions go at one time.") var jobs: Int?
    @Option(help: "Added to the priority of every job, from -20 to 20.") var priority = 0
    @Option(help: "Start nothing more, and end what runs, at so many dollars.") var maxCost: String?
    @Flag(name: [.short, .long], help: "Hand the run to the background and return.") var detach = false
    @Option(help: "A name for the run.") var name: String?
    @Option(help: "Running again with the same key starts nothing.") var key: String?
    @Option(help: "Which failures count: any, all or none.") var exitStatus: ExitRule = .any
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { detach ? .records(DetachedTicket.fields) : .run }

    func run(in context: CommandContext) throws {
        try Priorities.check(priority, named: "--priority \(priority)")
        let source = try BatchSource(file)
        let configuration = try loadConfiguration(context, source)
        for notice in configuration.notices { context.output.note("note: " + notice) }
        try AgentDepth.check(configuration, environment: context.environment)
        let plan = try source.plan(set: set, configuration)
        let selection = try plan.selection(JobSelection.Choice(only: only, skip: skip))
        var request = BatchRequest(plan, configuration)
        request.configFile = options.config ?? configuration.projectFile
        request.name = name
        request.key = key
        request.priority = priority
        request.leftOut = Set(selection.leftOut.keys)
        request.isInteractive = !detach
        request.depth = AgentDepth.of(context.environment)
        request.maxCost = maxCost == nil ? nil : configuration.budget
        try TrustStore(environment: context.environment).require(configuration)
        let prepared = try PreparedRun(request, at: context.now)
        for warning in plan.warnings { context.output.note("note: \(warning.position): \(warning.message)") }
        let store = try context.storeForWriting(configuration)
        if detach { return try AskCommand.detach(prepared, store, options, context) }
        try AttendedRun.begin(prepared, kind: "batch", configuration.limits, store, rule: exitStatus, context) {
            .init(provider: configuration.provider, maxCost: configuration.budget)
        }
    }

    private func loadConfiguration(_ context: CommandContext, _ source: BatchSource) throws -> Configuration {
        var flags: [Configuration.Flag] = []
        if let database = options.db { flags.append(.init(key: "store", flag: "--db", value: database)) }
        if let jobs { flags.append(.init(key: "jobs", flag: "-j", value: "\(jobs)")) }
        if let maxCost { flags.append(.init(key: "budget.usd", flag: "--max-cost", value: maxCost)) }
        return try Configuration.load(
            directory: context.directory, project: source.folder.root, explicit: options.config,
            environment: context.environment, flags: flags)
    }
}
