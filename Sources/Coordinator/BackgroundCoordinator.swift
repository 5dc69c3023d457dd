import CLinux
import Foundation
import Glibc
package import Model

/// Starts `tutti recover` as a process of its own that outlives this one and its terminal.
package enum BackgroundCoordinator {
    /// Starts it for the store at `path`; throws a `TuttiError` (exit 73) when the system refuses.
    ///
    /// It claims what waits, finishes it and ends by itself. Starting one too many does no harm: it finds nothing to do.
    /// Returns its process id. Whoever does not say that it waits for it by itself need not: nothing is left of it in a process
    /// that lives on.
    @discardableResult
    package static func start(
        tutti: String, store path: String, environment: [String: String], isWaitedFor: Bool = false
    ) throws(TuttiError) -> Int32 {
        let (pid, result) = DetachedProcess.start([tutti, "recover", "--db", path], environment: environment)
        guard result == 0 else {
            throw TuttiError(
                .cannotCreate, "Cannot start \(tutti) in the background: \(String(cString: strerror(result))).",
                hint: "The run is queued and nothing is lost; start it with: tutti recover")
        }
        if !isWaitedFor { Thread.detachNewThread { while waitpid(pid, nil, 0) < 0 && errno == EINTR {} } }
        return pid
    }
}

/// Starts programs that share neither the terminal nor the descriptors of this process.
enum DetachedProcess {
    /// Starts `words`, whose first is the program's path. The process, and the system's number when there is none (else 0).
    static func start(_ words: [String], environment: [String: String]) -> (pid: Int32, error: Int32) {
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A session of its own: the hang-up of this terminal does not reach it.
        let flags = Int32(tutti_spawn_setsid_flag()) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0.key + "=" + $0.value) } + [nil]
        defer { for word in arguments + variables { free(word) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        return (error == 0 ? pid : 0, error)
    }
}
