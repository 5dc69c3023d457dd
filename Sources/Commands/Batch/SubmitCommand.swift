import ArgumentParser
import Coordinator
import Glibc
import Model
import Settings
import Store

/// `tutti submit -- CMD ARG…`: any command as one job of the queue.
struct SubmitCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Any command as one job of the queue.",
        usage: "tutti submit [--priority N] [--pool NAME[=MAX]] [--key KEY] [-d] -- COMMAND [ARGUMENT …]",
        discussion: """
            The words behind -- are started as they are, in this folder, without a shell. What the command
            prints is the answer. It is recorded, waits for its turn among everything else, and goes on when
            you leave it (-d, or the key d).

            It gets PATH, HOME, the locale and the like, not the rest of this environment; more by env:
              tutti submit --pool deploy=1 -- env STAGE=test ./deploy.sh
            A failed command is not tried again unless --retries says so, and may take as long as it likes
            without --timeout. What you type needs no trust; settings of a project that is not trusted are
            left out.
            """)

    @Argument(parsing: .postTerminator, help: "The command and its arguments.") var words: [String] = []
    @Option(parsing: .unconditional, help: "From -20 to 20; higher ones start first.") var priority = 0
    @Option(help: ArgumentHelp("Takes a slot of this pool, which has at most MAX.", valueName: "name[=max]"))
    var pool: [String] = []
    @Option(help: "Submitting again with the same key starts nothing.") var key: String?
    @Option(help: "How long it may take: 10m.") var timeout: String?
    @Option(help: "Attempts after the first one.") var retries = 0
    @Option(help: "A name for the run.") var name: String?
    @Flag(name: [.short, .long], help: "Hand it to the background and return.") var detach = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { detach ? .records(DetachedTicket.fields) : .run }

    func run(in context: CommandContext) throws {
        try Priorities.check(priority, named: "--priority \(priority)")
        try ExactWords.check(words)
        let configuration = try settings(context)
        try AgentDepth.check(configuration, environment: context.environment)
        var request = SubmitRequest(words, in: context.directory, configuration)
        request.configFile = options.config
        request.name = name
        request.key = key
        request.priority = priority
        request.pools = try pool.map { text throws(TuttiError) in try SubmitCommand.pool(text) }
        request.timeout = try span()
        guard (0...99).contains(retries) else {
            throw TuttiError(.usage, "--retries \(retries) cannot be.", hint: "give a number from 0 to 99")
        }
        request.retries = retries
        request.isInteractive = !detach
        request.depth = AgentDepth.of(context.environment)
        let prepared = try PreparedRun(request, at: context.now)
        try checkProgram(context)
        let store = try context.storeForWriting(configuration)
        if detach { return try AskCommand.detach(prepared, store, options, context) }
        try AttendedRun.begin(prepared, kind: "submit", configuration.limits, store, rule: .any, context) { .init() }
    }

    /// The settings that hold: the project's among them only where they may be acted on.
    private func settings(_ context: CommandContext) throws(TuttiError) -> Configuration {
        let flags = options.db.map { [Configuration.Flag(key: "store", flag: "--db", value: $0)] } ?? []
        let configuration = try Configuration.load(
            directory: context.directory, explicit: options.config, environment: context.environment, flags: flags)
        for notice in configuration.notices { context.output.note("note: " + notice) }
        let trust = TrustStore(environment: context.environment)
        do throws(TuttiError) {
            try trust.require(configuration)
            return configuration
        } catch {
            // Whoever names a file means it.
            guard options.config == nil, context.environment["TUTTI_CONFIG"]?.isEmpty ?? true else { throw error }
            context.output.note(
                "note: \(configuration.projectFile ?? "tutti.yaml") is not trusted, so nothing of it holds here; see: tutti trust --diff"
            )
            return try Configuration.load(
                directory: context.directory, project: "/", environment: context.environment, flags: flags)
        }
    }

    private func span() throws(TuttiError) -> Duration? {
        guard let timeout else { return nil }
        guard let span = Quantity.duration(timeout), span > .zero else {
            throw TuttiError(.usage, "--timeout \(timeout) is not a span of time.", hint: "write 90s, 10m, 1h30m")
        }
        return span
    }

    private static func pool(_ text: String) throws(TuttiError) -> (name: String, max: Int?) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let isName =
            !name.isEmpty && name.utf8.count <= 100 && !name.contains(":") && !name.contains(where: \.isNewline)
        let max = parts.count > 1 ? Int(parts[1]) : nil
        guard isName, parts.count == 1 || (max.map { (1...100_000).contains($0) } ?? false) else {
            throw TuttiError(
                .usage, "--pool \(text) names no pool.",
                hint: "write --pool deploy, or --pool deploy=1 for one at a time")
        }
        return (name, max)
    }

    /// A program that is not there ends the command before anything is written.
    private func checkProgram(_ context: CommandContext) throws(TuttiError) {
        guard let program = words.first else { return }
        let named = program.contains("/") && !program.hasPrefix("/") ? context.directory + "/" + program : program
        guard ToolFinder.find(named, path: context.environment["PATH"]) == nil else { return }
        throw TuttiError(
            .notFound, "The command cannot be started: there is no executable \(program).",
            hint: program.contains(" ")
                ? "each word is one argument; for a line of the shell: tutti submit -- sh -c '\(program)'"
                : "check its name and PATH; built-ins of the shell need one: tutti submit -- sh -c '…'")
    }
}

/// Words that were typed, and that a program gets byte by byte.
enum ExactWords {
    /// Refuses words whose bytes are no text: they would reach the command changed.
    static func check(_ words: [String]) throws(TuttiError) {
        // What is no UTF-8 was replaced by this when the arguments were read.
        guard words.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) else { return }
        guard let line = try? FileBytes.read("/proc/self/cmdline"), String(validating: line, as: UTF8.self) == nil
        else { return }
        throw TuttiError(
            .badInput, "An argument of the command is not UTF-8, and would not reach it as it is.",
            hint: "put the command into a script, and submit that")
    }
}
