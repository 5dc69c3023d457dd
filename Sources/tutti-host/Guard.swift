import CLinux
import Glibc

/// Waits until one coordinator is gone, and starts `tutti recover` if it was killed with its work undone.
///
/// A host speaks for its session. Between sessions (a job waits for its retry, a run has not begun its first one) nobody else
/// would notice. The coordinator holds the lock on its file while it lives, and removes the file when it ends in order; who
/// takes over its work removes it too. So: a lock that comes free with the file still there is work that nobody has.
struct Guard {
    let lock: String
    let coordinators: Coordinators
    /// Where the recoveries that guards start are counted. Hosts count theirs by themselves.
    let turns: String
    /// The first recovery needs no turn: its coordinator was no recovery itself, so it cannot be one of a chain of them.
    let isOwed: Bool

    static let usage = """
        usage: tutti-host guard LOCK STORE TUTTI [owed]
        Watches a coordinator's lock. Started by tutti, not by hand.
        """

    /// Nil when these words are not LOCK STORE TUTTI, each an absolute path, and perhaps `owed`.
    init?(_ words: [String]) {
        isOwed = words.count == 4 && words[3] == "owed"
        let words = isOwed ? Array(words.dropLast()) : words
        guard words.count == 3, words.allSatisfy({ $0.hasPrefix("/") }), let slash = words[0].lastIndex(of: "/") else {
            return nil
        }
        lock = words[0]
        let locks = String(words[0][..<slash])
        turns = locks + "/recover.log"
        coordinators = Coordinators(locks: locks, store: words[1], recoverer: words[2])
    }

    /// Returns when there is nothing left to watch.
    func run() {
        chdir("/")
        guard let left = waitForRelease() else { return }
        // The recoveries that it starts itself are bounded too: one that always fails is left for a person.
        for round in 0..<3 {
            var recovery = isOwed && round == 0 && isThere(left) ? coordinators.recover() : nil
            while recovery == nil {
                guard isThere(left) else { return }
                recovery = coordinators.recover(turnsIn: turns, of: AT_FDCWD)
                // All turns are taken: until one comes free, somebody else may do it.
                if recovery == nil { poll(nil, 0, 1000) }
            }
            if let recovery, isSettled(by: recovery, left) { return }
        }
    }

    /// The coordinator's file if it outlived the coordinator; nil when that had ended in order.
    private func waitForRelease() -> stat? {
        let descriptor = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        // Lets go at once: an adopter wants this lock for itself.
        defer { close(descriptor) }
        // Shared, so that those who ask whether somebody holds it do not take this process for the coordinator.
        while flock(descriptor, LOCK_SH) != 0 { if errno != EINTR { return nil } }
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0 ? status : nil
    }

    private func isThere(_ file: stat) -> Bool {
        var status = stat()
        return lstat(lock, &status) == 0 && status.st_ino == file.st_ino && status.st_dev == file.st_dev
    }

    /// Waits until a recovery has taken over, or has ended; true when no other one is needed.
    private func isSettled(by recovery: Int32, _ file: stat) -> Bool {
        while isThere(file) {
            var status: Int32 = 0
            let ended = waitpid(recovery, &status, WNOHANG)
            if ended < 0 && errno != EINTR { return false }
            if ended == recovery { return status == 0 }
            poll(nil, 0, 100)
        }
        return true
    }
}
