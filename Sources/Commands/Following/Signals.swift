import Glibc
import Synchronization

/// Signals as bytes in a pipe, so that a loop can wait for them beside everything else.
final class Signals: Sendable {
    /// Readable when a signal has come; each byte is a signal's number.
    let descriptor: Int32

    /// The write end for the handler, which may touch nothing but plain integers and `write`.
    private static let writeEnd = Atomic<Int32>(-1)

    /// Begins to catch `signals` for this process. Later calls add signals to the same pipe.
    static func listen(_ signals: [Int32]) -> Signals {
        let shared = instance.withLock { existing -> Signals in
            if let existing { return existing }
            var ends: [Int32] = [-1, -1]
            _ = pipe(&ends)
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
            writeEnd.store(ends[1], ordering: .sequentiallyConsistent)
            let made = Signals(descriptor: ends[0])
            existing = made
            return made
        }
        for signal in signals { install(signal) { Signals.forward($0) } }
        return shared
    }

    private static let instance = Mutex<Signals?>(nil)

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// A handler that does nothing: a write to a closed pipe then returns an error, and children start with the default.
    static func ignoreBrokenPipes() { install(SIGPIPE) { _ in } }

    /// The next signal that has come, nil when there is none.
    func next() -> Int32? {
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) == 1 ? Int32(byte) : nil
    }

    private static let interrupts = Atomic<Int32>(0)

    private static func forward(_ signal: Int32) {
        let saved = errno
        // The third Ctrl+C leaves at once, whatever the rest of the program is at.
        if signal == SIGINT, interrupts.add(1, ordering: .relaxed).newValue >= 3 {
            var restore: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) =
                (0x1B, 0x5B, 0x3F, 0x37, 0x68, 0x1B, 0x5B, 0x3F, 0x32, 0x35, 0x68, 0x0A)
            if isatty(2) == 1 { _ = write(2, &restore, 12) }
            FullScreen.giveBack()
            Keyboard.giveBack()
            _exit(130)
        }
        var byte = UInt8(truncatingIfNeeded: signal)
        _ = write(writeEnd.load(ordering: .relaxed), &byte, 1)
        errno = saved
    }

    private static func install(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = SA_RESTART
        sigaction(signal, &action, nil)
        // A parent that started us with the signal blocked must not make us deaf.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, signal)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}
