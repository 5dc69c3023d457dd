import ArgumentParser
import Coordinator
import Model
import Store

/// `tutti backup FILE`: a copy of the store, made while everything goes on.
struct BackupCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "A copy of the store, made while everything goes on.",
        usage: "tutti backup FILE [--yes]",
        discussion: """
            The copy is of one moment, is checked, and has its name only when it is whole. FILE must be new;
            --yes replaces it.

            In it is all that the store holds: runs, conversations, events, tokens and money, search. Not in
            it are the recordings in ~/.local/state/tutti: what logs --raw, logs --stderr and replay show,
            and what a session that is live now writes from now on. To keep these too, copy that folder
            after the store.

            To restore: when nothing works with the store any more (tutti ps, tutti doctor), move it away
            with its -wal and -shm beside it, and copy the backup to its place. What was unfinished in it,
            tutti recover brings to its end: from its recording where that is there, else as lost.
            """)

    @Argument(help: "The copy, a new file.", completion: .file()) var file: String
    @OptionGroup var options: GlobalOptions

    static let fields = [
        "file", "store", "bytes", "runs", "sessions", "messages", "newest_event", "integrity", "duration_ms",
    ]

    var shape: OutputShape? { .records(BackupCommand.fields) }

    func run(in context: CommandContext) throws {
        guard !file.isEmpty, file != "-" else {
            throw TuttiError(
                .usage, "A backup is a file, not a stream.", hint: "name one: tutti backup tutti-backup.db")
        }
        let store = try context.existingStore()
        let began = ContinuousClock.now
        let backup = try BackupWork(store, to: file, replacing: options.yes).follow(in: context)
        let took = began.duration(to: .now).wholeMilliseconds
        let record: JSONObject = [
            "file": .string(backup.path), "store": .string(store.path), "bytes": .integer(backup.bytes),
            "runs": .integer(Int64(backup.runs)), "sessions": .integer(Int64(backup.sessions)),
            "messages": .integer(Int64(backup.messages)), "newest_event": .integer(backup.newestEvent),
            "integrity": "ok", "duration_ms": .integer(took),
        ]
        let listing = Listing(
            records: [record], columns: ["file", "bytes", "messages"], identifier: "file", isSingle: true
        ) { surface in
            [
                "\(surface.safeLine(backup.path))   \(Amounts.bytes(backup.bytes))   "
                    + "\(Amounts.grouped(Int64(backup.runs))) runs, \(Amounts.grouped(Int64(backup.messages))) messages   "
                    + "integrity ok   \(Amounts.span(milliseconds: took))"
            ]
        }
        try listing.present(options, on: context.output)
    }
}
