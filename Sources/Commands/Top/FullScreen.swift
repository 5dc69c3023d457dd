import Glibc
import Synchronization

/// The terminal's other screen, which is given back at every end: by itself, by signals, and when the program breaks.
final class FullScreen: Sendable {
    private let output: Output
    private let last = Mutex<[String]>([])

    private static let isOpen = Atomic<Bool>(false)

    /// A screen on standard output; ``open()`` takes it.
    init(_ output: Output) { self.output = output }

    deinit { FullScreen.giveBack() }

    /// Takes the screen: what was there comes back with ``close()``.
    func open() {
        FullScreen.watchForBreaking()
        FullScreen.isOpen.store(true, ordering: .sequentiallyConsistent)
        last.withLock { $0 = [] }
        // Without wrapping, a line that a terminal counts wider than we do cannot break the picture.
        output.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[H\u{1B}[2J")
    }

    /// Gives the screen back.
    func close() { FullScreen.giveBack() }

    /// Shows `lines` in place of the last ones; only those that changed are written.
    func draw(_ lines: [String]) {
        var text = ""
        last.withLock { last in
            for (index, line) in lines.enumerated() where index >= last.count || last[index] != line {
                text += "\u{1B}[\(index + 1);1H\u{1B}[K" + line
            }
            if lines.count < last.count { text += "\u{1B}[\(lines.count + 1);1H\u{1B}[J" }
            last = lines
        }
        if !text.isEmpty { output.write(text) }
    }

    /// Forgets what stands there: the window has another size.
    func forget() {
        last.withLock { $0 = [] }
        output.write("\u{1B}[H\u{1B}[2J")
    }

    /// Puts the terminal back. Safe in a signal handler, and more than once.
    static func giveBack() {
        guard isOpen.exchange(false, ordering: .sequentiallyConsistent) else { return }
        // The bytes of ESC[?7h ESC[?25h ESC[?1049l: a handler may not make a text.
        var bytes:
            (
                UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8,
                UInt8, UInt8, UInt8, UInt8
            ) = (
                0x1B, 0x5B, 0x3F, 0x37, 0x68, 0x1B, 0x5B, 0x3F, 0x32, 0x35, 0x68, 0x1B, 0x5B, 0x3F, 0x31, 0x30, 0x34,
                0x39,
                0x6C
            )
        _ = write(1, &bytes, 19)
    }

    private static let isWatching = Atomic<Bool>(false)

    /// A program that breaks leaves a terminal that a person can read its last words on.
    private static func watchForBreaking() {
        guard !isWatching.exchange(true, ordering: .sequentiallyConsistent) else { return }
        atexit { FullScreen.giveBack() }
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV, SIGFPE] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                FullScreen.giveBack()
                Keyboard.giveBack()
                signal(number, SIG_DFL)
                raise(number)
            }
            // Once: what comes after it is the end as it would be without us.
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
    }
}
