import Coordinator
import EventLoop
import Model
import Store

/// Sees to it that what a command follows goes on when nobody works on it any more, or says that it does not.
struct Continuation {
    private let runs: Set<Identifier>
    private let output: Output
    private var watch: OrphanWatch?
    private var next = Monotonic.now + .seconds(5)
    private var isTold = false

    /// For a command that follows `targets` in `store`.
    init(of targets: [Named], in store: Store, _ context: CommandContext) throws {
        runs = try store.read { reader in Set(try targets.compactMap { try Names.run(of: $0, in: reader) }) }
        output = context.output
        watch = CoordinatorPlace.watch(store, context)
    }

    /// Looks, every few seconds.
    mutating func look(in store: Store) {
        if watch != nil {
            watch?.look(in: store, at: .now)
        } else if !isTold, next <= .now {
            next = .now + .seconds(5)
            guard let abandoned = try? store.read({ try $0.abandonedRuns() }), !runs.isDisjoint(with: abandoned) else {
                return
            }
            isTold = true
            output.note("nobody works on it; its owner goes on with it: tutti recover --db \(store.path)")
        }
    }
}
