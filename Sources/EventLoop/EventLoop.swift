import CLibuv
import CLinux
import Glibc
import Synchronization

/// libuv's loop on a thread of its own, which is at the same time the executor of every actor pinned to it.
///
/// Work comes in with ``run(_:)`` from any thread and is done in the order in which each thread gave it. Actors whose
/// `unownedExecutor` is this loop run on its thread; callbacks of libuv enter them by `assumeIsolated`, without a hop.
/// Nothing given to the loop may block: every live session waits behind it.
@safe package final class EventLoop: SerialExecutor, @unchecked Sendable {
    /// Work that waits for the loop's next turn.
    private enum Entry {
        case work(@Sendable () -> Void)
        case job(UnownedJob)
    }

    private struct Inbox {
        var entries: [Entry] = []
        /// False once the loop ends: what comes later is refused, since nobody would ever do it.
        var isOpen = true
        var onEnd: [@Sendable () -> Void] = []
        var hasEnded = false
    }

    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)
    private let name: String
    // Both are allocated in `init` and freed at the end of the loop's thread; only that thread passes them to libuv,
    // but for `uv_async_send`, which may be called from anywhere while the inbox is open.
    private let loop: UnsafeMutablePointer<uv_loop_t>
    private let wake: UnsafeMutablePointer<uv_async_t>

    /// Starts the loop on a new thread of this name (15 characters at most are shown by the system).
    package init(name: String = "tutti-loop") throws(LoopError) {
        self.name = name
        unsafe loop = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        do {
            try unsafe check(uv_loop_init(loop), "start the event loop")
        } catch {
            unsafe loop.deallocate()
            unsafe wake.deallocate()
            throw error
        }
        // The loop outlives the callback: its thread holds a reference until the last handle is closed.
        let answer = unsafe uv_async_init(loop, wake) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue().emptyInbox()
        }
        let attributes: UnsafePointer<pthread_attr_t>? = nil
        var identity = pthread_t()
        var failure = answer
        if answer == 0 {
            let context = unsafe Unmanaged.passRetained(self).toOpaque()
            unsafe wake.pointee.data = context
            let started = unsafe pthread_create(
                &identity, attributes,
                { context in
                    // The reference passed by `init`; released when the loop has ended.
                    if let context = unsafe context {
                        unsafe Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().serve()
                    }
                    return nil
                }, context)
            if started != 0 {
                unsafe Unmanaged<EventLoop>.fromOpaque(context).release()
                unsafe uv_close(UnsafeMutableRawPointer(wake).assumingMemoryBound(to: uv_handle_t.self), nil)
                unsafe uv_run(loop, UV_RUN_DEFAULT)
            }
            failure = started
        }
        guard failure == 0 else {
            unsafe uv_loop_close(loop)
            unsafe loop.deallocate()
            unsafe wake.deallocate()
            throw LoopError("start the event loop's thread", number: failure)
        }
        pthread_detach(identity)
    }

    // MARK: Work from outside

    /// Hands `work` to the loop's thread and returns at once.
    ///
    /// Returns false when the loop has been closed; the work is then dropped.
    @discardableResult
    package func run(_ work: @escaping @Sendable () -> Void) -> Bool { post(.work(work)) }

    private func post(_ entry: Entry) -> Bool {
        inbox.withLock { inbox in
            guard inbox.isOpen else { return false }
            inbox.entries.append(entry)
            // Sent under the lock, so that the handle cannot be closed in between; only for the first entry of a turn.
            if inbox.entries.count == 1 {
                // libuv 1.44 skips the wake-up when it believes one to be pending, and reads that flag relaxed: without
                // the fence our entry could still be invisible to the turn that the pending wake-up belongs to.
                atomicMemoryFence(ordering: .sequentiallyConsistent)
                _ = unsafe uv_async_send(wake)
            }
            return true
        }
    }

    /// Ends the loop: closes every handle that is still open, then its thread. What was handed in before is still done.
    ///
    /// `done` is called on the loop's thread as its last act (at once when the loop has ended already).
    package func close(_ done: @escaping @Sendable () -> Void = {}) {
        let hasEnded = inbox.withLock { inbox in
            if !inbox.hasEnded { inbox.onEnd.append(done) }
            return inbox.hasEnded
        }
        if hasEnded { return done() }
        run { [unowned self] in self.closeHandles() }
    }

    // MARK: The loop's thread

    private func serve() {
        thread.store(UInt(pthread_self()), ordering: .releasing)
        unsafe tutti_set_process_name(String(name.prefix(15)))
        // A socket's peer may be gone when we write: EPIPE is enough. The signal is blocked for this thread alone, so
        // that no child inherits anything (children are never started from here).
        var pipe = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &pipe, nil)
        unsafe uv_run(loop, UV_RUN_DEFAULT)
        unsafe uv_loop_close(loop)
        unsafe loop.deallocate()
        unsafe wake.deallocate()
        let callbacks = inbox.withLock { inbox in
            inbox.hasEnded = true
            defer { inbox.onEnd = [] }
            return inbox.onEnd
        }
        for callback in callbacks { callback() }
        thread.store(0, ordering: .releasing)
    }

    private func emptyInbox() {
        let entries = inbox.withLock { inbox in
            defer { inbox.entries = [] }
            return inbox.entries
        }
        for entry in entries {
            switch entry {
            case .work(let work): work()
            case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            }
        }
    }

    private func closeHandles() {
        let rest = inbox.withLock { inbox in
            inbox.isOpen = false
            defer { inbox.entries = [] }
            return inbox.entries
        }
        for entry in rest {
            switch entry {
            case .work(let work): work()
            case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            }
        }
        // Every handle but the wake-up belongs to an `OpenHandle`, which frees its memory when libuv has let go of it.
        let walk: uv_walk_cb = { handle, wake in
            guard let handle = unsafe handle, unsafe uv_is_closing(handle) == 0 else { return }
            if unsafe UnsafeMutableRawPointer(handle) == wake {
                unsafe uv_close(handle, nil)
            } else {
                unsafe OpenHandle.of(handle)?.close()
            }
        }
        unsafe uv_walk(loop, walk, UnsafeMutableRawPointer(wake))
    }

    /// libuv's loop, for handles that are opened on its thread.
    var raw: UnsafeMutablePointer<uv_loop_t> {
        precondition(isCurrent, "a handle may be opened on the loop's thread only")
        return unsafe loop
    }

    // MARK: SerialExecutor

    /// True on the loop's own thread.
    package var isCurrent: Bool { thread.load(ordering: .acquiring) == UInt(pthread_self()) }

    /// Runs `job` on the loop's thread; the loop must not be closed yet.
    package func enqueue(_ job: consuming ExecutorJob) {
        // An actor that is used after the end of its loop is a mistake of ours, and waiting for ever would hide it.
        let accepted = post(.job(UnownedJob(job)))
        precondition(accepted, "an actor of a closed event loop was called")
    }

    /// Stops the program unless it is called on the loop's thread.
    package func checkIsolated() { precondition(isCurrent, "not on the event loop's thread") }

    /// True on the loop's thread, false on every other; never nil.
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// The loop as the executor of the actors that are pinned to it.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }
}
