internal import Dispatch
internal import Foundation
internal import GRDB
package import Model
internal import Synchronization

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
    private let readers: DatabasePool
    private let writer: Writer?

    /// Opens the store at `path`.
    ///
    /// `stateHome` is `$XDG_STATE_HOME/tutti` when nil. Throws a `TuttiError` with the exit code that fits: nothing is
    /// written to a store that is refused.
    package static func open(_ path: String, access: Access, stateHome: String? = nil) throws(TuttiError) -> Store {
        try open(Opening(path: path, access: access, stateHome: stateHome, schema: .current))
    }

    static func open(_ opening: Opening) throws(TuttiError) -> Store {
        let opened = try opening.open()
        do {
            return try Store(opened, access: opening.access, schema: opening.schema)
        } catch {
            guard let error = error as? DatabaseError else {
                throw TuttiError(
                    .storeFailed, "The store \(opened.path) cannot be opened: \(error)", hint: "see: tutti doctor")
            }
            throw StoreFailure.tutti(error, path: opened.path)
        }
    }

    private init(_ opened: Opening.Opened, access: Access, schema: Schema) throws {
        path = opened.path
        id = opened.id
        stateFolder = opened.stateFolder
        self.access = access
        readers = try DatabasePool(path: opened.path, configuration: Store.readConfiguration())
        writer = try opened.writer.map {
            try Writer(queue: $0, path: opened.path, stateFolder: opened.stateFolder, version: schema.version)
        }
    }

    /// Called on the writer thread after each commit with the number of the newest event; must be quick.
    package var onCommit: (@Sendable (Int64) -> Void)? {
        get { writer?.notices.onCommit }
        set { writer?.notices.onCommit = newValue }
    }

    /// Called on the writer thread when slices cannot be committed (they stay queued and are tried again), and with nil
    /// when it works again; also, once, with `StoreError.fenced` when slices were refused for good.
    package var onError: (@Sendable ((any Error)?) -> Void)? {
        get { writer?.notices.onError }
        set { writer?.notices.onError = newValue }
    }

    /// Bytes of recorded slices that wait for their commit: what admission looks at.
    package var backlogBytes: Int { writer?.inbox.backlogBytes ?? 0 }

    /// Runs `body` on the writer thread, whole or not at all, and returns when it is committed.
    ///
    /// `fence` nil is for writers that follow no session (a person's command). Neighbouring writes share a commit.
    @discardableResult
    package func write<T: Sendable>(
        _ durability: Durability = .full, as fence: Fence? = nil,
        _ body: @escaping @Sendable (StoreWriter) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit(durability, fence, body) { continuation.resume(with: $0) }
        }
    }

    /// The same for plain threads: waits. Never call it from an async function.
    @discardableResult
    package func writeAndWait<T: Sendable>(
        _ durability: Durability = .full, as fence: Fence? = nil,
        _ body: @escaping @Sendable (StoreWriter) throws -> T
    ) throws -> T {
        let answer = Answer<T>()
        submit(durability, fence, body) { answer.give($0) }
        return try answer.wait()
    }

    private func submit<T: Sendable>(
        _ durability: Durability, _ fence: Fence?, _ body: @escaping @Sendable (StoreWriter) throws -> T,
        _ finish: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let job = WriteJob(
            durability: durability, fence: fence,
            perform: { writer in
                let value = try body(writer)
                return { finish(.success(value)) }
            }, fail: { finish(.failure($0)) })
        if writer?.inbox.put(job) != true { finish(.failure(StoreError.notWritable)) }
    }

    /// Queues a slice of a session's events and returns at once. Slices of one session are committed in order.
    package func record(_ slice: RecordedSlice) { writer?.inbox.put(slice) }

    /// Returns when everything that was queued before is committed.
    package func flush() async throws { try await write(.stream) { _ in } }

    /// Reads a snapshot on the calling thread. For commands and plain threads.
    package func read<T>(_ body: (StoreReader) throws -> T) throws -> T {
        do {
            return try readers.read { db in try body(StoreReader(db: db, stateFolder: stateFolder)) }
        } catch {
            throw StoreFailure.translate(error, path: path)
        }
    }

    /// Reads a snapshot on a thread of the store's.
    package func readAsync<T: Sendable>(_ body: @escaping @Sendable (StoreReader) throws -> T) async throws -> T {
        do {
            return try await readers.read { [stateFolder] db in try body(StoreReader(db: db, stateFolder: stateFolder))
            }
        } catch {
            throw StoreFailure.translate(error, path: path)
        }
    }

    /// True when the file is this user's.
    package var isOwn: Bool { StoreFile.isOwn(path) }

    /// True when it is the one file of its identifier that is worked with: of a copy, and of a store that nobody has opened for
    /// writing here, it is not known.
    package var isAtHome: Bool { StoreTwin.isAtHome(path, in: stateFolder) }

    /// Commits what is queued, ends the writer thread and closes every connection. Waits.
    package func close() {
        writer?.close()
        try? readers.close()
    }

    deinit { writer?.close() }

    /// The file that is overwritten after every commit: see `TickFile`.
    package static func tickPath(for path: String) -> String { StoreFile.resolve(path) + ".tick" }

    /// Connections that cannot write.
    static func readConfiguration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "tutti.reader"
        configuration.readonly = true
        configuration.busyMode = BusyHandler.waiting()
        return configuration
    }
}

/// A result that a plain thread waits for.
private final class Answer<T: Sendable>: Sendable {
    private let result = Mutex<Result<T, any Error>?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    func give(_ value: Result<T, any Error>) {
        result.withLock { $0 = value }
        ready.signal()
    }

    func wait() throws -> T {
        ready.wait()
        guard let result = result.withLock({ $0 }) else { throw StoreError.notWritable }
        return try result.get()
    }
}
