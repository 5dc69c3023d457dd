package import Model

/// How many seconds a zone is ahead of UTC at a moment; whoever has a database of zones supplies it.
package typealias ZoneOffset = @Sendable (Timestamp) -> Int

/// A minute as the clock on the wall shows it, without saying in which zone.
struct CivilMinute: Hashable, Comparable, Sendable {
    /// Minutes since 1970-01-01 00:00 on that clock.
    var minutes: Int64

    /// What a clock that is `offset` seconds ahead of UTC shows at `time`, seconds cut off.
    init(_ time: Timestamp, offset: Int) {
        minutes = CivilMinute.divide(time.milliseconds + Int64(offset) * 1000, by: 60_000).quotient
    }

    init(minutes: Int64) { self.minutes = minutes }

    /// The beginning of a day; `day` may lie past the end of the month.
    init(year: Int64, month: Int64, day: Int64) {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = CivilMinute.divide(shiftedYear, by: 400).quotient
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        minutes = (era * 146_097 + dayOfEra - 719_468) * 1440
    }

    var minute: Int { Int(CivilMinute.divide(minutes, by: 60).remainder) }
    var hour: Int { Int(CivilMinute.divide(minutes, by: 1440).remainder / 60) }
    /// 0 is Sunday.
    var weekday: Int { Int(CivilMinute.divide(days + 4, by: 7).remainder) }
    private var days: Int64 { CivilMinute.divide(minutes, by: 1440).quotient }

    /// Year, month from 1, day from 1 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    var date: (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = CivilMinute.divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// The moment at which a clock that is `offset` seconds ahead of UTC begins to show this.
    func time(offset: Int) -> Timestamp { Timestamp(milliseconds: minutes * 60_000 - Int64(offset) * 1000) }

    static func < (left: CivilMinute, right: CivilMinute) -> Bool { left.minutes < right.minutes }

    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = value % divisor
        return remainder < 0
            ? ((value - remainder) / divisor - 1, remainder + divisor) : (value / divisor, remainder)
    }
}
