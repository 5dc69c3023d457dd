import EventLoop
import Model

/// All live sessions, on the loop's thread.
actor SessionTable {
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let sink: @Sendable (SessionReport) -> Void

    init(_ loop: EventLoop, sink: @escaping @Sendable (SessionReport) -> Void) {
        self.loop = loop
        self.sink = sink
    }

    func start(_ plan: SessionPlan) {}
    func attach(_ plan: SessionPlan, committedOffset: Int64) {}
    func end(_ id: Identifier, cause: FailureClass) {}
    func kill(_ id: Identifier, cause: FailureClass) {}
    func send(_ id: Identifier, _ bytes: [UInt8], close: Bool) {}
    func close() {}
}
