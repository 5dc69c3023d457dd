import Glibc

/// Writes to a file descriptor, standard output unless told otherwise, without a buffer between.
package final class StandardSink: LineSink {
    private let descriptor: Int32

    /// A sink for `descriptor`.
    package init(descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

    /// Writes all of `bytes`, however long the reader takes; false when the reader is gone or the system refuses.
    package func write(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN {
                    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&poller, 1, -1)
                    continue
                }
                return false
            }
            start += count
        }
        return true
    }
}

/// Waits by the monotonic clock.
package final class RealPace: Pace {
    private let start: timespec

    /// A pace that begins now.
    package init() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        start = now
    }

    /// Returns when so much time has passed since the pace began.
    package func wait(until moment: Duration) {
        let (seconds, attoseconds) = moment.components
        var nanoseconds = start.tv_nsec + Int(attoseconds / 1_000_000_000)
        var moment = timespec(tv_sec: start.tv_sec + Int(seconds), tv_nsec: nanoseconds)
        if nanoseconds >= 1_000_000_000 {
            nanoseconds -= 1_000_000_000
            moment = timespec(tv_sec: start.tv_sec + Int(seconds) + 1, tv_nsec: nanoseconds)
        }
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nil) == EINTR {}
    }
}
