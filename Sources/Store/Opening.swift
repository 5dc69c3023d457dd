internal import CLinux
internal import Foundation
internal import GRDB
internal import Glibc
internal import Model
internal import Synchronization

/// Opens a store: looks before it touches, creates or migrates, and refuses with a reason.
struct Opening {
    var path: String
    var access: Store.Access
    var stateHome: String?
    var schema: Schema
    /// The `f_type` of the file system of a folder; tests pass another.
    var fileSystemType: @Sendable (String) -> Int = { Opening.fileSystemType(of: $0) }

    /// One opening at a time in a process: SQLite's locks belong to the process, and closing any descriptor of a file
    /// that another thread has just opened would drop them.
    private static let gate = Mutex(())

    /// What is known of a store that is open.
    struct Opened {
        var path: String
        var id: Identifier
        var stateFolder: String
        /// The only connection that writes, nil when opened for reading.
        var writer: DatabaseQueue?
    }

    /// Does all of it, or throws a `TuttiError` without having written.
    func open() throws(TuttiError) -> Opened {
        do {
            return try Opening.gate.withLock { _ in try openLocked() }
        } catch let error as TuttiError {
            throw error
        } catch let error as DatabaseError {
            throw StoreFailure.tutti(error, path: path)
        } catch {
            throw TuttiError(
                .storeFailed, "The store \(path) cannot be opened: \(error)", hint: "see: tutti doctor")
        }
    }

    private func openLocked() throws -> Opened {
        let place = try StoreFile.examine(path, fileSystemType: fileSystemType)
        let path = place.path
        if place.isEmpty && access == .readOnly {
            throw TuttiError(
                .notFound, "There is no store at \(path) yet",
                hint:
                    "ask something first, for instance: tutti ask \"What does this module do?\" ., or name another with --db PATH"
            )
        }
        if !place.isEmpty { try refuseForeign(path) }
        if access == .readOnly {
            try bringUpToDate(path)
            let queue = try DatabaseQueue(path: path, configuration: Store.readConfiguration())
            return try queue.read { db in
                guard try Self.version(db) == schema.version else { throw older(path) }
                let id = try Self.storeID(db)
                return Opened(path: path, id: id, stateFolder: try stateFolder(of: id, in: db), writer: nil)
            }
        }
        if place.isMissing { try StoreFile.create(path) } else { try StoreFile.protect(path) }
        let queue = try DatabaseQueue(path: path, configuration: Self.writeConfiguration())
        try queue.writeWithoutTransaction { db in try prepare(db) }
        try migrate(queue, path: path)
        let id = try queue.read { db in try Self.storeID(db) }
        let folder = try StatePlace(home: stateHome).settle(id, in: queue)
        try StoreTwin.note(path, of: id, in: folder)
        return Opened(path: path, id: id, stateFolder: folder, writer: queue)
    }

    /// Refuses what is not ours, too new, or to be written and only a copy, through a connection that cannot write.
    private func refuseForeign(_ path: String) throws {
        let queue = try DatabaseQueue(path: path, configuration: Store.readConfiguration())
        let (application, version) = try queue.read { db in
            (try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0, try Self.version(db))
        }
        if application != Schema.applicationID && (application != 0 || version != 0) {
            throw TuttiError(
                .badInput, "\(path) is a SQLite database of another program, not a store of Tutti",
                hint: "nothing was changed; choose another file with --db PATH")
        }
        if application == 0 {
            let tables = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") ?? 0 }
            guard tables == 0 else {
                throw TuttiError(
                    .badInput, "\(path) is a SQLite database of another program, not a store of Tutti",
                    hint: "nothing was changed; choose another file with --db PATH")
            }
        }
        if version > schema.version {
            throw TuttiError(
                .badConfiguration,
                "The store \(path) was written by a newer Tutti (schema \(version), this program knows \(schema.version))",
                hint: "nothing was changed; update this Tutti, or choose another store with --db PATH")
        }
        if access == .readWrite, version > 0 {
            let (id, folder) = try queue.read { db in
                let id = try Self.storeID(db)
                return (id, try stateFolder(of: id, in: db))
            }
            try StoreTwin.refuseCopy(path, of: id, in: folder)
        }
    }

    /// Whoever reads an older store makes it a present one first, with a copy of the old: a person who looks should not have
    /// to know which commands write.
    private func bringUpToDate(_ path: String) throws {
        let reader = try DatabaseQueue(path: path, configuration: Store.readConfiguration())
        let version = try reader.read { try Self.version($0) }
        try reader.close()
        guard version > 0, version < schema.version else { return }
        do {
            try StoreFile.protect(path)
            let queue = try DatabaseQueue(path: path, configuration: Self.writeConfiguration())
            try queue.writeWithoutTransaction { db in try prepare(db) }
            try migrate(queue, path: path)
            try queue.close()
        } catch let error as TuttiError {
            throw error
        } catch {
            throw older(path, error)
        }
    }

    private func older(_ path: String, _ cause: (any Error)? = nil) -> TuttiError {
        TuttiError(
            .tryAgain,
            "The store \(path) has an older schema than \(schema.version)"
                + (cause.map { " and cannot be brought up to date: \($0)" } ?? ""),
            hint: "as its owner, on a disk with space (a copy is made first): tutti recover --db \(path)")
    }

    /// Puts the file into write-ahead mode, however many do so at once.
    private func prepare(_ db: Database) throws {
        let deadline = ContinuousClock.now + .seconds(BusyHandler.patience)
        while true {
            do {
                // SQLite does not call the busy handler for this change of mode.
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
                guard mode == "wal" else {
                    throw TuttiError(
                        .badConfiguration, "The file system of \(path) cannot hold a store (no shared memory)",
                        hint: "choose a place on a local disk with --db PATH")
                }
                break
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard ContinuousClock.now < deadline else { throw error }
                usleep(500)
            }
        }
        // A limit for the file that is left after a checkpoint has begun it anew.
        try db.execute(
            sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 8388608; PRAGMA cache_size = -16384")
    }

    private func migrate(_ queue: DatabaseQueue, path: String) throws {
        let old = try queue.read { db in try Self.version(db) }
        guard old < schema.version else { return }
        if old > 0 {
            try refuseWhileAttended(queue, path)
            try keepCopy(of: queue, version: old, at: path)
        }
        try queue.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                let version = try Self.version(db)
                guard version < schema.version else { return .rollback }
                if version == 0 {
                    try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                }
                for step in schema.migrations where step.version > version { try step.apply(db) }
                if version == 0 {
                    try db.execute(
                        sql: "INSERT INTO store (key, value) VALUES ('id', ?)", arguments: [Identifier.random().text])
                }
                try db.execute(sql: "PRAGMA user_version = \(schema.version)")
                return .commit
            }
        }
    }

    /// Throws while a coordinator lives that knows the old schema.
    private func refuseWhileAttended(_ queue: DatabaseQueue, _ path: String) throws {
        let holder = try queue.read { db -> (Identifier, pid: Int?)? in
            let folder = try stateFolder(of: try Self.storeID(db), in: db)
            return try CoordinatorLock.holders(in: folder + "/coordinators").first.map {
                ($0, try Int.fetchOne(db, sql: "SELECT pid FROM coordinators WHERE id = ?", arguments: [$0.text]))
            }
        }
        guard let (id, pid) = holder else { return }
        // No command of this program reads the store before: its process is all that a person can look at.
        throw TuttiError(
            .tryAgain,
            "The store \(path) needs a new schema, but coordinator \(id.short)"
                + (pid.map { ", process \($0)," } ?? "") + " still works with the old one",
            hint: "nothing was changed; try again when "
                + (pid.map { "it has ended: tail --pid=\($0) -f /dev/null" } ?? "it has ended"))
    }

    /// Makes the copy of the store as it was, unless another process has changed it by now: that one has made the copy.
    func keepCopy(of queue: DatabaseQueue, version old: Int, at path: String) throws {
        let copy = try StoreCopy(of: "\(path).backup-v\(old)")
        let copied = try copy.open { target in
            try queue.backup(to: target)
            return try target.read { db in try Self.version(db) }
        }
        if copied == old { try copy.finish(replacing: true) }
    }

    private func stateFolder(of id: Identifier, in db: Database) throws -> String {
        try StatePlace(home: stateHome).folder(of: id, in: db)
    }

    private static func writeConfiguration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "tutti.writer"
        configuration.busyMode = BusyHandler.waiting()
        configuration.observesSuspensionNotifications = false
        return configuration
    }

    private static func version(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }

    private static func storeID(_ db: Database) throws -> Identifier {
        guard let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'id'"),
            let id = Identifier(text)
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "it has no identifier") }
        return id
    }

    /// The magic number of a folder's file system.
    private static func fileSystemType(of folder: String) -> Int { Int(tutti_file_system_type(folder)) }
}
