internal import Foundation
internal import GRDB
internal import Glibc
internal import Model

/// Where the spools, sockets and locks of a store lie.
///
/// Whether a coordinator lives is asked of its lock, so everybody who opens the store must look in the same place, whatever
/// their `XDG_STATE_HOME` says: a shell and a service that looked in two places took each other for dead. The store keeps the
/// place that its first writer chose.
struct StatePlace {
    /// `$XDG_STATE_HOME/tutti` when nil.
    var home: String?

    private static let key = "state_folder"

    /// The folder for `id` as somebody sees it who only reads.
    func folder(of id: Identifier, in db: Database) throws -> String {
        if let recorded = try Self.recorded(of: id, in: db), Self.exists(recorded) { return recorded }
        return try own(id)
    }

    /// The folder for `id`, made and recorded where there is none. Throws exit status 78 when it belongs to somebody else.
    func settle(_ id: Identifier, in queue: DatabaseQueue) throws -> String {
        let recorded = try queue.read { try Self.recorded(of: id, in: $0) }
        if let recorded, Self.exists(recorded) {
            guard access(recorded, W_OK | X_OK) == 0 else {
                throw TuttiError(
                    .badConfiguration,
                    "The store's spools and locks lie in \(recorded), which you cannot write: \(String(cString: strerror(errno)))",
                    hint: "work as the user whose folder that is, or choose another store with --db PATH")
            }
            try Self.make(recorded)
            return recorded
        }
        // Nobody can live in a folder that is gone. Made before it is recorded: whoever comes second finds it there.
        let own = try own(id)
        try Self.make(own)
        return try queue.writeWithoutTransaction { db in
            var place = own
            try db.inTransaction(.immediate) {
                if let other = try Self.recorded(of: id, in: db), other != recorded, Self.exists(other) {
                    place = other
                    return .rollback
                }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO store (key, value) VALUES (?, ?)", arguments: [Self.key, own])
                return .commit
            }
            return place
        }
    }

    private func own(_ id: Identifier) throws -> String { "\(try home ?? Self.defaultHome())/stores/\(id.text)" }

    /// What the store says, if that can be a place of its own.
    private static func recorded(of id: Identifier, in db: Database) throws -> String? {
        let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [key])
        return text.flatMap { $0.hasPrefix("/") && $0.hasSuffix("/stores/\(id.text)") ? $0 : nil }
    }

    private static func exists(_ folder: String) -> Bool { access(folder, F_OK) == 0 || errno != ENOENT }

    private static func make(_ folder: String) throws {
        for each in ["sessions", "coordinators"] { try StoreFile.createFolder("\(folder)/\(each)") }
    }

    private static func defaultHome() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let home = environment["XDG_STATE_HOME"], home.hasPrefix("/") { return home + "/tutti" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/tutti" }
        if let entry = getpwuid(geteuid()), let home = entry.pointee.pw_dir {
            return String(cString: home) + "/.local/state/tutti"
        }
        throw TuttiError(
            .badConfiguration, "There is no home directory for spools and locks",
            hint: "set XDG_STATE_HOME to a folder of yours")
    }
}
