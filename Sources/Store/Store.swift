internal import GRDB
package import Model

/// The shared store: one SQLite file that every coordinator writes and anybody reads.
///
/// All writes of a process go through one thread in groups; reads run beside them on short snapshots.
package final class Store: Sendable {
    /// What the store is opened for.
    package enum Access: Sendable {
        /// Takes no write lock, ever; the store must exist.
        case readOnly
        /// Creates or migrates the store when needed.
        case readWrite
    }

    /// The database file, with symbolic links resolved.
    package let path: String
    /// The store's own name, kept in it.
    package let id: Identifier
    /// The folder of this store's spools, sockets and locks: `sessions/ID/`, `coordinators/ID.lock`.
    package let stateFolder: String
    package let access: Access

    /// Opens the store at `path`.
    ///
    /// `stateHome` is `$XDG_STATE_HOME/tutti` when nil. Throws a `TuttiError` with the exit code that fits: nothing is
    /// written to a store that is refused.
    package static func open(_ path: String, access: Access, stateHome: String? = nil) throws(TuttiError) -> Store {
        fatalError()
    }

    init(path: String, id: Identifier, stateFolder: String, access: Access) {
        self.path = path
        self.id = id
        self.stateFolder = stateFolder
        self.access = access
    }

    /// Called on the writer thread after each commit with the number of the newest event; must be quick.
    package var onCommit: (@Sendable (Int64) -> Void)? {
        get { fatalError() }
        set { fatalError() }
    }

    /// Called on the writer thread when slices cannot be committed (they stay queued and are tried again), and with nil
    /// when it works again; also, once, with `StoreError.fenced` when slices were refused for good.
    package var onError: (@Sendable ((any Error)?) -> Void)? {
        get { fatalError() }
        set { fatalError() }
    }

    /// Bytes of recorded slices that wait for their commit: what admission looks at.
    package var backlogBytes: Int { fatalError() }

    /// Runs `body` on the writer thread, whole or not at all, and returns when it is committed.
    ///
    /// `fence` nil is for writers that follow no session (a person's command). Neighbouring writes share a commit.
    package func write<T: Sendable>(
        _ durability: Durability = .full, as fence: Fence? = nil,
        _ body: @escaping @Sendable (StoreWriter) throws -> T
    ) async throws -> T { fatalError() }

    /// The same for plain threads: waits. Never call it from an async function.
    package func writeAndWait<T: Sendable>(
        _ durability: Durability = .full, as fence: Fence? = nil,
        _ body: @escaping @Sendable (StoreWriter) throws -> T
    ) throws -> T { fatalError() }

    /// Queues a slice of a session's events and returns at once. Slices of one session are committed in order.
    package func record(_ slice: RecordedSlice) { fatalError() }

    /// Returns when everything that was queued before is committed.
    package func flush() async throws { fatalError() }

    /// Reads a snapshot on the calling thread. For commands and plain threads.
    package func read<T>(_ body: (StoreReader) throws -> T) throws -> T { fatalError() }

    /// Reads a snapshot on a thread of the store's.
    package func readAsync<T: Sendable>(_ body: @escaping @Sendable (StoreReader) throws -> T) async throws -> T {
        fatalError()
    }

    /// Commits what is queued, ends the writer thread and closes every connection. Waits.
    package func close() { fatalError() }

    /// The file that is overwritten after every commit: see `TickFile`.
    package static func tickPath(for path: String) -> String { path + ".tick" }
}

/// Reads inside one snapshot.
package struct StoreReader {
    let db: Database
}

/// Writes inside one transaction, on the writer thread.
package struct StoreWriter {
    let db: Database

    /// Reads what this transaction sees.
    package var reader: StoreReader { StoreReader(db: db) }
}
