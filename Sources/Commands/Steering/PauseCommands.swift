import ArgumentParser
import Coordinator
import Model
import Settings
import Store

/// `tutti pause`: nothing new starts with a provider, in a module, or at all.
struct PauseCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Starts nothing new with a provider, in a module, or at all.",
        usage: "tutti pause [PROVIDER|MODULE …]", discussion: "Without a name nothing at all starts. What runs goes on."
    )

    @Argument(help: "Providers, modules, or pools as `tutti queue ls` names them.", completion: .pools) var names:
        [String] = []
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(PoolWishes.fields) }

    func run(in context: CommandContext) throws {
        try PoolWishes.make(
            names, "starts nothing new    go on: tutti unpause", options, context, namesPool: true
        ) { .pause($0) }
    }
}

/// `tutti unpause`: what was paused may start again.
struct UnpauseCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Lets start again what was paused.",
        usage: "tutti unpause [PROVIDER|MODULE …]")

    @Argument(help: "What was paused.", completion: .pools) var names: [String] = []
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(PoolWishes.fields) }

    func run(in context: CommandContext) throws {
        try PoolWishes.make(names, "may start again", options, context, about: { $0.pausedAt != nil }) { .unpause($0) }
    }
}

/// `tutti reset`: the cause of a crash loop is gone.
struct ResetCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Lets start again what broke as soon as it started.",
        usage: "tutti reset PROVIDER|MODULE …",
        discussion: "Five attempts that break within ten seconds close their module until this is said.")

    @Argument(help: "Providers or modules.", completion: .pools) var names: [String]
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(PoolWishes.fields) }

    func run(in context: CommandContext) throws {
        try PoolWishes.make(names, "is tried again", options, context, about: { $0.standing == "blocked" }) {
            .reset($0)
        }
    }
}

/// Writes what a person wants of pools, and says what came of it.
enum PoolWishes {
    /// What is told of each.
    static let fields = ["id", "wish"]

    /// One wish for each of `names`, made by `wish`; without names for everything.
    ///
    /// Where a provider and a module have the same name, the one is meant that `isMeant` says can be meant. With `namesPool`
    /// what is told ends with the pool: it is a command about it.
    static func make(
        _ names: [String], _ done: String, _ options: GlobalOptions, _ context: CommandContext,
        about isMeant: (PoolRow) -> Bool = { _ in false }, namesPool: Bool = false, _ wish: (Pool) -> Wish
    ) throws {
        let configuration = try context.readableConfiguration()
        let store = try context.storeForWriting()
        let known = try store.read { try $0.pools() }
        let pools =
            try names.isEmpty
            ? [.global]
            : names.map { try pool($0, configuration, known.map(\.pool), known.filter(isMeant).map(\.pool)) }
        for pool in pools {
            let wish = wish(pool)
            try store.writeAndWait { _ = try $0.wish(wish, at: context.now) }
        }
        // What waited for this may be left by a coordinator that died meanwhile.
        try CoordinatorPlace.goOn(store, context)
        let listing = Listing(
            records: pools.map { ["id": .string($0.text), "wish": .string(wish($0).word)] }, columns: fields
        ) { surface in
            pools.map { pool in
                let name = surface.safeLine(pool.text)
                return "\(name) \(done)" + (namesPool && pool != .global ? " \(name)" : "")
            }
        }
        try listing.present(options, on: context.output)
    }

    /// What `name` means: a pool as it is written, a provider, or a module.
    private static func pool(
        _ name: String, _ configuration: Configuration, _ known: [Pool], _ likely: [Pool]
    ) throws(TuttiError) -> Pool {
        if let pool = Pool(name) { return pool }
        let candidates: [Pool] = [.provider(name), .module(name), .named(name)]
        if let pool = candidates.first(where: likely.contains) { return pool }
        if configuration.providers.names.contains(name) { return .provider(name) }
        if configuration.modules.contains(where: { $0.name == name }) { return .module(name) }
        if let pool = candidates.first(where: known.contains) { return pool }
        let words = configuration.providers.names + configuration.modules.map(\.name)
        throw TuttiError(
            .notFound, "There is no provider and no module \"\(name)\".",
            hint: (Suggestion.nearest(to: name, among: words).map { "did you mean \($0)? " } ?? "")
                + "see: tutti provider ls, tutti module ls")
    }
}
