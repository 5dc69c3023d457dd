import ArgumentParser
import Batch
import Coordinator
import Model
import Settings
import Store

/// `tutti batch reload RUN`: lets a batch that goes on follow its edited file.
struct BatchReloadCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Applies the edited file to a batch that goes on, with a diff.",
        usage: "tutti batch reload RUN [--set NAME=VALUE …] [-n] [--yes]",
        discussion: """
            What has begun or ended stays as it was. What has not begun follows the edited file; rows and jobs that it has
            more are added, and those that it has no longer are skipped. The inputs keep their values; --set gives others.

            A change that comes too late is refused with its place in the file, and then nothing is changed: a job that has
            begun cannot need something new, give another output, or have another matrix where its rows were made late.

            A run that is over is not reloaded. To run the edited file with its answers: tutti batch run FILE --resume RUN
            """)

    @Argument(help: "A batch that waits or runs.", completion: .identifiers) var run: String
    @Option(help: ArgumentHelp("The value of an input.", valueName: "name=value")) var set: [String] = []
    @Flag(name: [.customShort("n"), .long], help: "Show what would change, and change nothing.") var dryRun = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(ReloadPage.fields) }

    func run(in context: CommandContext) throws {
        _ = try context.existingStore()
        let store = try dryRun ? context.existingStore() : context.storeForWriting()
        let id = try store.read { try Names.run(run, in: $0) }
        let stored = try store.read { try Stored(id, in: $0) }
        let old = try BatchReload.plan(of: stored.run)
        let configuration = try RetryCommand.configuration(of: stored.run, explicit: options.config, context)
        // It names what the parts will run.
        if !dryRun { try TrustStore(environment: context.environment).require(configuration) }
        let plan = try newPlan(after: old, configuration)
        let reload = try BatchReload(plan, of: stored.run, jobs: stored.jobs, configuration, at: context.now)
        for warning in plan.warnings { context.output.note("note: \(warning.position): \(warning.message)") }
        if dryRun || reload.isEmpty { return try present(reload, isApplied: false, context) }
        let isForPeople = if options.json == nil, case .people = try RowForm(options) { true } else { false }
        if isForPeople { try present(reload, isApplied: false, context) }
        guard try Confirmation.ask("Apply this to run \(id.short)?", context) else {
            return context.output.note("nothing was changed")
        }
        let now = context.now
        let applied = try store.writeAndWait { writer in
            let current = try Stored(id, in: writer.reader)
            guard current.run.spec == stored.run.spec else {
                throw TuttiError(
                    .tryAgain, "The plan of run \(id.short) has changed meanwhile: nothing was changed.",
                    hint: "look again: tutti batch reload \(id.short) -n")
            }
            // More may have begun since the look, which the new plan reaches no more.
            let reload = try BatchReload(plan, of: current.run, jobs: current.jobs, configuration, at: now)
            try reload.write(writer, at: now)
            return reload
        }
        try CoordinatorPlace.goOn(store, context)
        if isForPeople {
            context.output.note("run \(id.short): \(applied.count.words)")
        } else {
            try present(applied, isApplied: true, context)
        }
    }

    private func present(_ reload: BatchReload, isApplied: Bool, _ context: CommandContext) throws {
        try ReloadPage(reload: reload, isApplied: isApplied, isDryRun: dryRun).listing.present(
            options, on: context.output)
    }

    /// A run and its jobs, as one look at the store shows them.
    private struct Stored {
        let run: RunRow
        let jobs: [JobRow]

        init(_ id: Identifier, in reader: StoreReader) throws {
            guard let run = try reader.run(id) else { throw ShowCommand.gone(.run(id)) }
            var filter = ListFilter()
            filter.runs = [id]
            filter.limit = .max
            self.run = run
            jobs = try reader.jobs(filter)
        }
    }

    /// The plan of the file as it is now, for the inputs that the run has.
    private func newPlan(after old: BatchPlan, _ configuration: Configuration) throws -> BatchPlan {
        let source = try BatchReloadCommand.source(of: old)
        let file = try source.file()
        let given = try BatchSource.given(set)
        return try source.plan(file, inputs: try file.inputValues(given: given, keeping: old))
    }

    /// The file of a plan: by the path that was typed, where that leads to the same folder from here.
    private static func source(of plan: BatchPlan) throws(TuttiError) -> BatchSource {
        if let typed = try? BatchSource(plan.file.path), typed.folder.root == plan.folder { return typed }
        let name = plan.file.path.split(separator: "/").last.map(String.init) ?? plan.file.path
        return try BatchSource(plan.folder + "/" + name)
    }
}
