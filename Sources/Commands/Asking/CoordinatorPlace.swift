import Coordinator
import Model
import Sessions
import Settings
import Store

/// What a coordinator needs of this process, and how one is started beside it.
enum CoordinatorPlace {
    /// The path of the running program.
    static func executable() throws(TuttiError) -> String {
        guard let path = HostExecutable.runningExecutable() else {
            throw TuttiError(.badConfiguration, "Cannot find the running program in /proc.", hint: "mount /proc")
        }
        return path
    }

    /// The surroundings of a coordinator in this process.
    static func surroundings(kind: String, context: CommandContext, limits: LimitSettings) throws -> Surroundings {
        try Surroundings.find(kind: kind, environment: context.environment, limits: limits, tutti: try executable())
    }

    /// Starts a coordinator in the background where work is left that nobody does: runs that wait to be claimed, or that one
    /// left which died; `new` is one of these. Somebody else's work is theirs to go on with.
    ///
    /// In a session everything ends with it: there only a new run has one started, and only where nobody else lives who would.
    static func goOn(_ store: Store, new: Identifier? = nil, _ context: CommandContext) throws {
        guard store.isOwn, try Coordinator.hasWork(store) else { return }
        if context.environment["TUTTI_SESSION"] != nil {
            guard new != nil, try !store.read({ try $0.coordinators().contains(where: \.isAlive) }) else { return }
        }
        try startInBackground(store: store, environment: context.environment)
    }

    /// Sees to it, for a command that follows something, that it goes on. Nil where this process is not the one to do so: of
    /// somebody else's store, of a copy, and in a session, whose processes end with it.
    static func watch(_ store: Store, _ context: CommandContext) -> OrphanWatch? {
        guard store.isOwn, store.isAtHome, context.environment["TUTTI_SESSION"] == nil else { return nil }
        return (try? executable()).map { OrphanWatch(tutti: $0, environment: context.environment, isPatient: true) }
    }

    /// Starts a coordinator that outlives this process: it claims what waits, and ends when nothing is left.
    ///
    /// Where somebody serves the store, that is not needed: what was committed before is seen there. (A server that
    /// ends looks once more after it has given up its lock.)
    private static func startInBackground(store: Store, environment: [String: String]) throws {
        if ServingHolder.isReliable(in: store.stateFolder) { return }
        try BackgroundCoordinator.start(tutti: try executable(), store: store.path, environment: environment)
    }
}
