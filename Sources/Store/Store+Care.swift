internal import Foundation
internal import GRDB
internal import Glibc
package import Model

/// Looking after a store: checks, and setting a damaged one aside.
extension Store {
    /// What SQLite finds wrong with the file; empty when it is sound. Reads all of it.
    package func damage() throws -> [String] {
        do {
            let found = try read { reader in try String.fetchAll(reader.db, sql: "PRAGMA integrity_check(20)") }
            return found == ["ok"] ? [] : found
        } catch let error as TuttiError where error.code == .badInput {
            return [error.message]
        }
    }

    /// Renames a damaged store (with its write-ahead log) to `PATH.corrupt-DATE` and returns the new name.
    ///
    /// Only ever on a person's explicit wish; nothing is deleted. The caller makes sure that nobody works with it.
    package static func setAside(_ path: String, at time: Timestamp) throws(TuttiError) -> String {
        let path = StoreFile.resolve(path)
        let date = time.iso8601.filter { $0 != ":" && $0 != "." }
        let aside = "\(path).corrupt-\(date)"
        for suffix in ["-wal", "-shm", ""] where StoreFile.exists(path + suffix) {
            guard rename(path + suffix, aside + suffix) == 0 else {
                throw TuttiError(
                    .cannotCreate,
                    "The store \(path + suffix) cannot be renamed to \(aside): \(String(cString: strerror(errno)))",
                    hint: "check that you may write in its folder; nothing was deleted")
            }
        }
        return aside
    }
}
