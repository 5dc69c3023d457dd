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
        usage: """
            tutti batch run FILE [--set NAME=VALUE …] [--only JOB …] [--skip JOB …] [--from JOB] [--resume RUN] [-j N] [-d] [-n]
            """,
        discussion: """
            Jobs start as soon as what they need has ended. The plan is stored with the run: what you change in the file
            afterwards is for the next run, or for this one with: tutti batch reload RUN. Whoever goes on after a crash
            goes on with the plan that was stored.

            With --resume the answers of an earlier run stand for those that would be asked again with the same question;
            what failed there, is new, or was changed in the file, is asked. With --from JOB that job and what needs it are
            asked anew, and what comes before is taken from the earlier run, the newest of the batch unless --resume names one.
            To try again what failed of a run, with the plan that it has: tutti retry RUN.
            """)

    @Argument(help: "A batch file, or a prompt file.", completion: .batchFiles) var file: String
    @Option(help: ArgumentHelp("The value of an input.", valueName: "name=value")) var set: [String] = []
    @Option(help: "Only this job, with what it needs.", completion: .batchJobs) var only: [String] = []
    @Option(help: "Not this job, nor what cannot go without it.", completion: .batchJobs)
    var skip: [String] = []
    @Option(
        help: "This job and what needs it; the answers before it are taken from an earlier run.", completion: .batchJobs
    )
    var from: String?
    @Option(
        help: ArgumentHelp("Take the answers of this run where the same was asked.", valueName: "run"),
        completion: .identifiers)
    var resume: String?
    @Option(name: [.short, .long], help: "How many sessions go at one time.") var jobs: Int?
    @Option(help: "Added to the priority of every job, from -20 to 20.") var priority = 0
    @Option(help: "Start nothing more, and end what runs, at so many dollars.") var maxCost: String?
    @Flag(name: [.short, .long], help: "Hand the run to the background and return.") var detach = false
    @Option(help: "A name for the run.") var name: String?
    @Option(help: "Running again with the same key starts nothing.") var key: String?
    @Option(help: "Which failures count: any, all or none.") var exitStatus: ExitRule = .any
    @Flag(name: [.customShort("n"), .long], help: "Show what would run, and start nothing.") var dryRun = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { dryRun ? nil : detach ? .records(DetachedTicket.fields) : .run }

    func run(in context: CommandContext) throws {
        try Priorities.check(priority, named: "--priority \(priority)")
        let source = try BatchSource(file)
        let configuration = try loadConfiguration(context, source)
        for notice in configuration.notices { context.output.note("note: " + notice) }
        if !dryRun { try AgentDepth.check(configuration, environment: context.environment) }
        let plan = try source.plan(set: set)
        let choice = JobSelection.Choice(only: only, skip: skip, from: from)
        let selection = try plan.selection(choice)
        if dryRun {
            try plan.checkRunnable(leavingOut: Set(selection.leftOut.keys), here: configuration, context)
            let words = BatchPlanCommand.words(set: set, choice)
            return try BatchPlanCommand.present(plan, selection, configuration, words, options, context)
        }
        var request = BatchRequest(plan, configuration)
        request.configFile = options.config ?? configuration.projectFile
        request.name = name
        request.key = key
        request.priority = priority
        request.leftOut = Set(selection.leftOut.keys)
        if let from { request.leftOut.subtract(plan.parts(from: from).taken.subtracting(skip)) }
        request.environment = context.environment
        request.isInteractive = !detach
        request.depth = AgentDepth.of(context.environment)
        request.maxCost = maxCost == nil ? nil : configuration.budget
        try TrustStore(environment: context.environment).require(configuration)
        if resume != nil || from != nil {
            let former = ResumeChoice(run: resume, from: from)
            guard let store = try context.storeForReading() else {
                throw TuttiError(.notFound, "There is no store yet, and no earlier run in it.", hint: "leave it out")
            }
            request.resumed = try store.read { [leftOut = request.leftOut] in
                try former.resumed(plan, leavingOut: leftOut, in: $0)
            }
        }
        let prepared = try PreparedRun(request, at: context.now)
        for warning in plan.warnings { context.output.note("note: \(warning.position): \(warning.message)") }
        let store = try context.storeForWriting(configuration)
        if detach { return try AskCommand.detach(prepared, store, options, context) }
        try AttendedRun.begin(prepared, kind: "batch", configuration.limits, store, rule: exitStatus, context) {
            .init(provider: configuration.provider, maxCost: configuration.budget, flow: JobFlow(plan))
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
