import CLibuv
import CLinux
import Glibc

/// Calls back once when a process ends, whoever its parent is.
package actor ProcessWatch {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let onEnd: @Sendable () -> Void
    private var handle: OpenHandle?
    private var isClosed = false

    /// A watch that begins with ``start(pidfd:)``.
    package init(_ loop: EventLoop, onEnd: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.onEnd = onEnd
    }

    /// Opens a descriptor that names `pid` for ever, also after its number belongs to another process.
    ///
    /// Check that it is still the right process *after* opening it. The caller closes it, or hands it to ``start(pidfd:)``.
    package static func descriptor(of pid: Int32) throws(LoopError) -> Int32 {
        let descriptor = tutti_pidfd_open(pid)
        guard descriptor >= 0 else { throw LoopError("watch process \(pid)", number: errno) }
        return descriptor
    }

    /// Sends a signal to the process behind a descriptor of ``descriptor(of:)``, and to no other; false when it is gone.
    @discardableResult
    package static func signal(_ signal: Int32, to pidfd: Int32) -> Bool { tutti_pidfd_send_signal(pidfd, signal) == 0 }

    /// Begins to watch; the descriptor is closed with the watch. The callback comes at once when the process has ended.
    package func start(pidfd: Int32) throws(LoopError) {
        guard !isClosed else {
            Glibc.close(pidfd)
            return
        }
        let loop = unsafe loop.raw
        let handle: OpenHandle
        do throws(LoopError) {
            handle = try unsafe OpenHandle(
                uv_poll_t.self, owner: self, attempt: "watch a process", onClosed: { Glibc.close(pidfd) },
                open: { unsafe uv_poll_init(loop, $0, pidfd) })
        } catch {
            Glibc.close(pidfd)
            throw error
        }
        let answer = unsafe uv_poll_start(handle.pointer(uv_poll_t.self), Int32(UV_READABLE.rawValue)) { poll, _, _ in
            let watch = unsafe OpenHandle.owner(poll, as: ProcessWatch.self)
            watch?.assumeIsolated { watch in
                watch.close()
                watch.onEnd()
            }
        }
        guard answer == 0 else {
            handle.close()
            throw LoopError("watch a process", number: answer)
        }
        self.handle = handle
    }

    /// Stops watching and closes the descriptor.
    package func close() {
        isClosed = true
        handle?.close()
        handle = nil
    }
}
