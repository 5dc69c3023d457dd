import Coordinator
import Model
import Store

/// Writes what a person wants of jobs in the queue, and says what came of it.
enum QueueWishes {
    /// What is told of each.
    static let fields = ["id", "kind", "wish", "jobs"]

    /// One wish for each of `ids`, made by `wish`; `done` is what was done to the jobs, for the person.
    static func make(
        _ ids: [String], _ done: String, _ options: GlobalOptions, _ context: CommandContext,
        _ wish: (Wish.Target) -> Wish
    ) throws {
        _ = try context.existingStore()
        let store = try context.storeForWriting()
        let targets = try store.read { reader in try ids.map { try target($0, reader) } }
        var records: [JSONObject] = []
        var lines: [(id: Identifier, kind: String, jobs: Int)] = []
        for (named, target) in targets {
            let wish = wish(target)
            let count = try store.writeAndWait { try $0.wish(wish, at: context.now) }
            records.append([
                "id": .string(named.id.text), "kind": .string(named.kind), "wish": .string(wish.word),
                "jobs": .integer(Int64(count)),
            ])
            lines.append((named.id, named.kind, count))
        }
        // Jobs of a run that nobody works on must be able to start now.
        try CoordinatorPlace.goOn(store, context)
        let listing = Listing(records: records, columns: fields) { _ in
            lines.map { line in
                let what = line.jobs == 0 ? "nothing to change" : "\(Amounts.count(line.jobs, "job")) \(done)"
                return "\(line.kind) \(line.id.short): \(what)"
            }
        }
        try listing.present(options, on: context.output)
    }

    private static func target(_ word: String, _ reader: StoreReader) throws -> (Named, Wish.Target) {
        let named = try reader.resolve(word)
        switch named {
        case .run(let id): return (named, .run(id))
        case .job(let id): return (named, .job(id))
        case .session(let id):
            guard let job = try reader.session(id)?.job else { throw ShowCommand.gone(named) }
            return (.job(job), .job(job))
        case .message, .thread:
            throw TuttiError(
                .usage, "\(word) is a \(named.kind), which does not wait in the queue.",
                hint: "name a run or a job; see: tutti queue ls")
        }
    }
}
