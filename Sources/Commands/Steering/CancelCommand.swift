import ArgumentParser
import Coordinator
import Model
import Store

/// `tutti cancel`: stops runs, jobs or sessions, whoever started them.
struct CancelCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stops runs, jobs or sessions.", usage: "tutti cancel ID …")

    @Argument(help: "Runs, jobs, sessions.", completion: .identifiers) var ids: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(CancelWish.fields) }

    func run(in context: CommandContext) throws {
        _ = try context.existingStore()
        let store = try context.storeForWriting()
        let targets = try store.read { reader in
            try ids.map { word in
                let named = try reader.resolve(word)
                switch named {
                case .run, .job, .session: return named
                case .message(let id):
                    guard let job = try reader.message(id)?.job else { throw CancelCommand.unusable(word, named) }
                    return .job(job)
                case .thread: throw CancelCommand.unusable(word, named)
                }
            }
        }
        let now = context.now
        let wishes = try targets.map { target in
            let before = try store.read { try CancelWish.standing(of: target, in: $0) }
            let count = try store.writeAndWait { try $0.requestCancel([target], at: now) }
            return CancelWish(target: target, before: before, jobs: count)
        }
        let count = wishes.reduce(0) { $0 + $1.jobs }
        // Who works on it sees the wish. Where nobody lives to see it, a coordinator is started that does.
        if count > 0 { try CoordinatorPlace.goOn(store, context) }
        let listing = Listing(
            records: wishes.map(\.record), columns: ["id", "kind", "cancelled", "standing", "since"]
        ) { surface in
            wishes.map { $0.line(at: now, on: surface) }
                + (count > 0 ? ["wait for the end: tutti wait " + targets.map(\.id.short).joined(separator: " ")] : [])
        }
        try listing.present(options, on: context.output)
    }

    private static func unusable(_ word: String, _ named: Named) -> TuttiError {
        TuttiError(
            .usage, "\(word) is a \(named.kind), which cannot be stopped.",
            hint: "name a run, job or session; see: tutti ps")
    }
}
