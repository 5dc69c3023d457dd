import Glibc
import Store

/// Waits for news of a store, for signals, or for time to pass, whichever is first. For plain loops of one thread.
final class NewsWaiter {
    /// Why the wait is over.
    enum News: Equatable {
        case perhaps
        case signal(Int32)
        /// A person pressed this key.
        case key(UInt8)
    }

    private let tick: TickWatch
    private let signals: Signals
    private let keyboard: Keyboard?

    /// Waits for news of the store at `storePath`; `signals` end the wait.
    init(storePath: String, signals: Signals, keyboard: Keyboard? = nil) {
        self.signals = signals
        self.keyboard = keyboard
        tick = TickWatch(storePath: storePath)
    }

    /// Also wakes when something is written to `path`.
    func alsoWatch(_ path: String) {
        if tick.descriptor >= 0 { _ = inotify_add_watch(tick.descriptor, path, UInt32(IN_MODIFY)) }
    }

    /// Returns at news, at a signal, or after `milliseconds`.
    func wait(milliseconds: Int32 = 250) -> News {
        tick.watch()
        if let signal = signals.next() { return .signal(signal) }
        var wanted = [
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: tick.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        if let keyboard { wanted.append(pollfd(fd: keyboard.descriptor, events: Int16(POLLIN), revents: 0)) }
        // A descriptor below zero is passed over.
        _ = poll(&wanted, nfds_t(wanted.count), milliseconds)
        tick.drain()
        if let signal = signals.next() { return .signal(signal) }
        if let key = keyboard?.next() { return .key(key) }
        return .perhaps
    }

    /// Waits for signals alone, for `milliseconds`: news that comes meanwhile is seen by the next wait.
    func rest(milliseconds: Int32) -> News {
        if let signal = signals.next() { return .signal(signal) }
        var wanted = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
        if milliseconds > 0 { _ = poll(&wanted, 1, milliseconds) }
        if let signal = signals.next() { return .signal(signal) }
        return .perhaps
    }
}
