import CLibuv

/// Calls back on the loop's thread when the program gets one of some signals, instead of what the signal does by itself.
///
/// Several watches of one signal are all called. What a signal did before comes back when its last watch is closed.
package actor SignalWatch {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let onSignal: @Sendable (Int32) -> Void
    private var handles: [OpenHandle] = []
    private var isClosed = false

    /// A watch that hears nothing until ``start(_:)``.
    package init(_ loop: EventLoop, onSignal: @escaping @Sendable (Int32) -> Void) {
        self.loop = loop
        self.onSignal = onSignal
    }

    /// Begins to hear these signals: SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT, SIGUSR1…
    package func start(_ signals: [Int32]) throws(LoopError) {
        guard !isClosed else { return }
        for signal in signals {
            let loop = unsafe loop.raw
            let handle = try unsafe OpenHandle(uv_signal_t.self, owner: self, attempt: "watch signal \(signal)") {
                unsafe uv_signal_init(loop, $0)
            }
            let answer = unsafe uv_signal_start(
                handle.pointer(uv_signal_t.self),
                { watch, signal in
                    let watch = unsafe OpenHandle.owner(watch, as: SignalWatch.self)
                    watch?.assumeIsolated { $0.onSignal(signal) }
                }, signal)
            guard answer == 0 else {
                handle.close()
                throw LoopError("watch signal \(signal)", number: answer)
            }
            handles.append(handle)
        }
    }

    /// Stops hearing. The signals do again what they did before.
    package func close() {
        isClosed = true
        for handle in handles { handle.close() }
        handles = []
    }
}
