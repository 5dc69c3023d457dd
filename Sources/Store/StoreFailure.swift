internal import Foundation
internal import GRDB
internal import Model

/// Turns what SQLite says into what a person can act on.
enum StoreFailure {
    /// The person's form of any error of the store at `path`; errors of other kinds pass unchanged.
    static func translate(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return tutti(error, path: path)
    }

    /// The person's form of SQLite's `error`.
    static func tutti(_ error: DatabaseError, path: String) -> TuttiError {
        let said = error.message ?? "error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL:
            return TuttiError(
                .storeFailed, "The disk of the store \(path) is full (\(freeSpace(path)) free): \(said)",
                hint: "free some space there and run it again; what was recorded before is safe")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return TuttiError(
                .badInput, "The store \(path) is damaged: \(said)",
                hint:
                    "nothing was changed or deleted; restore a backup, or move the file aside and begin a new one: "
                    + "mv \(path) \(path).corrupt")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return TuttiError(
                .tryAgain, "The store \(path) is busy: \(said)",
                hint:
                    "another program has held it locked for \(Int(BusyHandler.patience)) s; see who with: fuser \(path)"
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return TuttiError(
                .notAllowed, "The store \(path) cannot be written: \(said)",
                hint: "give yourself write permission for the file and its folder, or choose another with --db PATH")
        case .SQLITE_CANTOPEN:
            return TuttiError(
                .cannotCreate, "The store \(path) cannot be opened: \(said)",
                hint: "check that its folder exists and that you may write there, or choose another with --db PATH")
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_TOOBIG, .SQLITE_RANGE:
            return TuttiError(
                .internalError, "The store \(path) does not take what was to be written: \(said)",
                hint: "nothing of it was written; this is a mistake in Tutti, please report it: tutti doctor --bundle")
        default:
            return TuttiError(
                .storeFailed, "The store \(path) failed: \(said)",
                hint: "check the disk and the file system, then run it again; see: tutti doctor")
        }
    }

    /// True for what may heal by itself (a full or failing disk, a lock): worth trying again as it is.
    static func isTransient(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM, .SQLITE_CANTOPEN,
            .SQLITE_READONLY, .SQLITE_INTERRUPT, .SQLITE_PROTOCOL, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_PERM:
            return true
        default:
            return false
        }
    }

    private static func freeSpace(_ path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.isEmpty ? "." : folder)
        guard let free = attributes?[.systemFreeSize] as? NSNumber else { return "unknown space" }
        return "\(free.int64Value >> 20) MiB"
    }
}
