import EventLoop
import Synchronization

/// A value that callbacks on the loop change and a test looks at.
final class Kept<Value: Sendable>: Sendable {
    private let lock: Mutex<Value>

    init(_ value: Value) { lock = Mutex(value) }

    var value: Value { lock.withLock { $0 } }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { lock.withLock { body(&$0) } }
}

/// Closes a loop and waits for its end.
func end(_ loop: EventLoop) async {
    await withCheckedContinuation { done in loop.close { done.resume() } }
}
