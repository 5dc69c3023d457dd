/// A moment of the wall clock in whole milliseconds since 1970 (UTC).
///
/// For people and for the record only: how long something took is measured with a monotonic clock, never with two of these.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var milliseconds: Int64

    /// The moment so many milliseconds after 1970.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// True when `left` is the earlier moment.
    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment as `2026-11-21T12:05:02.113Z`.
    package var iso8601: String {
        let (days, rest) = Timestamp.divide(milliseconds, by: 86_400_000)
        let (year, month, day) = Timestamp.civil(daysSince1970: days)
        let (seconds, millis) = (rest / 1000, rest % 1000)
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(seconds / 3600, 2)):\(pad(seconds / 60 % 60, 2))"
            + ":\(pad(seconds % 60, 2)).\(pad(millis, 3))Z"
    }

    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = value % divisor
        return remainder < 0
            ? ((value - remainder) / divisor - 1, remainder + divisor) : (value / divisor, remainder)
    }

    /// The Gregorian date of a day number (the algorithm of Howard Hinnant's "chrono-compatible low-level date algorithms").
    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = divide(shifted, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
