import CLinux
import EventLoop
import Foundation
import Glibc
import Model
import Synchronization

/// A command that must succeed before a job counts as done, run on a thread of its own.
///
/// It ends with this process: whoever takes the job up finds the attempt not recorded, and checks it again.
final class Verification: Sendable {
    /// What came of it: nil is success.
    typealias Done = @Sendable (Failure?) -> Void

    private struct State {
        /// The group of the command while it may be signalled; 0 before and afterwards.
        var group: pid_t = 0
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Starts `words` in `folder`; `done` is called on another thread.
    init(
        _ words: [String], in folder: String, environment: [String: String], limit: Duration, tutti: String,
        done: @escaping Done
    ) {
        let thread = Thread { [self] in
            let argv = [tutti, "tied", "\(getpid())"] + words
            done(run(argv, words.joined(separator: " "), folder, environment, limit))
        }
        thread.name = "verify"
        thread.start()
    }

    /// Nobody wants to know any more: what runs is killed.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            if state.group > 0 { kill(-state.group, SIGKILL) }
        }
    }

    private func run(
        _ argv: [String], _ name: String, _ folder: String, _ environment: [String: String], _ limit: Duration
    ) -> Failure? {
        if state.withLock(\.isCancelled) { return cancelled(name) }
        var ends: [Int32] = [-1, -1]
        guard tutti_pipe(&ends) == 0 else { return failure(name, "no pipe: \(reason)") }
        defer { close(ends[0]) }
        let pid = spawn(argv, folder, environment, output: ends[1])
        close(ends[1])
        guard pid > 0 else { return failure(name, "it cannot be started: \(reason)") }
        state.withLock { state in
            state.group = pid
            if state.isCancelled { kill(-pid, SIGKILL) }
        }
        let process = tutti_pidfd_open(pid)
        let problem = process < 0 ? "it cannot be watched: \(reason)" : nil
        defer { if process >= 0 { close(process) } }
        let (tail, isLate) = process < 0 ? ("", false) : watch(process, ends[0], until: .now + limit)
        // Whatever it left behind in its group goes with it: while it is not waited for, the number is its own.
        let isCancelled = state.withLock { state in
            kill(-pid, SIGKILL)
            state.group = 0
            return state.isCancelled
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        if let problem { return failure(name, problem) }
        // It may have succeeded before the news came.
        if status == 0, !isLate { return nil }
        if isCancelled { return cancelled(name) }
        if isLate { return failure(name, "it was not done in time", saying: tail) }
        let code = status & 0x7F
        return failure(name, code == 0 ? "exit status \(status >> 8 & 0xFF)" : "ended by signal \(code)", saying: tail)
    }

    /// Waits for the end of `process`, and reads meanwhile what it prints: the last of it, and whether it took too long.
    ///
    /// The end of the process counts and not that of its output: it may close that and go on, and something that it left
    /// behind may hold it open for ever.
    private func watch(_ process: Int32, _ output: Int32, until deadline: Monotonic) -> (tail: String, isLate: Bool) {
        var kept: [UInt8] = []
        var waited = [
            pollfd(fd: process, events: Int16(POLLIN), revents: 0),
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
        ]
        func tail() -> String { String(decoding: kept, as: UTF8.self) }
        while true {
            let left = deadline - .now
            guard left > .zero else { return (tail(), true) }
            waited[0].revents = 0
            waited[1].revents = 0
            guard poll(&waited, 2, Int32(clamping: left.wholeMilliseconds + 1)) > 0 else { continue }
            if waited[0].revents != 0 {
                // Only what is there: others may write to it for ever.
                var count = Int(tutti_bytes_readable(output))
                while count > 0, let read = read(output, atMost: count, &kept) { count -= read }
                return (tail(), false)
            }
            // A descriptor below zero is left out.
            if waited[1].revents != 0, read(output, atMost: .max, &kept) == nil { waited[1].fd = -1 }
        }
    }

    /// Reads some of the output, and keeps the last of it; gives how much there was, nil at its end.
    private func read(_ descriptor: Int32, atMost limit: Int, _ kept: inout [UInt8]) -> Int? {
        var chunk = [UInt8](repeating: 0, count: min(limit, 16 << 10))
        var count = Glibc.read(descriptor, &chunk, chunk.count)
        while count < 0, errno == EINTR { count = Glibc.read(descriptor, &chunk, chunk.count) }
        guard count > 0 else { return nil }
        kept = Array((kept + chunk[..<count]).suffix(2048))
        return count
    }

    private var reason: String { String(cString: strerror(errno)) }

    private func spawn(_ argv: [String], _ folder: String, _ environment: [String: String], output: Int32) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        posix_spawn_file_actions_addchdir_np(&actions, folder)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var words: [UnsafeMutablePointer<CChar>?] = argv.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, argv[0], &actions, &attributes, &words, &variables)
        errno = code
        return code == 0 ? pid : -1
    }

    private func cancelled(_ name: String) -> Failure {
        Failure(.cancelled, "The check `\(name.prefix(200))` was ended: nobody waits for it any more.")
    }

    /// A check that failed, with the last line of what it printed; whatever it printed before that follows.
    private func failure(_ name: String, _ reason: String, saying output: String = "") -> Failure {
        let lines = output.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        var message = "The check `\(name.prefix(200))` failed: \(reason)"
        if let last = lines.last { message += ": \(last)" }
        if lines.count > 1 { message += "\nIt printed:\n" + lines.joined(separator: "\n") }
        return Failure(.verifyFailed, message)
    }
}
