import ArgumentParser
import Coordinator
import Glibc
import Model
import Sessions
import Store

/// `tutti daemon`: the serving coordinator as a process in the background.
struct DaemonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "The serving coordinator in the background: start, stop, status, install.",
        subcommands: [
            DaemonStartCommand.self, DaemonStopCommand.self, DaemonStatusCommand.self, DaemonInstallCommand.self,
        ], defaultSubcommand: DaemonStatusCommand.self)
}

/// `tutti daemon start`: serves in the background, if nobody does.
struct DaemonStartCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Starts to serve in the background, and waits until it does.",
        usage: "tutti daemon start",
        discussion: "Nothing is done when somebody serves the store already.")

    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(DaemonRecord.fields) }

    func run(in context: CommandContext) throws { try DaemonStart(context).start(options, toleratesOther: true) }
}

/// `tutti daemon stop`: ends the process that serves, and no other.
struct DaemonStopCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ends whoever serves the store, and waits for the end.",
        usage: "tutti daemon stop",
        discussion: "Sessions that live go on, and their runs are finished in the background.")

    @OptionGroup var options: GlobalOptions

    /// How long a coordinator may take to hand over.
    private static let patience: Int32 = 60_000

    var shape: OutputShape? { .records(["stopped", "pid", "runs", "sessions"]) }

    func run(in context: CommandContext) throws {
        guard let store = try context.storeForReading(), let holder = ServingHolder.find(in: store.stateFolder) else {
            return try present(nil, 0, 0, context)
        }
        guard let process = holder.process, !process.isElsewhere else {
            throw TuttiError(
                .tryAgain, "The process that serves \(store.path) cannot be told apart from here.",
                hint: holder.process == nil
                    ? "it has only just begun; try again"
                    : "it runs in another container: stop it there")
        }
        let load = try holder.coordinator.map { id in try store.read { try $0.load(of: id) } }
        if let target = RecordedProcess(process) {
            guard target.signal(SIGTERM) || target.waitForEnd(milliseconds: 0) else {
                throw TuttiError(
                    .notAllowed, "Process \(process.pid) cannot be signalled: \(String(cString: strerror(errno))).",
                    hint: "stop it as the user whose it is")
            }
            guard target.waitForEnd(milliseconds: Self.patience) else {
                throw TuttiError(
                    .timedOut, "Process \(process.pid) was told to end \(Self.patience / 1000) s ago and has not.",
                    hint: "nothing is lost by kill -9 \(process.pid): its work is taken over")
            }
        }
        try present(process.pid, load?.runs ?? 0, load?.sessions ?? 0, context)
    }

    private func present(_ pid: Int32?, _ runs: Int, _ sessions: Int, _ context: CommandContext) throws {
        let record: JSONObject = [
            "stopped": .bool(pid != nil), "pid": .optional(pid.map { Int64($0) }), "runs": .integer(Int64(runs)),
            "sessions": .integer(Int64(sessions)),
        ]
        try Listing(records: [record], columns: ["stopped", "pid"], identifier: "pid", isSingle: true) { _ in
            guard let pid else { return ["nobody serves this store"] }
            guard runs > 0 else { return ["stopped process \(pid)"] }
            let work = ServingWords.amount(runs, sessions)
            return [
                "stopped process \(pid); \(work) \(runs == 1 ? "goes" : "go") on in the background    see: tutti ps"
            ]
        }.present(options, on: context.output)
    }
}

/// `tutti daemon status`: who serves the store, and what it is at.
struct DaemonStatusCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Who serves the store, and what it has on its hands.",
        usage: "tutti daemon status [--json]", discussion: "The exit status is 0 when somebody serves, else 1.")

    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(DaemonRecord.fields) }

    func run(in context: CommandContext) throws {
        let record = try DaemonRecord(context)
        try record.present(options, context)
        if !record.isRunning { throw Exit(.someFailed) }
    }
}
