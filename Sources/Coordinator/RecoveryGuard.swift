import CLinux
import Foundation
import Glibc
import Synchronization

/// The small process beside a coordinator that notices when it is killed, and then starts a recovery.
///
/// Its program is `tutti-host guard`. It is there before the coordinator owns anything, so that no moment is left in which
/// work has nobody who would speak for it: hosts do so only while a session lives.
final class RecoveryGuard: Sendable {
    private let words: [String]
    private let environment: [String: String]
    private let process = Mutex<Int32?>(nil)

    /// A guard for the coordinator that holds the lock file `lock`; not started yet.
    init(lock: String, store: String, surroundings: Surroundings) {
        words =
            [surroundings.host, "guard", lock, store, surroundings.tutti]
            + (surroundings.kind == Coordinator.recovering ? [] : ["owed"])
        environment = surroundings.environment
    }

    /// Starts it, and starts it again when somebody has ended it. What fails is tried again at the next call.
    func keep() {
        process.withLock { process in
            if let pid = process, waitpid(pid, nil, WNOHANG) == 0 { return }
            let (pid, error) = DetachedProcess.start(words, environment: environment)
            process = error == 0 ? pid : nil
        }
    }

    /// Ends it at once: its coordinator hands over what it leaves by itself.
    func dismiss() {
        guard let pid = process.withLock({ $0.take() }) else { return }
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
    }

    /// Waits for its end where that comes at once, as the lock is free and the file gone; in any case it is reaped.
    func end(leavesWork: Bool) {
        guard let pid = process.withLock({ $0.take() }) else { return }
        let descriptor = tutti_pidfd_open(pid)
        if descriptor >= 0 {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if !leavesWork { _ = poll(&wait, 1, 1000) }
            close(descriptor)
        }
        if waitpid(pid, nil, WNOHANG) != 0 { return }
        // It has work of its own now, and this process may live on: whoever waits for any child must not find this one.
        Thread.detachNewThread { while waitpid(pid, nil, 0) < 0 && errno == EINTR {} }
    }
}
