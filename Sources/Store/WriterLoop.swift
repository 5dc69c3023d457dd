internal import GRDB
internal import Model

/// Takes operations from the inbox and commits them in groups.
///
/// Lives on the writer thread alone. A group is at most 500 rows or 2 ms, so that the writers of other processes get
/// their turn. A slice that cannot be committed (a full disk) stays where it is and is tried again; a write is told so.
final class WriterLoop {
    private static let rowBound = 500
    private static let timeBound: Duration = .milliseconds(2)
    /// From the end of one group of slices to the next: a commit has a price of its own, and so has each reader that it
    /// wakes. A person sees nothing of it.
    private static let rest: Duration = .milliseconds(5)
    /// A machine that is short of processors takes long for a group. As long gathers the next, up to this: neighbouring
    /// pieces of one text then become one row, and there is less to do.
    private static let longestRest: Duration = .milliseconds(50)

    private let core: WriterCore
    private let inbox: Inbox
    private let notices: WriterNotices
    private let checkpointer: Checkpointer
    private let tick: TickWriter
    private var operations: [Operation] = []
    private var head = 0
    /// Operations before this one were looked at; what was found stands in the two below.
    private var scanned = 0
    private var fullWrites: [Int] = []
    private var unknown: Set<Identifier> = []
    private var isSynchronous: Bool?
    /// One operation at a time, to find the one that cannot be written.
    private var isCareful = false
    private var retryDelay: Duration?
    private var retryAt: ContinuousClock.Instant?
    private var reportedFences: Set<Fence> = []
    private var lastCommit = ContinuousClock.now
    /// How long it took to commit what was taken last.
    private var effort: Duration = .zero

    init(core: WriterCore, inbox: Inbox, notices: WriterNotices, checkpointer: Checkpointer) {
        self.core = core
        self.inbox = inbox
        self.notices = notices
        self.checkpointer = checkpointer
        tick = TickWriter(storePath: core.path)
    }

    /// Works until the inbox is closed and empty. What cannot be committed then is lost to this process (the spools have it).
    func run() {
        var isClosed = false
        while true {
            if head == operations.count {
                operations.removeAll(keepingCapacity: true)
                head = 0
                forgetScan()
            }
            let now = ContinuousClock.now
            if !isClosed && (head == operations.count || isWaitingToRetry(now)) {
                inbox.wait(until: retryAt ?? (core.discarded.isEmpty ? core.nextDue : now))
            }
            // While there is enough to do, what comes in waits in the inbox, where slices of one session become one.
            if head == operations.count || retryAt != nil {
                let rest = max(WriterLoop.rest, min(effort, WriterLoop.longestRest))
                inbox.gather(until: lastCommit + rest)
                effort = .zero
                let taken = inbox.take()
                operations.append(contentsOf: taken.operations)
                isClosed = taken.isClosed
                let hasWrite = taken.operations.contains { if case .write = $0 { true } else { false } }
                if isWaitingToRetry(.now), !hasWrite, !isClosed { continue }
            }
            commitGroup(isLast: isClosed)
            if isClosed && (head == operations.count || retryAt != nil) { break }
        }
        refuseWrites(with: StoreError.notWritable)
    }

    private func isWaitingToRetry(_ now: ContinuousClock.Instant) -> Bool { retryAt.map { $0 > now } ?? false }

    private func commitGroup(isLast: Bool) {
        let now = ContinuousClock.now
        guard head < operations.count || isLast || !core.discarded.isEmpty || core.nextDue.map({ $0 <= now }) ?? false
        else { return }
        checkpointer.holdWhileFull()
        // On this thread, so that nothing is added to the log in between. What cannot be moved now is tried again.
        if checkpointer.isTight { _ = try? core.db.checkpoint(.passive) }
        var index = head
        var finished: [@Sendable () -> Void] = []
        do {
            try begin()
            try loadTracks()
            let started = ContinuousClock.now
            while index < operations.count {
                if let done = try perform(operations[index]) { finished.append(done) }
                index += 1
                if isCareful || core.rows >= WriterLoop.rowBound || .now - started > WriterLoop.timeBound { break }
            }
            if index == operations.count || core.rows < WriterLoop.rowBound { try core.doDue(at: .now) }
            if isLast && index == operations.count { for track in core.tracks.values { try core.save(track) } }
            try core.db.commit()
        } catch {
            return recover(from: error, attempted: index)
        }
        lastCommit = .now
        // What the disk takes to flush is no sign of a machine that has too much to do.
        if isSynchronous == false { effort += now.duration(to: lastCommit) }
        settle(through: index)
        for done in finished { done() }
        announce()
    }

    private func begin() throws {
        // Outside the transaction: SQLite refuses to change it within one.
        scanAhead()
        let needsFull = !fullWrites.isEmpty
        if isSynchronous != needsFull {
            try core.db.execute(sql: needsFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
            isSynchronous = needsFull
        }
        core.checkedFence = nil
        try core.db.beginTransaction(.immediate)
        let version: Int? = try core.value("PRAGMA user_version", [])
        guard version == core.version else {
            throw TuttiError(
                .storeFailed, "The store \(core.path) was changed to schema \(version ?? 0) by another Tutti",
                hint: "start this one again in the newer version")
        }
    }

    /// Reads what is not known of the sessions of this group, all in one pass.
    private func loadTracks() throws {
        let ids = core.discarded.union(unknown)
        core.discarded = []
        unknown = []
        if !ids.isEmpty { try core.load(ids) }
    }

    /// Looks once at each operation that this group can reach.
    private func scanAhead() {
        scanned = max(scanned, head)
        let end = min(operations.count, head + WriterLoop.rowBound)
        while scanned < end {
            switch operations[scanned] {
            case .slice(let slice): if core.trackRows[slice.session] == nil { unknown.insert(slice.session) }
            case .write(let job): if job.durability == .full { fullWrites.append(scanned) }
            }
            scanned += 1
        }
    }

    /// After positions have changed.
    private func forgetScan() {
        scanned = head
        fullWrites = []
    }

    /// Does one operation and returns what is to be called after the commit.
    private func perform(_ operation: Operation) throws -> (@Sendable () -> Void)? {
        switch operation {
        case .slice(let slice):
            do {
                try core.check(slice.fence)
            } catch let error as StoreError {
                // Refused for good: the adopter reads the same bytes.
                if reportedFences.insert(slice.fence).inserted { notices.failed(error) }
                return nil
            }
            try core.apply(slice)
            return nil
        case .write(let job):
            var done: (@Sendable () -> Void)?
            defer { core.checkedFence = nil }
            do {
                if let fence = job.fence { try core.check(fence) }
                try core.db.inSavepoint {
                    done = try job.perform(StoreWriter(core: core))
                    return .commit
                }
                return done
            } catch {
                if StoreFailure.isTransient(error) || !core.db.isInsideTransaction { throw error }
                core.discardTouchedKeepingCounts()
                let failure = StoreFailure.translate(error, path: core.path)
                return { job.fail(failure) }
            }
        }
    }

    /// After a commit: the operations are done.
    private func settle(through index: Int) {
        for position in head..<index {
            inbox.settle(operations[position].bytes)
        }
        head = index
        fullWrites.removeAll { $0 < head }
        if retryAt != nil || retryDelay != nil { notices.failed(nil) }
        retryAt = nil
        retryDelay = nil
        isCareful = false
        core.touched.removeAll(keepingCapacity: true)
    }

    private func announce() {
        checkpointer.noteCommit(rows: core.rows)
        core.rows = 0
        if core.newestEvent > notices.newestEvent { notices.newestEvent = core.newestEvent }
        core.newestEvent = 0
        tick.write(notices.newestEvent)
        notices.committed()
    }

    /// After a failure: nothing of the group was written.
    private func recover(from error: any Error, attempted index: Int) {
        if core.db.isInsideTransaction { try? core.db.rollback() }
        core.discardTouched()
        // Deadlines that were taken in this group are set again when the tracks are read back.
        let failure = StoreFailure.translate(error, path: core.path)
        if !StoreFailure.isTransient(error) && !(error is TuttiError) {
            if isCareful || index == head, index < operations.count {
                drop(at: index, with: failure)
                return
            }
            isCareful = true
            return
        }
        refuseWrites(with: failure)
        notices.failed(failure)
        let delay = min((retryDelay ?? .milliseconds(10)) * 2, .seconds(1))
        retryDelay = delay
        retryAt = .now + delay
    }

    /// Takes out the one operation that can never be written, and says so.
    private func drop(at index: Int, with failure: any Error) {
        let operation = operations[index]
        inbox.settle(operation.bytes)
        operations.remove(at: index)
        forgetScan()
        isCareful = index > head
        switch operation {
        case .slice: notices.failed(failure)
        case .write(let job): job.fail(failure)
        }
    }

    /// Tells everybody who waits for a write that it failed; slices stay.
    private func refuseWrites(with failure: any Error) {
        var kept: [Operation] = []
        for operation in operations[head...] {
            switch operation {
            case .slice: kept.append(operation)
            case .write(let job): job.fail(failure)
            }
        }
        operations = kept
        head = 0
        forgetScan()
    }
}
