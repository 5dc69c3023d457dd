import EventLoop
import Foundation
package import Model
import Sessions
package import Store
import Synchronization

/// Runs questions: starts their sessions, follows them, records them, and brings each run to its end.
///
/// Several coordinators may work on one store, each in its own process; each is alive while it holds its lock. All calls
/// may come from any plain thread; those that write wait for the disk, so none of them belongs into an async function.
package final class Coordinator: Sendable {
    /// The coordinator's own identifier, as its row and its lock file name it.
    package let id: Identifier
    package let store: Store
    private let surroundings: Surroundings
    private let lock: CoordinatorLock
    let fence: Fence
    private let sentinel: RecoveryGuard
    private let box: Mailbox<Worker.Message>
    private let state = NSCondition()
    private let idle: Mutex<Idle>
    private let tell: @Sendable (News) -> Void

    /// What is told to whoever wants to hear of everything.
    package enum News: Sendable {
        case began(Identifier)
        case finished(Identifier)
        /// What a coordinator left that died.
        case tookOver(Identifier, runs: Int, sessions: Int)
        /// The thread took a question.
        case answered
        /// With what stopped it, if anything did.
        case ended(TuttiError?)
    }

    /// What those who wait want to know.
    private struct Idle {
        var busy: Set<Identifier> = []
        var settled = true
        var ended = false
        var leavesWork = false
        var failure: TuttiError?
    }

    /// Registers a coordinator with `store`, which must be open for writing, and starts its threads.
    ///
    /// `tell` is called on the coordinator's thread, and must be quick. Throws a `TuttiError` when the lock, the loop or the
    /// store cannot be had.
    package init(
        store: Store, surroundings: Surroundings, tell: @escaping @Sendable (News) -> Void = { _ in }
    ) throws {
        Admission.raiseDescriptorLimit()
        let id = Identifier.random()
        let lock = try CoordinatorLock.acquire(id, in: store.stateFolder + "/coordinators")
        let sentinel = RecoveryGuard(lock: lock.path, store: store.path, surroundings: surroundings)
        var isReady = false
        defer {
            if !isReady {
                lock.release()
                sentinel.end(leavesWork: false)
            }
        }
        let fence = try store.writeAndWait { [pid = getpid()] writer in
            let now = Timestamp.now
            try writer.forgetCoordinators(endedBefore: Timestamp(milliseconds: now.milliseconds - 86_400_000))
            return try writer.register(id, pid: pid, kind: surroundings.kind, at: now)
        }
        // Before anything is owned that it would have to speak for; after the row, as one that died without a row left nothing,
        // and a guard would wait for its turn to find that out.
        sentinel.keep()
        self.id = id
        self.store = store
        self.surroundings = surroundings
        self.lock = lock
        self.fence = fence
        self.sentinel = sentinel
        let box: Mailbox<Worker.Message>
        do { box = try Mailbox() } catch {
            throw TuttiError(
                .tryAgain, "Cannot make a pipe: \(String(cString: strerror(error.errno))).",
                hint: "Too many files are open; raise the limit: ulimit -n 65536")
        }
        self.box = box
        self.tell = tell
        idle = Mutex(Idle())
        let recorder = Recorder(store)
        let supervisor = try SessionSupervisor(mayRead: { store.backlogBytes < Recorder.mostBacklog }) { report in
            switch report {
            case .slice(let slice):
                if let spent = recorder.record(slice, at: .now) { box.put(.spent(slice.session, spent)) }
            default: box.put(.report(report, at: .now))
            }
        }
        let worker = Worker(
            id: id, store: store, fence: fence, surroundings: surroundings, supervisor: supervisor, recorder: recorder,
            sentinel: sentinel, box: box
        ) { [weak self] change in self?.note(change) }
        let starter = Mutex<Worker?>(worker)
        let thread = Thread {
            guard let worker = starter.withLock({ $0.take() }) else { return }
            worker.work()
        }
        thread.name = "coordinator"
        thread.start()
        isReady = true
    }

    /// The kind of a coordinator whose whole work is what others left.
    package static let recovering = "recover"

    /// The kind of the one coordinator that stays, and answers for everything that waits.
    package static let serving = "serve"

    /// Writes a run and begins it. With a key that exists already nothing is begun, and the ticket names the old run.
    package func submit(_ prepared: consuming PreparedRun) throws -> RunTicket {
        // Given away: ten thousand drafts are not kept beside the rows that became of them.
        let ticket = try Coordinator.enqueue(consume prepared, in: store, owner: fence)
        if ticket.isNew { take(ticket.run) }
        return ticket
    }

    /// Begins with a run that was written as this coordinator's.
    func take(_ run: Identifier) {
        begin(run)
        box.put(.take(run))
    }

    /// Asks the coordinator's thread for an answer, ``News/answered``: it comes when everything before it is done.
    package func ask() { box.put(.ask) }

    /// Writes a run for whichever coordinator claims it first.
    package static func enqueue(_ prepared: consuming PreparedRun, in store: Store, owner: Fence? = nil) throws
        -> RunTicket
    {
        let now = Timestamp.now
        let prepared = consume prepared
        let isNew = try store.writeAndWait(as: owner) {
            try prepared.write($0, owner: owner?.coordinator, at: now)
        }
        if isNew { return prepared.ticket }
        let key = prepared.run.key
        guard let key, let run = try store.read({ try $0.run(key: key) }) else {
            throw TuttiError(
                .storeFailed, "The store did not take the run, and knows none with its key.",
                hint: "Check the store: tutti doctor")
        }
        return RunTicket(run: run.id, jobs: [], isNew: false)
    }

    /// Takes over everything that no living coordinator owns: runs of dead ones, and runs that wait to be claimed.
    package func adopt() {
        idle.withLock { $0.settled = false }
        box.put(.adopt)
    }

    /// Cancels a run: commits the wish first, so that no recovery brings it back, then ends what runs.
    ///
    /// Said again, what still runs is killed. `exit` is what a run ends with that is cut short by this.
    package func cancel(_ run: Identifier, exit: ExitCode = .cancelledByOther) throws {
        // First: once the wish is written, the thread may see it there and end the run before it hears of it from us.
        box.put(.cancelling(run, exit))
        try store.writeAndWait {
            try $0.requestCancel([.run(run)], at: .now)
            // Whoever takes the run over in this moment must leave with the same status.
            try $0.note(run: run, ["cancel_exit": .integer(Int64(exit.rawValue))])
        }
        box.put(.cancel(run, exit))
    }

    /// Kills the process trees of all live sessions.
    package func kill() { box.put(.kill) }

    /// Waits until the run is over, as far as this coordinator has to do with it; false when `seconds` were over first.
    ///
    /// Throws what ended the coordinator, if something did.
    @discardableResult
    package func wait(for run: Identifier? = nil, seconds: Double = .infinity) throws -> Bool {
        // `wait(until: .distantFuture)` traps on Linux: no date stands for "for ever" here.
        let deadline = seconds.isFinite ? Date(timeIntervalSinceNow: seconds) : nil
        state.lock()
        defer { state.unlock() }
        while true {
            let (done, failure) = idle.withLock { idle in
                let over = run.map { !idle.busy.contains($0) } ?? (idle.busy.isEmpty && idle.settled)
                return (over || idle.ended, idle.failure)
            }
            if let failure { throw failure }
            if done { return true }
            if let deadline {
                if !state.wait(until: deadline) { return false }
            } else {
                state.wait()
            }
        }
    }

    /// Stops following everything and gives up the lock; waits until that is done.
    ///
    /// Sessions that are live go on in their hosts, and their runs are taken over by a recovery that this starts.
    package func close() {
        box.put(.close)
        state.lock()
        while !idle.withLock({ $0.ended }) { state.wait() }
        state.unlock()
        let leavesWork = idle.withLock { $0.leavesWork }
        guard surroundings.kind != Coordinator.recovering else {
            // Where runs are left, the guard finds the file without a holder and has them taken over: not without end.
            lock.release(leavesWork: leavesWork)
            return sentinel.end(leavesWork: leavesWork)
        }
        // The turns of guards are few, and for coordinators that were killed. This one can speak for itself.
        if leavesWork { sentinel.dismiss() }
        lock.release(leavesWork: leavesWork)
        sentinel.end(leavesWork: leavesWork)
        // Hosts that ended just before saw the lock and left their endings to this coordinator.
        guard leavesWork || leftByOthers else { return }
        // Whoever serves the store takes it over within a second.
        if surroundings.kind != Coordinator.serving, ServingHolder.isReliable(in: store.stateFolder) { return }
        do {
            try BackgroundCoordinator.start(
                tutti: surroundings.tutti, store: store.path, environment: surroundings.environment)
        } catch {
            guard leavesWork else { return }
            sentinel.keep()
            sentinel.end(leavesWork: true)
        }
    }

    private var leftByOthers: Bool {
        let dead = (try? store.read { try $0.deadCoordinators() }) ?? []
        return dead.contains { $0.id != id }
    }

    private func begin(_ run: Identifier) { idle.withLock { _ = $0.busy.insert(run) } }

    private func note(_ change: Worker.Change) {
        state.lock()
        idle.withLock { idle in
            switch change {
            case .began(let run): idle.busy.insert(run)
            case .finished(let run): idle.busy.remove(run)
            case .settled: idle.settled = true
            case .tookOver, .answered: break
            case .ended(let failure, let leavesWork):
                idle.ended = true
                idle.leavesWork = leavesWork
                idle.failure = failure
            }
        }
        state.broadcast()
        state.unlock()
        switch change {
        case .began(let run): tell(.began(run))
        case .finished(let run): tell(.finished(run))
        case .tookOver(let dead, let runs, let sessions): tell(.tookOver(dead, runs: runs, sessions: sessions))
        case .answered: tell(.answered)
        case .ended(let failure, _): tell(.ended(failure))
        case .settled: break
        }
    }
}
