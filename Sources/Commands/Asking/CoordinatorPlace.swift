import CLinux
import Coordinator
import Glibc
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
        let environment = context.environment
        return Surroundings(
            kind: kind, environment: environment, tutti: try executable(),
            host: try HostExecutable.find(environment: environment),
            limits: limits, mayRun: { try TrustStore(environment: environment).require($0) })
    }

    /// Starts `tutti coordinate` in a session of its own: it claims what waits, and ends when nothing is left.
    static func startInBackground(store: Store) throws {
        let executable = try executable()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, tutti_spawn_setsid | Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 2, store.stateFolder + "/background.log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let words = [executable, "coordinate", "--db", store.path]
        var argv = words.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, &attributes, &argv, environ)
        guard failure == 0 else {
            throw TuttiError(
                .tryAgain, "Cannot start a coordinator in the background: \(String(cString: strerror(failure))).",
                hint: "run in the foreground instead, without --detach")
        }
    }
}
