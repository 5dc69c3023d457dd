import ArgumentParser
import Glibc
import Model
import Settings
import Store

extension CompletionKind {
    /// Identifiers of the newest runs and sessions, from the store; runs nothing.
    static var identifiers: CompletionKind { .custom { _, _, _ in Completions.identifiers() } }

    /// Names of the project's modules, from its settings; runs nothing.
    static var modules: CompletionKind { .custom { _, _, _ in Completions.modules() } }

    /// What can be paused: names of modules and providers, from the settings; runs nothing.
    static var pools: CompletionKind { .custom { _, _, _ in Completions.modules() + Completions.providers() } }

    /// Names of schedules, from the store; runs nothing.
    static var schedules: CompletionKind { .custom { _, _, _ in Completions.schedules() } }

    /// Names of providers, from the settings; runs nothing.
    static var providers: CompletionKind { .custom { _, _, _ in Completions.providers() } }
}

/// What the shell may offer beside options.
enum Completions {
    /// Every failure means only that nothing is offered.
    static func identifiers() -> [String] {
        guard let store = store() else { return [] }
        var filter = ListFilter()
        filter.limit = 30
        let found = try? store.read { reader in
            try reader.runs(filter).map(\.id.short) + reader.sessions(filter).map(\.id.short)
        }
        return ["@last", "@last-failed"] + (found ?? [])
    }

    static func schedules() -> [String] {
        let rows = store().flatMap { store in try? store.read { try $0.schedules() } }
        return rows?.map(\.name) ?? []
    }

    static func modules() -> [String] { configuration()?.modules.map(\.name) ?? [] }

    static func providers() -> [String] { configuration()?.providers.names ?? ProviderCatalog.builtInNames }

    private static func store() -> Store? {
        guard let configuration = configuration(),
            let place = try? StorePlace.resolve(configuration: configuration, environment: variables()),
            access(place.path, R_OK) == 0
        else { return nil }
        return try? Store.open(place.path, access: .readOnly, stateHome: Places(environment: variables()).state)
    }

    private static func configuration() -> Configuration? {
        try? Configuration.load(directory: ".", environment: variables())
    }

    /// The variables of this process; the shell asks by starting the program, without a command's context.
    private static func variables() -> [String: String] {
        var result: [String: String] = [:]
        for name in [
            "HOME", "PATH", "TUTTI_CONFIG", "TUTTI_DB", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME",
            "XDG_STATE_HOME",
        ] {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }
}
