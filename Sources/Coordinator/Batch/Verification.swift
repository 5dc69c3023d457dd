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

    private let group = Mutex<(pid: pid_t, isCancelled: Bool)>((0, false))

    /// Starts `words` in `folder`; `done` is called on another thread.
    init(
        _ words: [String], in folder: String, environment: [String: String], limit: Duration, tutti: String,
        done: @escaping Done
    ) {
        let thread = Thread { [self] in
            let argv = [tutti, "tied"] + words
            done(run(argv, words.joined(separator: " "), folder, environment, limit))
        }
        thread.name = "verify"
        thread.start()
    }

    /// Nobody wants to know any more: what runs is killed.
    func cancel() {
        group.withLock { group in
            group.isCancelled = true
            if group.pid > 0 { kill(-group.pid, SIGKILL) }
        }
    }

    private func run(
        _ argv: [String], _ name: String, _ folder: String, _ environment: [String: String], _ limit: Duration
    ) -> Failure? {
        var ends: [Int32] = [-1, -1]
        guard tutti_pipe(&ends) == 0 else { return failure(name, "no pipe: \(String(cString: strerror(errno)))") }
        defer { close(ends[0]) }
        let pid = spawn(argv, folder, environment, output: ends[1])
        close(ends[1])
        guard pid > 0 else { return failure(name, "it cannot be started: \(String(cString: strerror(errno)))") }
        let isCancelled = group.withLock { group in
            group.pid = pid
            return group.isCancelled
        }
        if isCancelled { kill(-pid, SIGKILL) }
        let (tail, isLate) = read(ends[0], until: Monotonic.now + limit, pid)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        // Whatever it left behind in its group goes with it.
        group.withLock { group in
            kill(-pid, SIGKILL)
            group.pid = 0
        }
        if isLate { return failure(name, "it was not done in time") }
        if status == 0 { return nil }
        let code = status & 0x7F
        return failure(name, code == 0 ? "exit status \(status >> 8 & 0xFF)\(tail)" : "ended by signal \(code)\(tail)")
    }

    /// Reads what it prints until it ends; the last of it, and whether it took too long.
    private func read(_ descriptor: Int32, until deadline: Monotonic, _ pid: pid_t) -> (tail: String, isLate: Bool) {
        var kept: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let left = deadline - .now
            guard left > .zero else {
                kill(-pid, SIGKILL)
                return ("", true)
            }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(clamping: min(left.wholeMilliseconds + 1, 1000)))
            if ready <= 0 { continue }
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            kept = Array((kept + chunk[..<count]).suffix(2048))
        }
        let said = String(decoding: kept, as: UTF8.self)
        return (said.isEmpty ? "" : "; it said: \(said)", false)
    }

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

    private func failure(_ name: String, _ reason: String) -> Failure {
        Failure(.verifyFailed, "The check `\(name.prefix(200))` failed: \(reason)")
    }
}
