internal import GRDB
internal import Model

/// Reads inside one snapshot.
package struct StoreReader {
    let db: Database
    let stateFolder: String

    /// Row numbers as one argument, for `json_each`: a set of any size in one statement.
    static func list(_ rows: some Sequence<Int64>) -> String {
        "[" + rows.map { String($0) }.joined(separator: ",") + "]"
    }

    /// True when the coordinator's lock is free: it lives no more.
    func isDead(_ owner: Identifier) -> Bool {
        !CoordinatorLock.isHeld(owner, in: stateFolder + "/coordinators")
    }
}

/// Writes inside one transaction, on the writer thread.
package struct StoreWriter {
    let core: WriterCore

    var db: Database { core.db }

    /// Reads what this transaction sees.
    package var reader: StoreReader { StoreReader(db: core.db, stateFolder: core.stateFolder) }
}
