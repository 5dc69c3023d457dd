import ArgumentParser
import Coordinator
import Model
import Settings
import Store

/// `tutti schedule`: batches that run by themselves.
struct ScheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Batches that run by themselves, at their times.",
        subcommands: [
            ScheduleListCommand.self, ScheduleAddCommand.self, ScheduleRemoveCommand.self, ScheduleRunNowCommand.self,
        ], defaultSubcommand: ScheduleListCommand.self)
}

/// `tutti schedule ls`: all schedules, when each is due, and what came of it last.
struct ScheduleListCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "All schedules, when each is due, and what came of it last.",
        usage: "tutti schedule ls [--json]")

    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(ScheduleTable.fields) }

    func run(in context: CommandContext) throws {
        guard let store = try context.storeForReading() else {
            return try ScheduleTable([], isServed: false, at: context.now).listing.present(options, on: context.output)
        }
        defer { store.close() }
        let table = ScheduleTable(
            try store.read { try $0.schedules() }, isServed: ServingLock.isHeld(in: store.stateFolder), at: context.now)
        try table.listing.present(options, on: context.output)
    }
}

/// `tutti schedule rm`: a batch that runs by itself no longer.
struct ScheduleRemoveCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes schedules; what runs goes on.", usage: "tutti schedule rm NAME …")

    @Argument(help: "Schedules, by name or identifier.", completion: .schedules) var names: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(["id", "name", "removed"]) }

    func run(in context: CommandContext) throws {
        _ = try context.existingStore()
        let store = try context.storeForWriting()
        defer { store.close() }
        let rows = try store.read { reader in try names.map { try reader.schedule(named: $0) } }
        let removed = try store.writeAndWait { writer in try rows.map { try writer.removeSchedule($0.id) } }
        let records: [JSONObject] = zip(rows, removed).map { row, removed in
            ["id": .string(row.id.text), "name": .string(row.name), "removed": .bool(removed)]
        }
        try Listing(records: records, columns: ["id", "name", "removed"]) { surface in
            rows.map { "schedule \(surface.safeLine($0.name)) is removed" }
        }.present(options, on: context.output)
    }
}

/// `tutti schedule run-now`: a run of a schedule that does not wait for its time.
struct ScheduleRunNowCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-now", abstract: "Begins a run of a schedule at once, in the background.",
        usage: "tutti schedule run-now NAME",
        discussion: "Its times are not changed by it. A run that goes on is not waited for.")

    @Argument(help: "A schedule, by name or identifier.", completion: .schedules) var name: String
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(DetachedTicket.fields) }

    func run(in context: CommandContext) throws {
        _ = try context.existingStore()
        let store = try context.storeForWriting()
        defer { store.close() }
        let row = try store.read { try $0.schedule(named: name) }
        let batch = try ScheduledBatch(row.draft, environment: context.environment)
        try AgentDepth.check(batch.configuration, environment: context.environment)
        try TrustStore(environment: context.environment).require(batch.configuration)
        let prepared = try batch.prepare(.person, depth: AgentDepth.of(context.environment), at: context.now)
        // Asked before anything is written: a run that nobody could ever start must not be accepted.
        _ = try CoordinatorPlace.surroundings(kind: "background", context: context, limits: LimitSettings())
        let ticket = try Coordinator.enqueue(prepared, of: row.id, in: store)
        try CoordinatorPlace.goOn(store, new: ticket.run, context)
        try DetachedTicket.present(ticket, options, context)
    }
}
