internal import CLinux
internal import Foundation
internal import GRDB
internal import Glibc
internal import Model

/// A copy of a database as it comes into being: `NAME.tutti-part` beside the name that it gets when it is whole.
///
/// Nothing else writes under such a name: other programs call what they are at work on `NAME.part`, and that stays theirs. A lock says that somebody is at work on it. What a killed process left under that name is begun anew; what another
/// process is writing there is left to it.
final class StoreCopy {
    let target: String
    let partial: String
    /// Held until SQLite has closed the file: closing it before would drop SQLite's own locks.
    private let lock: Int32
    private var isDone = false

    /// What the name of a copy ends with that is not whole.
    static let suffix = ".tutti-part"

    /// Creates the partial copy, for its owner alone.
    init(of target: String) throws(TuttiError) {
        self.target = target
        partial = target + StoreCopy.suffix
        lock = try StoreCopy.begin(partial)
        removeCompanions()
    }

    deinit {
        if !isDone {
            _ = unlink(partial)
            removeCompanions()
        }
        _ = close(lock)
    }

    /// Lets `body` work with the database of the copy.
    func open<T>(_ body: (DatabaseQueue) throws -> T) throws -> T {
        let queue = try DatabaseQueue(path: partial)
        let result = try body(queue)
        try queue.close()
        // A header that says WAL, and nothing in one: all of it is in the file.
        removeCompanions()
        return result
    }

    /// Gives the copy its name; throws exit status 73 when something has that name by now, unless `replacing` it.
    func finish(replacing: Bool) throws(TuttiError) {
        guard fsync(lock) == 0 else { throw failure(errno) }
        // One step: of two that give the same name, one is told.
        let result = replacing ? rename(partial, target) : tutti_rename_new(partial, target)
        guard result == 0 else {
            let reason = errno
            throw reason == EEXIST ? StoreCopy.exists(target) : failure(reason)
        }
        isDone = true
        let folder = (target as NSString).deletingLastPathComponent
        let descriptor = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            _ = fsync(descriptor)
            _ = close(descriptor)
        }
    }

    /// The error for a name that is taken.
    static func exists(_ target: String) -> TuttiError {
        TuttiError(
            .cannotCreate, "\(target) exists already.", hint: "choose another name for the copy, or replace it: --yes")
    }

    private func failure(_ reason: Int32) -> TuttiError { StoreCopy.failure(target, reason) }

    private static func failure(_ target: String, _ reason: Int32) -> TuttiError {
        let folder = (target as NSString).deletingLastPathComponent
        return TuttiError(
            reason == EACCES || reason == EPERM
                ? .notAllowed : [ENOSPC, EDQUOT, EIO].contains(reason) ? .storeFailed : .cannotCreate,
            "The copy \(target) cannot be made: \(String(cString: strerror(reason))).",
            hint: reason == ENOSPC || reason == EDQUOT
                ? "free some space there, or name a file on another disk; the store is as it was"
                : "check that \(folder.isEmpty ? "the folder" : folder) is there and that you may write in it")
    }

    private func removeCompanions() {
        for suffix in ["-wal", "-shm", "-journal"] { _ = unlink(partial + suffix) }
    }

    private static func begin(_ partial: String) throws(TuttiError) -> Int32 {
        while true {
            // Not waiting: what has the name may be a pipe.
            let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            let descriptor = Glibc.open(partial, flags, 0o600)
            guard descriptor >= 0 else { throw failure(String(partial.dropLast(suffix.count)), errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                _ = close(descriptor)
                throw TuttiError(
                    .tryAgain, "\(partial) is being written by another process.",
                    hint: "wait until that copy is made, or choose another name")
            }
            var facts = stat()
            guard fstat(descriptor, &facts) == 0 else {
                let reason = errno
                _ = close(descriptor)
                throw failure(partial, reason)
            }
            if facts.st_nlink > 1 || facts.st_mode & S_IFMT != S_IFREG || facts.st_uid != geteuid() {
                _ = close(descriptor)
                throw TuttiError(
                    .cannotCreate, "\(partial) is there, and no copy that was begun leaves such a file.",
                    hint: "look at it and take it away, or choose another name for the copy")
            }
            // Whoever held it before may have ended, and given it its name or taken it away.
            if facts.st_nlink == 1, isStill(partial, facts) {
                _ = ftruncate(descriptor, 0)
                _ = fchmod(descriptor, 0o600)
                return descriptor
            }
            _ = close(descriptor)
        }
    }

    private static func isStill(_ path: String, _ facts: stat) -> Bool {
        var now = stat()
        return lstat(path, &now) == 0 && now.st_ino == facts.st_ino && now.st_dev == facts.st_dev
    }
}
