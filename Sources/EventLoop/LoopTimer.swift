import CLibuv

/// One timer of the loop: it is set to a moment of the monotonic clock, and calls back on the loop's thread.
package actor LoopTimer {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let onFire: @Sendable () -> Void
    private var handle: OpenHandle?
    private var isClosed = false

    /// A timer that is not set yet.
    package init(_ loop: EventLoop, onFire: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.onFire = onFire
    }

    /// Calls back once at `moment` (at once when it is past), instead of at any moment set before.
    package func set(to moment: Monotonic) throws(LoopError) {
        guard !isClosed else { return }
        let handle: OpenHandle
        if let open = self.handle {
            handle = open
        } else {
            let loop = unsafe loop.raw
            handle = try unsafe OpenHandle(uv_timer_t.self, owner: self, attempt: "open a timer") { timer in
                unsafe uv_timer_init(loop, timer)
            }
            self.handle = handle
        }
        // libuv counts whole milliseconds of the same clock from its cached time. Counted from now instead, a timer would
        // fire up to a millisecond early.
        let wanted = moment.nanoseconds / 1_000_000 + (moment.nanoseconds % 1_000_000 > 0 ? 1 : 0)
        let cached = unsafe Int64(clamping: uv_now(loop.raw))
        let milliseconds = UInt64(max(0, wanted - cached))
        let answer = unsafe uv_timer_start(
            handle.pointer(uv_timer_t.self),
            { timer in
                let timer = unsafe OpenHandle.owner(timer, as: LoopTimer.self)
                timer?.assumeIsolated { $0.onFire() }
            }, milliseconds, 0)
        try check(answer, "set a timer")
    }

    /// Forgets the moment.
    package func stop() {
        if let handle { unsafe uv_timer_stop(handle.pointer(uv_timer_t.self)) }
    }

    /// Gives the timer back. It never calls again.
    package func close() {
        isClosed = true
        handle?.close()
        handle = nil
    }
}
