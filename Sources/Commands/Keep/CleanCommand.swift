import ArgumentParser
import Coordinator
import Glibc
import Model
import Store

/// `tutti clean`: deletes runs that are over and old.
struct CleanCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Deletes runs that are over and old, with all that belongs to them.",
        usage: "tutti clean --older-than 30d [-n] [--keep-failed]\n       tutti clean --run ID [--run ID …] [-n]",
        discussion: """
            With a run go its jobs, sessions, conversations and events, what search knows of them, its
            tokens and money in tutti usage, answers that are kept for later runs, and the folders of its
            sessions with the recordings. What is not over is never touched, nor a run from which one
            that is not over takes answers (--resume). --older-than also removes folders of sessions that
            the store does not know.

            To keep what they cost, first: tutti usage --by run --format csv > costs.csv
            To keep all of it, first:      tutti backup FILE

            It works in short steps, so that others write meanwhile. What it was stopped at, the next one
            finishes.
            """)

    @Option(help: ArgumentHelp("Only runs that ended longer ago: 30d, 12h.", valueName: "span")) var olderThan: String?
    @Option(
        help: ArgumentHelp("This run, whenever it ended; again for more.", valueName: "id"), completion: .identifiers)
    var run: [String] = []
    @Flag(help: "Runs that failed stay.") var keepFailed = false
    @Flag(name: [.customShort("n"), .long], help: "Only show what would be deleted.") var dryRun = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(CleanReport.fields) }

    func run(in context: CommandContext) throws {
        var scope = DeletionScope()
        scope.keepsFailed = keepFailed
        scope.endedBefore = try moment(context.now)
        // What deletes must know which store is meant: no file with an error in it is passed over.
        _ = try context.configuration()
        _ = try context.existingStore()
        let store = try dryRun ? context.existingStore() : context.storeForWriting()
        scope.runs = try store.read { reader in try named(in: reader) }
        let plan = try Cleaning(store).plan(scope)
        // What was begun goes on without being named again.
        if olderThan == nil, run.isEmpty, plan.isEmpty {
            throw TuttiError(
                .usage, "Nothing says what may be deleted.",
                hint: "tutti clean --older-than 30d, or single runs: tutti clean --run ID; first look: --dry-run")
        }
        if dryRun || plan.isEmpty {
            return try CleanReport(plan: plan, isDryRun: dryRun, count: plan.count).present(options, context)
        }
        guard try Confirmation.ask("Delete \(CleanReport.words(plan.count))?", context) else {
            context.output.note("nothing was deleted")
            return
        }
        // Not before: whoever is asked and presses Ctrl+C has answered.
        let signals = Signals.listen([SIGINT, SIGTERM])
        let stop = Stop()
        let count = try Cleaning(store) {
            if let signal = signals.next() { stop.code = signal == SIGINT ? .interrupted : .terminated }
            return stop.code == nil
        }.perform(plan)
        let free = try store.read { try $0.freeBytes() }
        try CleanReport(plan: plan, isDryRun: false, count: count, freeBytes: free).present(options, context)
        if let code = stop.code {
            context.output.note("stopped; what was begun is finished by the next: tutti clean")
            throw Exit(code)
        }
    }

    /// Why it ends early.
    private final class Stop { var code: ExitCode? }

    private func moment(_ now: Timestamp) throws(TuttiError) -> Timestamp? {
        guard let olderThan else { return run.isEmpty ? Timestamp(milliseconds: 0) : nil }
        guard let span = Spans.milliseconds(olderThan), span >= 60_000 else {
            throw TuttiError(
                .usage, "--older-than \(olderThan) is not a span of at least a minute.",
                hint: "write 30d, 12h, 90m; a run that ended just now is named: --run ID")
        }
        return Timestamp(milliseconds: now.milliseconds - span)
    }

    private func named(in reader: StoreReader) throws -> Set<Identifier> {
        var runs: Set<Identifier> = []
        for word in run {
            let named = try reader.resolve(word)
            guard case .run(let id) = named else {
                // Not taken for its run: whoever points at one row does not mean all that was asked with it.
                let whole = try? Names.run(word, in: reader)
                throw TuttiError(
                    .usage, "\(word) is a \(named.kind), and only whole runs are deleted.",
                    hint: whole.map { "its run, with all that belongs to it: tutti clean --run \($0.short)" }
                        ?? "runs are in: tutti ps -a --columns run,run_name,module")
            }
            if let row = try reader.run(id), !row.state.isFinal {
                throw TuttiError(
                    .tryAgain, "Run \(id.short) still goes on; nothing was deleted.",
                    hint: "wait for it: tutti wait \(id.short); or stop it: tutti cancel \(id.short)")
            }
            if let other = try reader.unfinishedRuns(resuming: id).first {
                throw TuttiError(
                    .tryAgain,
                    "Run \(other.short) takes answers from run \(id.short) and still goes on; nothing was deleted.",
                    hint: "wait for it: tutti wait \(other.short); or stop it: tutti cancel \(other.short)")
            }
            runs.insert(id)
        }
        return runs
    }
}
