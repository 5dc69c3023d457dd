internal import Dispatch
internal import Model
internal import Synchronization

/// One thing for the writer thread to do.
enum Operation: Sendable {
    case slice(RecordedSlice)
    case write(WriteJob)

    /// What the operation counts in the backlog.
    var bytes: Int {
        if case .slice(let slice) = self { slice.bytes } else { 0 }
    }
}

/// A write that somebody waits for.
struct WriteJob: Sendable {
    var durability: Durability
    var fence: Fence?
    /// Does the work and returns what is to be called after the commit.
    var perform: @Sendable (StoreWriter) throws -> @Sendable () -> Void
    var fail: @Sendable (any Error) -> Void
}

/// What waits for the writer thread, in order.
///
/// Slices of one session that wait side by side become one, so that a store which has fallen behind catches up with
/// fewer rows; a write in between keeps them apart.
final class Inbox: Sendable {
    private struct State {
        var operations: [Operation] = []
        var latest: [Identifier: Int] = [:]
        var isSignalled = false
        /// Somebody waits for a write: no time is spent on gathering.
        var hasWrite = false
        var isClosed = false
    }

    /// A slice that has grown to this size is left alone: a transaction must stay short.
    private static let largestSlice = 64 << 10

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)
    private let waiting = Atomic<Int>(0)

    /// Bytes of slices that are not committed.
    var backlogBytes: Int { waiting.load(ordering: .relaxed) }

    /// Queues a slice.
    func put(_ slice: RecordedSlice) {
        waiting.add(slice.bytes, ordering: .relaxed)
        let isFirst = state.withLock { state in
            if let index = state.latest[slice.session], case .slice(var earlier) = state.operations[index],
                earlier.fence == slice.fence, earlier.bytes + slice.bytes < Inbox.largestSlice
            {
                let before = earlier.bytes
                state.operations[index] = .slice(slice)  // Lets go of the earlier one, so that it grows in place.
                earlier.append(contentsOf: slice)
                waiting.add(earlier.bytes - before - slice.bytes, ordering: .relaxed)
                state.operations[index] = .slice(earlier)
            } else {
                state.latest[slice.session] = state.operations.count
                state.operations.append(.slice(slice))
            }
            defer { state.isSignalled = true }
            return !state.isSignalled
        }
        if isFirst { signal.signal() }
    }

    /// Queues a write; false when the inbox is closed.
    func put(_ job: WriteJob) -> Bool {
        let (isOpen, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.operations.append(.write(job))
            state.latest.removeAll(keepingCapacity: true)
            defer { (state.isSignalled, state.hasWrite) = (true, true) }
            // A writer that gathers slices has heard the signal of the first and waits for this one.
            return (true, !state.hasWrite)
        }
        if isFirst { signal.signal() }
        return isOpen
    }

    /// Asks the writer thread to finish.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.signal()
    }

    /// Everything that waits, and whether the inbox is closed.
    func take() -> (operations: [Operation], isClosed: Bool) {
        state.withLock { state in
            let operations = state.operations
            state.operations = []
            state.latest.removeAll(keepingCapacity: true)
            state.isSignalled = false
            state.hasWrite = false
            return (operations, state.isClosed)
        }
    }

    /// Waits until something is put in, or until `deadline`.
    func wait(until deadline: ContinuousClock.Instant?) {
        guard let deadline else { return signal.wait() }
        let left = deadline - .now
        guard left > .zero else { return }
        let nanoseconds = left.components.seconds * 1_000_000_000 + left.components.attoseconds / 1_000_000_000
        _ = signal.wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
    }

    /// Lets slices gather until `deadline`, but no longer than until somebody wants to write.
    func gather(until deadline: ContinuousClock.Instant) {
        while ContinuousClock.now < deadline, state.withLock({ !$0.hasWrite && !$0.isClosed }) { wait(until: deadline) }
    }

    /// Takes committed bytes out of the backlog.
    func settle(_ bytes: Int) { waiting.subtract(bytes, ordering: .relaxed) }
}
