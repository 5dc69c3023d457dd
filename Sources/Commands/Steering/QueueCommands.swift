import ArgumentParser
import Coordinator
import Model
import Store

/// `tutti queue`: what waits, and in which order.
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "What waits, for what, and in which order.",
        subcommands: [
            QueueListCommand.self, QueueHoldCommand.self, QueueReleaseCommand.self, QueueMoveCommand.self,
            QueuePriorityCommand.self,
        ], defaultSubcommand: QueueListCommand.self)
}

/// `tutti queue ls`: all jobs that are not over, each with what it waits for.
struct QueueListCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "All jobs that wait or run, and what each waits for.",
        usage: "tutti queue ls [--limit N] [--json]")

    @Option(help: "At most so many, those that come first.") var limit = 100
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        guard let store = try context.storeForReading() else {
            return try QueueTable.listing([], of: 0, pools: [], at: context.now).present(options, on: context.output)
        }
        guard limit > 0 else {
            throw TuttiError(.usage, "--limit \(limit) shows nothing.", hint: "give a number from 1 on")
        }
        let view = try store.read { try QueueView($0, now: context.now, most: limit) }
        // Under a table it stands as its last line.
        if options.json != nil || options.format != nil || options.plain,
            let cut = QueueTable.cut(view.entries, of: view.count)
        {
            context.output.note("note: " + cut)
        }
        try QueueTable.listing(view.entries, of: view.count, pools: view.pools, at: context.now)
            .present(options, on: context.output)
    }
}

/// `tutti queue hold`: jobs that must not start.
struct QueueHoldCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keeps jobs from starting; what runs goes on.", usage: "tutti queue hold ID …")

    @Argument(help: "Runs or jobs.", completion: .identifiers) var ids: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(QueueWishes.fields) }

    func run(in context: CommandContext) throws {
        try QueueWishes.make(ids, "held", options, context) { .hold($0) }
    }
}

/// `tutti queue release`: held jobs that may start again.
struct QueueReleaseCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets held jobs start again.", usage: "tutti queue release ID …")

    @Argument(help: "Runs or jobs.", completion: .identifiers) var ids: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(QueueWishes.fields) }

    func run(in context: CommandContext) throws {
        try QueueWishes.make(ids, "released", options, context) { .release($0) }
    }
}

/// `tutti queue move`: jobs that go before the others of their run.
struct QueueMoveCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Puts jobs before the others of their run that have the same priority.",
        usage: "tutti queue move ID …")

    @Argument(help: "Runs or jobs.", completion: .identifiers) var ids: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(QueueWishes.fields) }

    func run(in context: CommandContext) throws {
        try QueueWishes.make(ids, "moved to the front", options, context) { .moveToFront($0) }
    }
}

/// `tutti queue prio`: another priority for jobs that wait.
struct QueuePriorityCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "prio", abstract: "Gives jobs another priority, from -20 to 20; higher ones start first.",
        usage: "tutti queue prio PRIORITY ID …")

    @Argument(help: "From -20 to 20.", completion: .list(["-20", "-10", "0", "10", "20"])) var priority: Int
    @Argument(help: "Runs or jobs.", completion: .identifiers) var ids: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(QueueWishes.fields) }

    func run(in context: CommandContext) throws {
        try Priorities.check(priority, named: "\(priority)")
        try QueueWishes.make(ids, "given priority \(priority)", options, context) { .prioritise($0, priority) }
    }
}

/// The priorities that there are.
enum Priorities {
    /// Throws exit status 64 for what lies outside; `name` is how it was typed.
    static func check(_ priority: Int, named name: String) throws(TuttiError) {
        guard (-20...20).contains(priority) else {
            throw TuttiError(
                .usage, "\(name) is no priority.", hint: "give a number from -20 to 20; higher ones start first")
        }
    }
}
