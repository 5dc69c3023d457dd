import ArgumentParser
import Coordinator
import Model
import Scheduler
import Store

/// `tutti why`: what a job waits for, in a sentence, and roughly how long.
struct WhyCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "What a job waits for, in a sentence, and roughly how long.",
        usage: "tutti why ID …")

    @Argument(help: "Jobs, or runs with all their jobs.", completion: .identifiers) var ids: [String]
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let store = try context.existingStore()
        let now = context.now
        let (view, jobs) = try store.read { reader in
            (try QueueView(reader, now: now), try ids.flatMap { try WhyCommand.jobs($0, reader) })
        }
        let known = Dictionary(view.entries.map { ($0.job.id, $0) }) { first, _ in first }
        let entries = jobs.map { known[$0.id] ?? QueueView.Entry(job: $0) }
        let listing = Listing(
            records: entries.map { QueueTable.record($0, at: now) },
            columns: ["id", "module", "state", "waits_for", "expected_ms"]
        ) { surface in
            entries.map { entry in
                let name = surface.safeLine(entry.job.module ?? entry.job.kind)
                return "\(entry.job.id.short)  \(name)  \(surface.safeLine(WhyCommand.sentence(entry, at: now)))"
            }
        }
        try listing.present(options, on: context.output)
    }

    /// What is to be said of a job, whether or not it waits.
    static func sentence(_ entry: QueueView.Entry, at now: Timestamp) -> String {
        let job = entry.job
        if let waiting = entry.waiting { return waiting.sentence }
        switch job.state {
        case .running:
            let since = now.milliseconds - (job.startedAt ?? job.createdAt).milliseconds
            return "It runs, since \(Amounts.age(milliseconds: since))."
        default:
            return "It is over: \(job.state.rawValue)" + (job.failure.map { ": \($0)" } ?? ".")
        }
    }

    private static func jobs(_ word: String, _ reader: StoreReader) throws -> [JobRow] {
        let named = try reader.resolve(word)
        var filter = ListFilter()
        filter.limit = .max
        switch named {
        case .run(let id): filter.runs = [id]
        case .job(let id): filter.jobs = [id]
        case .session(let id): filter.jobs = Set([try reader.session(id)?.job].compactMap { $0 })
        case .message(let id): filter.jobs = Set([try reader.message(id)?.job].compactMap { $0 })
        case .thread:
            throw TuttiError(
                .usage, "\(word) is a thread, which does not wait.", hint: "name a job; see: tutti queue ls")
        }
        return try reader.jobs(filter).sorted { $0.position < $1.position }
    }
}
