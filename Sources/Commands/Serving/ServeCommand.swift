import ArgumentParser
import Coordinator
import Glibc
import Model
import Settings
import Store

/// `tutti serve`: the coordinator that stays, in this process.
struct ServeCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Does what waits, and what is due, until it is told to stop.",
        usage: "tutti serve [--detach]",
        discussion: """
            One process serves a store: it claims runs that wait (ask -d, batch run -d, retry -d), takes over what dead
            coordinators left, and fires schedules. A second one ends with status 75. Ctrl+C and SIGTERM stop it; sessions
            that live go on, and their runs are finished in the background. More: tutti help serving
            """)

    @Flag(name: [.short, .long], help: "Serve in the background, and return once it does.") var detach = false
    @Flag(help: ArgumentHelp("Write to the log, not to standard error.", visibility: .hidden)) var toLog = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(DaemonRecord.fields) }

    func run(in context: CommandContext) throws {
        if detach { return try DaemonStart(context).start(options, toleratesOther: false) }
        let log = toLog ? try ServeLog(environment: context.environment) : nil
        do {
            try serve(context, log)
        } catch let error where !(error is Exit) {
            log?.turn()
            throw error
        }
    }

    private func serve(_ context: CommandContext, _ log: ServeLog?) throws {
        let signals = Signals.listen([SIGINT, SIGTERM, SIGHUP])
        let store = try context.storeForRecovery()
        // Nothing of it lies in the folder that it was started in; that may go away.
        if toLog { chdir("/") }
        let manager = ServiceManager(environment: context.environment)
        let words = ServingWords(store: store, surface: context.output.notes)
        func say(_ line: String) {
            log?.turn()
            context.output.note("\(Timestamp.now.iso8601) \(line)")
        }
        let server = try Server(
            store: store, surroundings: try surroundings(context), watchdog: manager?.watchdog
        ) { say(words.line($0)) }
        server.onLife = { manager?.tell("WATCHDOG=1") }
        var status = ""
        server.onLoad = { load in
            let words = words.status(load)
            guard words != status else { return }
            status = words
            manager?.tell("STATUS=\(words)")
        }
        say("serving \(context.output.notes.safeLine(store.path)) as process \(getpid())")
        manager?.tell("READY=1")
        let result = Result { try server.serve(until: signals.descriptor) { signals.next() } }
        manager?.tell("STOPPING=1")
        if let signal = try? result.get() { say("stopping: \(ServingWords.name(ofSignal: signal))") }
        say(words.farewell(server.stop()))
        store.close()
        throw Exit(try result.get() == SIGINT ? .interrupted : .terminated)
    }

    private func surroundings(_ context: CommandContext) throws -> Surroundings {
        // The bounds of the machine, as this user set them; a project's own are in the runs themselves.
        let limits =
            (try? Configuration.load(directory: "/", environment: context.environment))?.limits ?? LimitSettings()
        var surroundings = try CoordinatorPlace.surroundings(
            kind: Coordinator.serving, context: context, limits: limits)
        // Only this process speaks for the service.
        surroundings.environment = ServiceManager.leavingOut(surroundings.environment)
        return surroundings
    }
}
