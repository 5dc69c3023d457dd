import Glibc
import Store

/// Waits for news of a store: the tick file by inotify, a look every quarter second in any case, and signals.
///
/// For plain loops of one thread. A missing watch (none left, a file system without) only makes it slower.
final class NewsWaiter {
    /// Why the wait is over.
    enum News: Equatable {
        case perhaps
        case signal(Int32)
    }

    private let inotify: Int32
    private let signals: Signals
    private let tick: String
    private var watched = false

    /// Waits for news of the store at `storePath`; `signals` end the wait.
    init(storePath: String, signals: Signals) {
        self.signals = signals
        tick = TickFile(storePath: storePath).path
        inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        watch()
    }

    deinit { if inotify >= 0 { close(inotify) } }

    private func watch() {
        guard inotify >= 0, !watched else { return }
        watched = inotify_add_watch(inotify, tick, UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE)) >= 0
    }

    /// Also wakes when something is written to `path`.
    func alsoWatch(_ path: String) {
        if inotify >= 0 { _ = inotify_add_watch(inotify, path, UInt32(IN_MODIFY)) }
    }

    /// Returns at news, at a signal, or after `milliseconds`.
    func wait(milliseconds: Int32 = 250) -> News {
        watch()
        if let signal = signals.next() { return .signal(signal) }
        var wanted = [
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&wanted, inotify >= 0 ? 2 : 1, milliseconds)
        drain()
        if let signal = signals.next() { return .signal(signal) }
        return .perhaps
    }

    private func drain() {
        guard inotify >= 0 else { return }
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            while read(inotify, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
