package import Model

/// When something happens again and again: `0 3 * * MON-FRI`, `@daily`.
///
/// Minute, hour, day of the month, month, day of the week. Where both day fields name days, a day that either of them names
/// is one, as in every cron.
package struct CronExpression: Sendable, Hashable {
    /// As it was written.
    package let text: String
    private let minute: CronField
    private let hour: CronField
    private let day: CronField
    private let month: CronField
    private let weekday: CronField
    /// It names no hours: it goes by time that passes, not by what the clock shows.
    private let isEveryHour: Bool

    private static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Reads an expression; the error says which part of it and what could stand there.
    package init(_ text: String) throws(CronError) {
        self.text = text
        var fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        if fields.count == 1, fields[0].hasPrefix("@") {
            guard let meant = CronExpression.names[fields[0].lowercased()] else {
                throw CronError(
                    "\"\(fields[0])\" is not known; there are \(CronExpression.names.keys.sorted().joined(separator: ", "))."
                )
            }
            fields = meant.split(separator: " ")
        }
        guard fields.count == 5 else {
            throw CronError(
                "\"\(text)\" has \(fields.count) fields; there must be five: minute, hour, day, month, day of the week."
            )
        }
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        day = try CronField(fields[2], .day)
        month = try CronField(fields[3], .month)
        weekday = try CronField(fields[4], .weekday)
        isEveryHour = hour.isEvery(.hour)
    }

    /// The first time after `time` at which it happens, in the zone with this offset; nil when it never does (30 February).
    ///
    /// Where hours are named, each happens once a day: a time that the clock skips in spring happens at the moment of the
    /// jump, and of a time that it shows twice in autumn the first counts. Where the hour is free, time that passes counts:
    /// what is skipped does not happen, and what is shown twice happens twice.
    package func next(after time: Timestamp, in zone: ZoneOffset) -> Timestamp? {
        isEveryHour ? nextByPassing(time, zone) : nextByClock(time, zone)
    }

    private func nextByClock(_ time: Timestamp, _ zone: ZoneOffset) -> Timestamp? {
        // The clock may have shown later times already, before it was set back.
        var from = CivilMinute(time, offset: zone(time))
        from.minutes -= 180
        while let civil = match(from: from) {
            let moment = LocalMoment(civil, in: zone).first
            if moment > time { return moment }
            from = CivilMinute(minutes: civil.minutes + 1)
        }
        return nil
    }

    private func nextByPassing(_ time: Timestamp, _ zone: ZoneOffset) -> Timestamp? {
        var time = time
        var offset = zone(time)
        var from = CivilMinute(minutes: CivilMinute(time, offset: offset).minutes + 1)
        // Two changes a year, and no date is further away than its next leap year.
        for _ in 0..<64 {
            guard let civil = match(from: from) else { return nil }
            let moment = civil.time(offset: offset)
            if zone(moment) == offset { return moment }
            // The clock is set before that moment: go on from what it shows then.
            time = LocalMoment.change(of: zone, from: time, to: moment)
            offset = zone(time)
            from = CivilMinute(time, offset: offset)
            if from.time(offset: offset) < time { from.minutes += 1 }
        }
        return nil
    }

    /// The first minute at or after `from` that all fields match; nil when there is none in the next years.
    private func match(from: CivilMinute) -> CivilMinute? {
        var now = from
        // 29 February is at most eight years away, in the years around 2100.
        let last = from.date.year + 9
        while true {
            let (year, month, day) = now.date
            guard year <= last else { return nil }
            guard let nextMonth = self.month.first(from: Int(month)) else {
                now = CivilMinute(year: year + 1, month: 1, day: 1)
                continue
            }
            guard nextMonth == Int(month) else {
                now = CivilMinute(year: year, month: Int64(nextMonth), day: 1)
                continue
            }
            let midnight = CivilMinute(year: year, month: month, day: day)
            let tomorrow = CivilMinute(minutes: midnight.minutes + 1440)
            guard isDay(Int(day), now.weekday), let hour = self.hour.first(from: now.hour) else {
                now = tomorrow
                continue
            }
            let minute = self.minute.first(from: hour == now.hour ? now.minute : 0)
            if let minute { return CivilMinute(minutes: midnight.minutes + Int64(hour * 60 + minute)) }
            now = CivilMinute(minutes: midnight.minutes + Int64((hour + 1) * 60))
        }
    }

    private func isDay(_ day: Int, _ weekday: Int) -> Bool {
        if self.day.isFree || self.weekday.isFree { return self.day.matches(day) && self.weekday.matches(weekday) }
        return self.day.matches(day) || self.weekday.matches(weekday)
    }
}
