import ArgumentParser
import Batch
import Coordinator
import Model
import Settings
import Store

/// `tutti batch plan FILE`: what would run.
struct BatchPlanCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What would run: order, waves, time and cost from the past, warnings. Starts nothing.",
        usage: "tutti batch plan FILE [--set NAME=VALUE …] [--only JOB …] [--skip JOB …] [--from JOB]",
        discussion:
            "The settings are those of the project that the file lies in. Times and costs are medians of the last 20 "
            + "completed sessions of the same row in earlier runs of the batch, else of the same module and provider; retries "
            + "are not foreseen.")

    @Argument(help: "A batch file, or a prompt file.", completion: .batchFiles) var file: String
    @Option(help: ArgumentHelp("The value of an input.", valueName: "name=value")) var set: [String] = []
    @Option(help: "Only this job, with what it needs.", completion: .batchJobs) var only: [String] = []
    @Option(help: "Not this job, nor what cannot go without it.", completion: .batchJobs) var skip: [String] = []
    @Option(help: "This job and what needs it; what comes before is taken as done.", completion: .batchJobs)
    var from: String?
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let source = try BatchSource(file)
        let configuration = try context.configuration(project: source.folder.root)
        let plan = try source.plan(set: set)
        let choice = JobSelection.Choice(only: only, skip: skip, from: from)
        let selection = try plan.selection(choice)
        try plan.checkRunnable(leavingOut: Set(selection.leftOut.keys), here: configuration, context)
        let words = BatchPlanCommand.words(set: set, choice)
        try BatchPlanCommand.present(plan, selection, configuration, words, options, context)
    }

    /// What was typed beside the file, for the command that runs the same.
    static func words(set: [String], _ choice: JobSelection.Choice) -> [String] {
        set.flatMap { ["--set", $0] } + choice.only.flatMap { ["--only", $0] } + choice.skip.flatMap { ["--skip", $0] }
            + (choice.from.map { ["--from", $0] } ?? [])
    }

    /// Shows what would run of a plan; `words` are what `batch run` needs beside the file to do so.
    static func present(
        _ plan: BatchPlan, _ selection: JobSelection, _ configuration: Configuration, _ words: [String],
        _ options: GlobalOptions, _ context: CommandContext
    ) throws {
        let planned = PlannedJob.all(of: plan, selection, configuration)
        let kinds = planned.reduce(into: Set<SessionKind>()) { $0.formUnion($1.kinds) }
        let picture = try PlanPicture(
            plan, selection, planned, configuration, history: context.history(of: kinds, configuration))
        guard options.json == nil else {
            let document = PlanRecord.document(picture)
            return try Listing(records: [document], columns: [], isSingle: true) { _ in [] }
                .present(options, on: context.output)
        }
        try Listing(records: PlanRecord.jobs(picture), columns: PlanRecord.columns, identifier: "name") {
            PlanPage(picture: picture, surface: $0, words: words).lines
        }.present(options, on: context.output)
    }
}

extension BatchPlan {
    /// Throws exit status 78 with everything for which a run would be refused here.
    func checkRunnable(
        leavingOut leftOut: Set<String>, here configuration: Configuration, _ context: CommandContext
    ) throws(TuttiError) {
        let surroundings = BatchSurroundings(configuration, environment: context.environment)
        try checkRunnable(leavingOut: leftOut, in: surroundings)
    }
}

extension CommandContext {
    /// What sessions of these kinds took before. A store that is missing or cannot be read leaves only the estimate open.
    func history(of kinds: Set<SessionKind>, _ configuration: Configuration) -> SessionHistory {
        do {
            guard let store = try storeForReading(configuration) else { return SessionHistory() }
            return SessionHistory(try store.read { try $0.pastSessions(of: kinds) })
        } catch {
            let reason = (error as? TuttiError)?.message ?? "\(error)"
            output.note("note: no times and costs from the past: " + output.notes.safeLine(reason))
            return SessionHistory()
        }
    }
}
