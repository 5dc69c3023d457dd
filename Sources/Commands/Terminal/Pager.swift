import CLinux
import Glibc
import Model
import Settings

/// Shows what a command prints through `less`, or whatever the person prefers, when it goes to a terminal.
final class Pager: Sendable {
    private let pid: pid_t
    private let terminal: Int32

    /// What runs when neither TUTTI_PAGER nor PAGER says otherwise: leaves what fits on the screen there, keeps colours.
    private static let usual = "less -FIRX"

    /// Starts the pager and sends standard output to it; nil when none is wanted or none is installed.
    init?(environment: [String: String]) {
        guard let command = Pager.command(environment) else { return nil }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        var variables = environment
        // The usual choices for a pager that was named without options.
        if variables["LESS"] == nil { variables["LESS"] = "FIRX" }
        let words = ["sh", "-c", command]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let values: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0.key + "=" + $0.value) } + [nil]
        defer {
            posix_spawn_file_actions_destroy(&actions)
            for word in arguments + values { free(word) }
        }
        var started: pid_t = 0
        let result = posix_spawn(&started, "/bin/sh", &actions, nil, arguments, values)
        close(ends[0])
        terminal = fcntl(1, F_DUPFD_CLOEXEC, 3)
        guard result == 0, terminal >= 0 else { return nil }
        pid = started
        dup2(ends[1], 1)
        // Ctrl+C is the pager's: whoever ends under it leaves two readers at one terminal.
        signal(SIGINT, SIG_IGN)
    }

    /// Waits until the person has left the pager, and gives the terminal back.
    func finish() {
        dup2(terminal, 1)
        close(terminal)
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
        signal(SIGINT, SIG_DFL)
    }

    /// The command line of the pager: TUTTI_PAGER, PAGER, or `less`. Nil for none: empty, `cat`, or not installed.
    static func command(_ environment: [String: String]) -> String? {
        let chosen = environment["TUTTI_PAGER"] ?? environment["PAGER"] ?? usual
        guard let program = chosen.split(separator: " ").first.map(String.init), program != "cat" else { return nil }
        // A line for the shell may begin with anything; a single word can be looked up.
        let isPlain = program.allSatisfy { $0.isLetter || $0.isNumber || "-_./+".contains($0) }
        if isPlain, ToolFinder.find(program, path: environment["PATH"]) == nil { return nil }
        return chosen
    }

    /// Whether a pager makes sense: standard output is a terminal that can do more than print, and nobody said no.
    static func isWanted(_ options: GlobalOptions, environment: [String: String]) -> Bool {
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty && $0 != "0" } ?? false }
        guard !options.noPager, options.json == nil, !options.quiet, !isSet("TUTTI_ACCESSIBLE") else { return false }
        return isatty(1) == 1 && isatty(0) == 1 && environment["TERM"] ?? "dumb" != "dumb"
    }
}
