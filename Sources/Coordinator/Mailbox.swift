import EventLoop
import Glibc
import Synchronization

/// Hands values from any thread to one thread that waits for them.
///
/// The order of one sender is kept. The box itself has no bound: what is put into it is small, and its number is bounded
/// by the number of live sessions (their output goes to the store, not through here).
final class Mailbox<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let bell: (read: Int32, write: Int32)

    /// An empty box. Throws when the system has no descriptor left.
    init() throws(MailboxError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw MailboxError(errno: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        bell = (ends[0], ends[1])
    }

    deinit {
        close(bell.read)
        close(bell.write)
    }

    /// Puts a value in and wakes the waiting thread.
    func put(_ value: Value) {
        let wasEmpty = values.withLock { values in
            values.append(value)
            return values.count == 1
        }
        guard wasEmpty else { return }
        var ring: UInt8 = 1
        write(bell.write, &ring, 1)
    }

    /// Takes everything out, after waiting for the first value until `deadline`; empty when the time was over first, or one
    /// of `others` could be read.
    func take(until deadline: Monotonic, orReadable others: [Int32] = []) -> [Value] {
        while true {
            let taken = values.withLock { take(&$0) }
            if !taken.isEmpty { return taken }
            let left = (deadline - .now).wholeMilliseconds
            if left < 0 { return [] }
            // A descriptor below zero is passed over.
            var pollers = ([bell.read] + others).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&pollers, nfds_t(pollers.count), Int32(clamping: left + 1))
            var rings: UInt64 = 0
            read(bell.read, &rings, 8)
            if pollers.dropFirst().contains(where: { $0.revents != 0 }) { return values.withLock { take(&$0) } }
        }
    }

    private func take(_ values: inout [Value]) -> [Value] {
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }
}

/// The system gave no descriptor for a mailbox.
struct MailboxError: Error {
    let errno: Int32
}
