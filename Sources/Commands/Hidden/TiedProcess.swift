import CLinux
import Glibc
import Model

/// `tutti tied PID COMMAND …`: becomes the command, which dies with PID, who started it. For checks that a coordinator waits
/// for.
enum TiedProcess {
    /// Returns only where the command cannot be started: 127, as shells say it.
    static func run(_ words: [String]) -> Int32 {
        guard let parent = words.first.flatMap({ pid_t($0) }), let name = words.dropFirst().first else {
            return ExitCode.usage.rawValue
        }
        _ = tutti_set_parent_death_signal(SIGKILL)
        // It may have died before this was asked for; whoever is the parent then, is another one. A parent may be number 1:
        // where Tutti is all that a container runs.
        guard getppid() == parent else { return ExitCode.cancelledByOther.rawValue }
        _ = tutti_close_on_exec_from(3)
        var argv: [UnsafeMutablePointer<CChar>?] = words.dropFirst().map { strdup($0) } + [nil]
        execvp(name, &argv)
        let reason = "\(name): \(String(cString: strerror(errno)))\n"
        _ = reason.withCString { write(2, $0, strlen($0)) }
        return 127
    }
}
