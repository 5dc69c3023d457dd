internal import CLinux
internal import Foundation
internal import GRDB
internal import Glibc
internal import Model
internal import Synchronization

/// A copy of a store as it was when its making began.
package struct Backup: Sendable, Hashable {
    /// The file, with symbolic links resolved.
    package var path: String
    package var bytes: Int64
    package var runs: Int
    package var sessions: Int
    package var messages: Int
    /// The newest event that is in it.
    package var newestEvent: Int64
}

/// The two ends of a copy that is being made: how far it is, and the wish that it ends.
package final class BackupControl: Sendable {
    /// How far a copy is.
    package struct Progress: Sendable, Hashable {
        /// Everything is copied, and the copy is read to see whether it is sound.
        package var isChecking = false
        /// Bytes that are copied, of so many.
        package var copied: Int64 = 0
        package var whole: Int64 = 0
    }

    private struct State {
        var progress = Progress()
        var isCancelled = false
        var check: DatabaseQueue?
    }

    private let state = Mutex(State())

    /// A control for one copy.
    package init() {}

    /// How far it is.
    package var progress: Progress { state.withLock { $0.progress } }

    /// Lets the copy end soon, with a `CancellationError` and without a trace.
    package func cancel() {
        let check = state.withLock { state in
            state.isCancelled = true
            return state.check
        }
        check?.interrupt()
    }

    func note(_ progress: DatabaseBackupProgress, pageSize: Int64) throws {
        try state.withLock { state in
            state.progress.whole = Int64(progress.totalPageCount) * pageSize
            state.progress.copied = state.progress.whole - Int64(progress.remainingPageCount) * pageSize
            if state.isCancelled { throw CancellationError() }
        }
    }

    /// Lets `body` read the copy in a way that can be cancelled.
    func check<T>(_ queue: DatabaseQueue, _ body: () throws -> T) throws -> T {
        try state.withLock { state in
            if state.isCancelled { throw CancellationError() }
            state.progress.isChecking = true
            state.check = queue
        }
        defer { state.withLock { $0.check = nil } }
        do {
            return try body()
        } catch {
            if state.withLock({ $0.isCancelled }) { throw CancellationError() }
            throw error
        }
    }
}

extension Store {
    /// Pages of one step: two MiB, after which a wish to end is heard.
    private static let pagesAtATime: CInt = 512

    /// Copies the whole store to `copy` while everything goes on, and checks the copy.
    ///
    /// All of it is of one moment, and no writer waits: the copy is read from a snapshot, in steps. Meanwhile the write-ahead
    /// log cannot begin anew, so it grows by what is written. The copy has its name only when it is whole, sound and on the
    /// disk. Throws a `TuttiError`: 73 when something has that name (unless `replacing` it), 64 for the store's own files,
    /// 74 when there is no room, 65 when the store itself is damaged.
    @discardableResult
    package func backup(
        to copy: String, replacing: Bool = false, control: BackupControl = BackupControl()
    ) throws -> Backup {
        let target = StoreFile.resolve(copy)
        try refuse(target, replacing: replacing)
        do {
            let file = try StoreCopy(of: target)
            try read { reader in
                let pageSize = try Int64.fetchOne(reader.db, sql: "PRAGMA page_size") ?? 4096
                let pages = try Int64.fetchOne(reader.db, sql: "PRAGMA page_count") ?? 0
                try requireRoom(for: pages * pageSize, at: target)
                do {
                    try file.open { queue in
                        try queue.writeWithoutTransaction { db in
                            try reader.db.backup(to: db, pagesPerStep: Store.pagesAtATime) {
                                try control.note($0, pageSize: pageSize)
                            }
                        }
                    }
                } catch let error as DatabaseError {
                    throw failure(error, of: target)
                }
            }
            var backup = try file.open { queue in try control.check(queue) { try examine(queue, target) } }
            try file.finish(replacing: replacing)
            var facts = stat()
            if stat(target, &facts) == 0 { backup.bytes = Int64(facts.st_size) }
            return backup
        } catch let error as DatabaseError {
            throw failure(error, of: target)
        }
    }

    /// What goes wrong between two files is told of the right one.
    private func failure(_ error: DatabaseError, of target: String) -> TuttiError {
        switch error.resultCode {
        case .SQLITE_FULL: Store.noRoom(at: target)
        // Only what is read can be damaged.
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: StoreFailure.tutti(error, path: path)
        default:
            TuttiError(
                .storeFailed, "The copy \(target) cannot be made: \(error.message ?? "\(error.extendedResultCode)").",
                hint: "check its disk and that of \(path); the store is as it was, and nothing is left of the copy")
        }
    }

    /// What is in a copy; throws when SQLite finds something wrong with it.
    private func examine(_ queue: DatabaseQueue, _ target: String) throws -> Backup {
        try queue.writeWithoutTransaction { db in
            let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
            if found == ["ok"] {
                do {
                    try db.execute(sql: "INSERT INTO blocks_search (blocks_search) VALUES ('integrity-check')")
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                    throw damaged(["the index of the search: \(error.message ?? "malformed")"])
                }
            } else {
                throw damaged(found)
            }
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            return Backup(
                path: target, bytes: 0, runs: try count("runs"), sessions: try count("sessions"),
                messages: try count("message_rows"),
                newestEvent: try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0)
        }
    }

    private func damaged(_ words: [String]) -> TuttiError {
        TuttiError(
            .badInput, "The store \(path) is damaged, so no copy of it was kept: \(words.joined(separator: "; "))",
            hint: "nothing was changed; restore an earlier backup, or see: tutti doctor")
    }

    /// Refuses names that a copy must not have.
    private func refuse(_ target: String, replacing: Bool) throws {
        let own = ["", "-wal", "-shm", ".tick"].map { path + $0 }
        guard !own.contains(target), !own.contains(target + StoreCopy.suffix), !StoreFile.isSame(target, path) else {
            throw TuttiError(
                .usage, "\(target) is a file of the store itself.", hint: "name another file for the copy")
        }
        var facts = stat()
        let isThere = stat(target, &facts) == 0
        if isThere, facts.st_mode & S_IFMT != S_IFREG {
            throw TuttiError(
                .cannotCreate, "\(target) is not a file that a copy could be.",
                hint: facts.st_mode & S_IFMT == S_IFDIR
                    ? "name a file in it, for instance \(target)/tutti-backup.db" : "name a new file")
        }
        // A log beside it belongs to a database that had this name: SQLite would play it into the copy.
        for suffix in ["-wal", "-journal"] where StoreFile.exists(target + suffix) {
            throw TuttiError(
                .cannotCreate, "\(target)\(suffix) is there: \(target) is a database that may be in use.",
                hint: "choose another name for the copy")
        }
        if isThere, !replacing { throw StoreCopy.exists(target) }
    }

    private func requireRoom(for bytes: Int64, at target: String) throws {
        let folder = (target as NSString).deletingLastPathComponent
        var facts = statvfs()
        guard statvfs(folder.isEmpty ? "." : folder, &facts) == 0 else { return }
        let free = Int64(clamping: UInt64(facts.f_bavail) &* UInt64(facts.f_frsize))
        if free < bytes { throw Store.noRoom(at: target, for: bytes, free: free) }
    }

    private static func noRoom(at target: String, for bytes: Int64? = nil, free: Int64? = nil) -> TuttiError {
        var why = "its disk is full"
        if let bytes, let free { why = "it needs \(bytes >> 20) MiB, and its disk has \(free >> 20) MiB free" }
        return TuttiError(
            .storeFailed, "There is no room for the copy \(target): \(why).",
            hint:
                "free some space there, or name a file on another disk; the store is as it was, nothing is left of the copy"
        )
    }
}
