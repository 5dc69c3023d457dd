import ArgumentParser
import Batch
import Coordinator
import Model
import Scheduler
import Settings
import Store

/// `tutti schedule add`: a batch that runs by itself from now on.
struct ScheduleAddCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Has a batch run by itself, at the times in its file or at these.",
        usage: "tutti schedule add FILE [--cron \"0 3 * * *\" [--timezone ZONE] [--set NAME=VALUE …]] [--name NAME]",
        discussion: """
            Without --cron the entries of the file's `schedule:` count. Added again, a schedule of the same name is changed.
            The batch file, its prompt files and the programs of its folder are trusted as they are now: when one of them
            changes, the schedule does not run until it is added again. A coordinator must serve: tutti daemon start
            """)

    @Argument(help: "A batch file, or a prompt file.", completion: .batchFiles) var file: String
    @Option(help: "Minute, hour, day of the month, month and weekday.") var cron: String?
    @Option(help: "Where the clock hangs, such as Europe/Zurich; the machine's when left out.") var timezone: String?
    @Option(help: ArgumentHelp("The value of an input.", valueName: "name=value")) var set: [String] = []
    @Option(help: "What it is called; the name of the batch when left out.") var name: String?
    @Option(help: "When the run before goes on: skip, queue or replace.") var overlap: String?
    @Option(help: "Times that passed while nobody served: none, latest or all.") var catchUp: String?
    @Option(help: "How late a run may begin, a minute at least; no limit when left out.") var grace: String?
    @Option(help: "A run begins later by up to this, and before the next.") var jitter: String?
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(ScheduleTable.fields) }

    func run(in context: CommandContext) throws {
        let source = try BatchSource(file)
        let batch = try source.file()
        let drafts = try drafts(of: batch, source, context)
        let configuration = try context.configuration(project: source.folder.root)
        try AgentDepth.check(configuration, environment: context.environment)
        try TrustStore(environment: context.environment).require(configuration)
        // What could never run is refused while somebody is there to be told.
        for draft in drafts {
            guard try Schedule(draft).start(after: context.now) != nil else {
                throw TuttiError(
                    .usage, "The time \"\(draft.cron)\" never comes.",
                    hint: "is there such a day in that month? \"0 3 * * MON-FRI\" is 03:00 from Monday to Friday")
            }
            _ = try ScheduledBatch(draft, source, batch, environment: context.environment)
                .prepare(.person, at: context.now)
        }
        let store = try context.storeForWriting(configuration)
        defer { store.close() }
        let (ids, gone) = try store.writeAndWait { [isWholeFile = cron == nil] writer in
            try ScheduleAddCommand.write(drafts, isWholeFile: isWholeFile, writer)
        }
        let rows = try store.read { try $0.schedules() }.filter { ids.contains($0.id) }
        for name in gone {
            context.output.note("note: schedule \(name) is removed: the entries of the file take its place")
        }
        let isServed = ServingLock.isHeld(in: store.stateFolder)
        try ScheduleTable(rows, isServed: isServed, at: context.now).listing.present(options, on: context.output)
    }

    /// Writes them; the identifiers that they have, and the names of the file's former entries, which are removed.
    private static func write(
        _ drafts: [ScheduleDraft], isWholeFile: Bool, _ writer: StoreWriter
    ) throws -> (Set<Identifier>, [String]) {
        let old = try writer.reader.schedules()
        for draft in drafts {
            guard let other = old.first(where: { $0.name == draft.name }), other.draft.file != draft.file else {
                continue
            }
            throw TuttiError(
                .usage, "There is a schedule \(draft.name) already, of \(other.draft.file).",
                hint: "give this one another name: --name NAME")
        }
        let ids = try drafts.map { try writer.put($0) }
        let gone = old.filter { row in
            isWholeFile && row.draft.origin == .file && row.draft.file == drafts.first?.file && !ids.contains(row.id)
        }
        for row in gone { try writer.removeSchedule(row.id) }
        return (Set(ids), gone.map(\.name))
    }

    private func drafts(
        of batch: BatchFile, _ source: BatchSource, _ context: CommandContext
    ) throws -> [ScheduleDraft] {
        let base = name ?? batch.name
        guard !base.allSatisfy(\.isWhitespace) else {
            throw TuttiError(.usage, "A schedule needs a name.", hint: "give one: --name NAME")
        }
        let trusted = source.fingerprints(of: batch)
        func draft(_ name: String, _ origin: ScheduleDraft.Origin, cron: String) -> ScheduleDraft {
            ScheduleDraft(
                name: name, file: source.fullPath, directory: context.directory,
                configFile: settingsFile(context),
                origin: origin, cron: cron, trusted: trusted, createdAt: context.now)
        }
        guard let cron else {
            guard [timezone, overlap, catchUp, grace, jitter].allSatisfy({ $0 == nil }), set.isEmpty else {
                throw TuttiError(
                    .usage, "These options belong to --cron: the file's own entries say all of that.",
                    hint: "give --cron \"0 3 * * *\", or change `schedule:` in \(file)")
            }
            guard !batch.schedules.isEmpty else {
                throw TuttiError(
                    .usage, "\(file) has no `schedule:`.", hint: "write one, or give --cron \"0 3 * * *\"")
            }
            return batch.schedules.enumerated().map { index, entry in
                var draft = draft(index == 0 ? base : "\(base)-\(index + 1)", .file, cron: entry.cron)
                draft.timeZone = entry.timeZone
                draft.overlap = entry.overlap.rawValue
                draft.catchUp = entry.catchUp.rawValue
                draft.grace = entry.grace
                draft.jitter = entry.jitter
                draft.inputs = entry.given
                return draft
            }
        }
        do throws(CronError) { _ = try CronExpression(cron) } catch {
            throw TuttiError(
                .usage, "--cron \(cron): \(error.message)", hint: "\"0 3 * * MON-FRI\" is 03:00 from Monday to Friday")
        }
        var draft = draft(base, .command, cron: cron)
        draft.timeZone = timezone
        draft.overlap = try word(overlap, "--overlap", Schedule.Overlap.allCases.map(\.rawValue)) ?? draft.overlap
        draft.catchUp = try word(catchUp, "--catch-up", Schedule.CatchUp.allCases.map(\.rawValue)) ?? draft.catchUp
        draft.grace = try span(grace, "--grace")
        draft.jitter = try span(jitter, "--jitter") ?? .zero
        draft.inputs = try batch.inputValues(given: try BatchSource.given(set))
        return [draft]
    }

    /// The file that names the settings in place of the project's own: whoever fires it has another environment.
    private func settingsFile(_ context: CommandContext) -> String? {
        let named = options.config ?? context.environment["TUTTI_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        return named.map { $0.hasPrefix("/") ? $0 : context.directory + "/" + $0 }
    }

    private func word(_ text: String?, _ option: String, _ words: [String]) throws(TuttiError) -> String? {
        guard let text, !words.contains(text) else { return text }
        throw TuttiError(
            .usage, "\(option) \(text) is not known.",
            hint: Suggestion.start(for: text, among: words) + "one of: " + words.joined(separator: ", "))
    }

    private func span(_ text: String?, _ option: String) throws(TuttiError) -> Duration? {
        guard let text else { return nil }
        guard let span = Quantity.duration(text), span >= .zero else {
            throw TuttiError(.usage, "\(option) \(text) is not a span of time.", hint: "write 90s, 10m, 1h30m")
        }
        return span
    }
}
