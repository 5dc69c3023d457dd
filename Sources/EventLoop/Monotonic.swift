import CLibuv
import Glibc

/// A moment of the system's monotonic clock, which no person and no time server sets.
///
/// The same clock as `ContinuousClock` is not used on purpose: time that a laptop sleeps is nobody's silence.
package struct Monotonic: Hashable, Comparable, Sendable {
    /// Nanoseconds since some moment before the program began.
    package var nanoseconds: Int64

    /// The moment so many nanoseconds after the clock's beginning.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Now.
    package static var now: Monotonic {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Monotonic(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// True when `left` is the earlier moment.
    package static func < (left: Monotonic, right: Monotonic) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment `duration` later; the end of time when that is out of range.
    package static func + (moment: Monotonic, duration: Duration) -> Monotonic {
        let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Monotonic(nanoseconds: overflow ? .max : sum)
    }

    /// The time from `earlier` to this moment.
    package static func - (moment: Monotonic, earlier: Monotonic) -> Duration {
        .nanoseconds(moment.nanoseconds - earlier.nanoseconds)
    }
}

extension Duration {
    /// Whole nanoseconds; the largest number of them when there are more (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, tooLarge) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return tooLarge ? (seconds < 0 ? .min : .max) : sum
    }
}
