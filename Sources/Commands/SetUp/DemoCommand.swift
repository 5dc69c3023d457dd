import ArgumentParser
import Coordinator
import Glibc
import Model
import Settings
import Store

/// `tutti demo`: a fan-out over sample folders. Needs no key, no network and no other program.
struct DemoCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "A fan-out over sample folders; needs no key.", usage: "tutti demo [QUESTION]")
    @Argument(help: "Another question.") var question = "Which endpoints skip the auth check?"
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .run }

    func run(in context: CommandContext) throws {
        let folder = try DemoCommand.folder()
        var flags = [Configuration.Flag(key: "jobs", flag: "-j", value: "3")]
        if let db = options.db { flags.append(Configuration.Flag(key: "store", flag: "--db", value: db)) }
        let configuration = try Configuration.load(
            directory: folder, explicit: folder + "/tutti.yaml", environment: context.environment, flags: flags)
        try AgentDepth.check(configuration, environment: context.environment)
        let targets = try ModuleResolver(
            configuration: configuration, directory: folder, environment: context.environment
        ).resolve([], all: true)
        var request = AskRequest(question: question, targets: targets, configuration: configuration)
        request.configFile = folder + "/tutti.yaml"
        request.name = "demo"
        let store = try context.storeForWriting(configuration)
        context.output.note("tutti asks \(Amounts.count(targets.count, "folder")) of \(folder):")
        context.output.note("  \(question)")
        context.output.note("")
        AttendedRun.keepSignals()
        let coordinator = try Coordinator(
            store: store,
            surroundings: try CoordinatorPlace.surroundings(kind: "ask", context: context, limits: configuration.limits)
        )
        let start = try store.read { try $0.newestEvent() }
        let ticket = try coordinator.submit(try PreparedRun(request, at: context.now))
        let attended = AttendedRun(
            coordinator: coordinator, run: ticket.run, context: context, rule: .any,
            head: .init(provider: DryRun.providers(request), detailed: true), start: start)
        defer { nextSteps(ticket.run, context) }
        try attended.follow()
    }

    private func nextSteps(_ run: Identifier, _ context: CommandContext) {
        guard !context.wantsJSON else { return }
        for line in [
            "", "now try", "  tutti ps -a                        every session that there was",
            "  tutti show \(run.short)                  this run",
            "  tutti logs -t \(run.short)               what each module said, and its tool calls",
            "  tutti search 'auth check'          in all that was ever said",
            "  tutti init                         in a project of your own",
        ] { context.output.note(line) }
    }

    /// The sample folders: installed with tutti, or in the source tree that it was built in.
    static func folder() throws -> String {
        var parts = try CoordinatorPlace.executable().split(separator: "/").dropLast()
        var tried = ["/" + parts.dropLast().joined(separator: "/") + "/share/tutti/demo"]
        while !parts.isEmpty, tried.count < 7 {
            tried.append("/" + parts.joined(separator: "/") + "/Config/demo")
            parts.removeLast()
        }
        guard let found = tried.first(where: { access($0 + "/tutti.yaml", R_OK) == 0 }) else {
            throw TuttiError(
                .notFound, "The sample folders are not beside this program; \(tried[0]) does not exist.",
                hint:
                    "install tutti with: make install; or ask folders of your own: tutti ask \"…\" . --provider offline"
            )
        }
        return found
    }
}
