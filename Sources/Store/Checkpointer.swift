internal import Dispatch
internal import Foundation
internal import GRDB
internal import Glibc
internal import Synchronization

/// Moves the write-ahead log into the database on a connection and a thread of its own, so that no commit waits for it.
///
/// Above `soft` it tries to let the next commit begin the log anew. Above `hard` the writer waits for it (up to a bound: a
/// reader that never ends would stop everything for ever), so that the log stays small while the backlog grows instead.
final class Checkpointer: Sendable {
    private static let soft = 8 << 20
    private static let hard = Int(Store.largeLog)
    private static let rowsBetween = 8000
    private static let longestHold: Duration = .milliseconds(200)

    private let wal: String
    private let wake = DispatchSemaphore(value: 0)
    private let passed = DispatchSemaphore(value: 0)
    private let rows = Atomic<Int>(0)
    private let isWoken = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)
    private let isHeld = Atomic<Bool>(false)
    private let done = DispatchSemaphore(value: 0)

    init(path: String) { wal = path + "-wal" }

    /// Begins the thread.
    func start(path: String) {
        let thread = Thread { [self] in
            run(path: path)
            done.signal()
        }
        thread.name = "tutti.checkpoint"
        thread.start()
    }

    /// Counts a commit of so many rows.
    func noteCommit(rows count: Int) {
        let (_, all) = rows.add(count, ordering: .relaxed)
        if all > Checkpointer.rowsBetween { rouse() }
    }

    /// Makes the writer wait while the log is over its cap.
    func holdWhileFull() {
        guard isOver.load(ordering: .acquiring) else { return }
        isHeld.store(true, ordering: .releasing)
        rouse()
        let nanoseconds = Int(Checkpointer.longestHold.components.attoseconds / 1_000_000_000)
        _ = passed.wait(timeout: .now() + .nanoseconds(nanoseconds))
    }

    /// True when the log could take all the room that is left, and the file would find none to grow into.
    ///
    /// A log that cannot be moved into the file cannot begin anew either: then nothing could be written any more until
    /// somebody frees as much as the file wants.
    var isTight: Bool {
        var disk = statvfs()
        guard statvfs(wal, &disk) == 0 else { return false }
        return UInt64(disk.f_bavail) * UInt64(disk.f_frsize) < UInt64(size())
    }

    /// Does a last checkpoint and ends the thread. Waits.
    func close() {
        isClosed.store(true, ordering: .releasing)
        wake.signal()
        done.wait()
    }

    private func rouse() {
        if !isWoken.exchange(true, ordering: .acquiringAndReleasing) { wake.signal() }
    }

    private func run(path: String) {
        var configuration = GRDB.Configuration()
        configuration.label = "tutti.checkpointer"
        // Short: it holds the writers' lock while it waits for readers.
        configuration.busyMode = BusyHandler.waiting(0.02)
        guard let queue = try? DatabaseQueue(path: path, configuration: configuration) else { return }
        while !isClosed.load(ordering: .acquiring) {
            // The net under the count of rows: a quiet store is checkpointed too.
            let woken = wake.wait(timeout: .now() + .seconds(2))
            isWoken.store(false, ordering: .releasing)
            guard woken == .success || rows.load(ordering: .relaxed) > 0 else { continue }
            rows.store(0, ordering: .relaxed)
            queue.writeWithoutTransactionIgnoringErrors { db in
                _ = try db.checkpoint(.passive)
                if size() > Checkpointer.soft { _ = try db.checkpoint(.truncate) }
            }
            isOver.store(size() > Checkpointer.hard, ordering: .releasing)
            // Only for somebody who waits: a signal that is left over would let the next one through at once.
            if isHeld.exchange(false, ordering: .acquiringAndReleasing) { passed.signal() }
        }
        queue.writeWithoutTransactionIgnoringErrors { db in _ = try db.checkpoint(.truncate) }
    }

    private func size() -> Int {
        var facts = stat()
        return stat(wal, &facts) == 0 ? Int(facts.st_size) : 0
    }
}

extension DatabaseQueue {
    /// Runs a checkpoint; one that others hold up is simply tried again the next time.
    fileprivate func writeWithoutTransactionIgnoringErrors(_ body: (Database) throws -> Void) {
        try? writeWithoutTransaction { db in try body(db) }
    }
}
