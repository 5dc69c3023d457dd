import CLinux
import Glibc
import Synchronization

/// Single keys of a person who watches: the terminal is told to hand them over at once and not to show them.
///
/// Signals keys (Ctrl+C, Ctrl+Z) stay signals. What was there before comes back at every way out.
final class Keyboard: Sendable {
    /// Readable when a key was pressed.
    let descriptor: Int32 = 0

    /// The address of the modes before; plain memory, because a signal handler gives them back too.
    private static let address = Atomic<UInt>(0)

    private static var before: UnsafeMutablePointer<termios>? {
        UnsafeMutablePointer(bitPattern: address.load(ordering: .sequentiallyConsistent))
    }

    /// Nil where standard input is no terminal, or belongs to another job of the shell.
    init?() {
        guard isatty(0) == 1, tcgetpgrp(0) == getpgrp() else { return nil }
        let modes = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        guard tcgetattr(0, modes) == 0 else {
            modes.deallocate()
            return nil
        }
        Keyboard.address.store(UInt(bitPattern: modes), ordering: .sequentiallyConsistent)
        atexit { Keyboard.giveBack() }
        listen()
    }

    /// Takes single keys, again after a pause.
    func listen() {
        guard let before = Keyboard.before, tcgetpgrp(0) == getpgrp() else {
            return
        }
        var modes = before.pointee
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(0, TCSANOW, &modes)
    }

    /// Gives the terminal back as it was found. Safe in a signal handler, and more than once.
    static func giveBack() {
        guard let before, tcgetpgrp(0) == getpgrp() else { return }
        tcsetattr(0, TCSANOW, before)
    }

    /// The key that was pressed, nil when none was.
    func next() -> UInt8? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 0) == 1, waiting.revents & Int16(POLLIN) != 0 else { return nil }
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) == 1 ? byte : nil
    }
}
