import CLinux
import Glibc
import Model

/// `tutti tied COMMAND …`: becomes the command, which dies with whoever started it. For checks that a coordinator waits for.
enum TiedProcess {
    /// Returns only where the command cannot be started: 127, as shells say it.
    static func run(_ words: [String]) -> Int32 {
        guard let name = words.first else { return ExitCode.usage.rawValue }
        _ = tutti_set_parent_death_signal(SIGKILL)
        // It may have died before this was asked for.
        guard getppid() != 1 else { return ExitCode.cancelledByOther.rawValue }
        _ = tutti_close_on_exec_from(3)
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execvp(name, &argv)
        let reason = "\(name): \(String(cString: strerror(errno)))\n"
        _ = reason.withCString { write(2, $0, strlen($0)) }
        return 127
    }
}
