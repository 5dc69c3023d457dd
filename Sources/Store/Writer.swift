internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization

/// The writer thread and what belongs to it.
final class Writer: Sendable {
    let inbox = Inbox()
    let notices: WriterNotices
    private let checkpointer: Checkpointer
    private let queue: DatabaseQueue
    private let ended = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)

    /// Begins the thread; `queue` is its alone from now on.
    init(queue: DatabaseQueue, path: String, stateFolder: String, version: Int) throws {
        self.queue = queue
        // There before the first reader looks for it.
        try StoreFile.create(Store.tickPath(for: path))
        notices = WriterNotices(
            newestEvent: try queue.read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM events") ?? 0 })
        checkpointer = Checkpointer(path: path)
        checkpointer.start(path: path)
        let thread = Thread { [inbox, notices, checkpointer, queue, ended] in
            // One access for the whole life of the thread: a hop for each commit would cost more than the commit.
            queue.writeWithoutTransaction { db in
                let core = WriterCore(db: db, path: path, stateFolder: stateFolder, version: version)
                WriterLoop(core: core, inbox: inbox, notices: notices, checkpointer: checkpointer).run()
            }
            ended.signal()
        }
        thread.name = "tutti.writer"
        thread.start()
    }

    /// Commits what is queued, then ends the threads. Waits; only the first call does anything.
    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        inbox.close()
        ended.wait()
        checkpointer.close()
        try? queue.close()
    }
}
