import Model
import Scheduler
import Testing

@Suite struct CronTests {
    /// Zurich in 2026: one hour ahead, two from 29 March 01:00 UTC to 25 October 01:00 UTC.
    static let zurich: ZoneOffset = { time in
        let summer = moment("2026-03-29 01:00").milliseconds..<moment("2026-10-25 01:00").milliseconds
        return summer.contains(time.milliseconds) ? 7200 : 3600
    }
    static let utc: ZoneOffset = { _ in 0 }

    private func times(_ text: String, from: String, _ count: Int, _ zone: ZoneOffset = utc) throws -> [String] {
        let expression = try CronExpression(text)
        var time = moment(from)
        return (0..<count).compactMap { _ in
            guard let next = expression.next(after: time, in: zone) else { return nil }
            time = next
            return String(next.iso8601.prefix(16)).replacing("T", with: " ")
        }
    }

    @Test(arguments: [
        ("*/15 * * * *", "2026-01-01 00:07", ["2026-01-01 00:15", "2026-01-01 00:30"]),
        ("0 3 * * MON-FRI", "2026-11-27 12:00", ["2026-11-30 03:00", "2026-12-01 03:00"]),
        ("0 0 29 2 *", "2026-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("30 4 1,15 * 5", "2026-05-01 04:30", ["2026-05-08 04:30", "2026-05-15 04:30"]),
        ("5/20 22-23 * jan sun", "2026-01-01 00:00", ["2026-01-04 22:05", "2026-01-04 22:25"]),
        ("0 12 * * 7", "2026-11-27 00:00", ["2026-11-29 12:00", "2026-12-06 12:00"]),
        ("@monthly", "2026-12-01 00:00", ["2027-01-01 00:00", "2027-02-01 00:00"]),
        ("@hourly", "2026-12-31 22:30", ["2026-12-31 23:00", "2027-01-01 00:00"]),
        ("59 23 31 12 *", "2026-12-31 23:59", ["2027-12-31 23:59", "2028-12-31 23:59"]),
        ("0 0 * * 1-7", "2026-11-27 00:00", ["2026-11-28 00:00", "2026-11-29 00:00"]),
    ]) func `times follow from the fields`(_ text: String, _ from: String, _ expected: [String]) throws {
        #expect(try times(text, from: from, 2) == expected)
    }

    @Test func `30 February never comes`() throws {
        #expect(try times("0 0 30 2 *", from: "2026-01-01 00:00", 1).isEmpty)
    }

    @Test func `a time that the clock skips happens when the clock jumps, once`() throws {
        // 02:00 becomes 03:00 local time, which is 01:00 UTC.
        #expect(
            try times("30 2 * * *", from: "2026-03-28 00:00", 3, Self.zurich) == [
                "2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30",
            ])
        #expect(
            try times("0,30 2,3 * * *", from: "2026-03-29 00:00", 3, Self.zurich) == [
                "2026-03-29 01:00", "2026-03-29 01:30", "2026-03-30 00:00",
            ])
    }

    @Test func `a time that the clock shows twice happens the first time only`() throws {
        // 03:00 becomes 02:00 local time at 01:00 UTC.
        #expect(
            try times("30 2 * * *", from: "2026-10-24 12:00", 2, Self.zurich) == [
                "2026-10-25 00:30", "2026-10-26 01:30",
            ])
        #expect(
            try times("30 2 * * *", from: "2026-10-25 01:10", 1, Self.zurich) == ["2026-10-26 01:30"])
    }

    @Test func `a free hour goes by the time that passes`() throws {
        #expect(
            try times("30 * * * *", from: "2026-03-29 00:00", 3, Self.zurich) == [
                "2026-03-29 00:30", "2026-03-29 01:30", "2026-03-29 02:30",
            ])
        #expect(
            try times("0 * * * *", from: "2026-10-24 23:30", 4, Self.zurich) == [
                "2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 03:00",
            ])
        #expect(try times("15 * 1 11 *", from: "2026-10-01 00:00", 1, Self.zurich) == ["2026-10-31 23:15"])
    }

    @Test(arguments: [
        ("* * * *", "4 fields"), ("60 * * * *", "0 to 59"), ("* * * FOO *", "JAN to DEC"), ("* 24 * * *", "0 to 23"),
        ("*/0 * * * *", "from 1"), ("5-1 * * * *", "5-59,0-1"), ("1,,2 * * * *", "not complete"), ("@reboot", "@daily"),
        ("1-2-3 * * * *", "two ends"), ("* * 0 * *", "1 to 31"), ("* * * * 8", "0 to 6"), ("-5 * * * *", "no value"),
        ("", "0 fields"), ("99999999999999999999 * * * *", "0 to 59"), ("*/ * * * *", "step"),
    ]) func `an error says what could stand there`(_ text: String, _ words: String) {
        #expect {
            try CronExpression(text)
        } throws: { "\($0)".contains(words) }
    }

    @Test func `every next time matches, and none between is left out`() throws {
        var random = SplitMix64(seed: 7)
        for text in ["*/7 * * * *", "3 */5 * * *", "0 2 * * SUN", "15 1-3 28-31 * *", "*/30 0-4 * 3,10 *"] {
            let expression = try CronExpression(text)
            for _ in 0..<40 {
                let start =
                    moment("2026-03-27 00:00").milliseconds + Int64.random(in: 0...220, using: &random) * 86_400_000
                let time = Timestamp(milliseconds: start + Int64.random(in: 0...86_400_000, using: &random))
                guard let next = expression.next(after: time, in: Self.zurich) else {
                    Issue.record("\(text) ends")
                    return
                }
                #expect(next > time)
                // Asked from anywhere between, it gives the same.
                let between = Timestamp(
                    milliseconds: Int64.random(in: time.milliseconds..<next.milliseconds, using: &random))
                #expect(expression.next(after: between, in: Self.zurich) == next, "\(text) after \(time.iso8601)")
            }
        }
    }
}

@Suite struct ScheduleTests {
    private func schedule(_ catchUp: Schedule.CatchUp, grace: Duration = .seconds(7200), jitter: Duration = .zero)
        throws -> Schedule
    {
        Schedule(
            try CronExpression("@hourly"), zone: CronTests.utc, catchUp: catchUp, grace: grace, jitter: jitter, seed: 3)
    }

    @Test func `what was missed follows catch_up and grace`() throws {
        let last = moment("2026-01-01 00:00")
        let now = moment("2026-01-01 05:30")
        #expect(try schedule(.none).due(at: now, last: last).occurrences.isEmpty)
        #expect(try schedule(.latest).due(at: now, last: last).occurrences == [moment("2026-01-01 05:00")])
        let all = try schedule(.all).due(at: now, last: last)
        #expect(all.occurrences == [moment("2026-01-01 04:00"), moment("2026-01-01 05:00")])
        #expect(all.dropped == 3)
        #expect(all.last == moment("2026-01-01 05:00"))
        #expect(try schedule(.latest, grace: .seconds(600)).due(at: now, last: last).occurrences.isEmpty)
    }

    @Test func `on time it happens whatever catch_up says, and once`() throws {
        let schedule = try schedule(.none)
        let due = schedule.due(at: moment("2026-01-01 01:00"), last: moment("2026-01-01 00:00"))
        #expect(due.occurrences == [moment("2026-01-01 01:00")])
        #expect(schedule.due(at: moment("2026-01-01 01:00"), last: due.last).occurrences.isEmpty)
    }

    @Test func `a clock that jumps a day ahead brings one run, and one that is set back brings none`() throws {
        let schedule = try schedule(.latest)
        let due = schedule.due(at: moment("2026-01-02 01:00"), last: moment("2026-01-01 00:00"))
        #expect(due.occurrences.count == 1)
        #expect(due.dropped == 24)
        #expect(schedule.due(at: moment("2026-01-01 00:30"), last: due.last).occurrences.isEmpty)
    }

    @Test func `jitter puts an occurrence off by the same part each time`() throws {
        let schedule = try schedule(.none, jitter: .seconds(300))
        let occurrence = moment("2026-01-01 01:00")
        let start = schedule.start(of: occurrence)
        #expect(start == schedule.start(of: occurrence))
        #expect(start >= occurrence && start.milliseconds <= occurrence.milliseconds + 300_000)
        let last = moment("2026-01-01 00:00")
        #expect(schedule.due(at: Timestamp(milliseconds: start.milliseconds - 1), last: last).occurrences.isEmpty)
        #expect(schedule.due(at: start, last: last).occurrences == [occurrence])
    }

    @Test func `what is on time happens, however short its grace`() throws {
        let now = Timestamp(milliseconds: moment("2026-01-01 01:00").milliseconds + 1400)
        for catchUp in Schedule.CatchUp.allCases {
            let due = try schedule(catchUp, grace: .milliseconds(1)).due(at: now, last: moment("2026-01-01 00:00"))
            #expect(due.occurrences == [moment("2026-01-01 01:00")], "\(catchUp)")
        }
    }

    @Test(arguments: [Schedule.CatchUp.none, .latest, .all])
    func `jitter that is longer than the time between two takes no occurrence away`(catchUp: Schedule.CatchUp) throws {
        let schedule = Schedule(
            try CronExpression("* * * * *"), zone: CronTests.utc, catchUp: catchUp, jitter: .seconds(600), seed: 7)
        let begin = moment("2026-01-01 00:00")
        var (last, started): (Timestamp, [Timestamp]) = (begin, [])
        for second in 1...3600 {
            let due = schedule.due(
                at: Timestamp(milliseconds: begin.milliseconds + Int64(second) * 1000), last: last)
            #expect(due.dropped == 0)
            (last, started) = (due.last, started + due.occurrences)
        }
        #expect(
            started.count >= 59
                && started
                    == started.indices.map {
                        Timestamp(milliseconds: begin.milliseconds + Int64($0 + 1) * 60_000)
                    }
        )
    }

    @Test func `the next run is the one that was put off, until it begins`() throws {
        let schedule = try schedule(.latest, jitter: .seconds(1800))
        let standing = Schedule.Standing(last: moment("2026-01-01 00:00"))
        let start = schedule.start(of: moment("2026-01-01 01:00"))
        let before = Timestamp(milliseconds: start.milliseconds - 1)
        #expect(before > moment("2026-01-01 01:00"))
        #expect(schedule.next(at: before, standing) == start)
        // Nobody has begun it: it is due now.
        let late = Timestamp(milliseconds: start.milliseconds + 5000)
        #expect(schedule.next(at: late, standing) == late)
        let after = schedule.decide(at: late, standing) { false }.standing
        #expect(schedule.next(at: late, after) == schedule.start(of: moment("2026-01-01 02:00")))
        // What was missed and is not made up for is not next.
        let none = try self.schedule(.none)
        #expect(none.next(at: moment("2026-01-01 05:30"), standing) == moment("2026-01-01 06:00"))
    }

    @Test func `overlap says what becomes of a run that finds another one`() throws {
        var schedule = try schedule(.none)
        #expect(schedule.start(isRunning: false, isWaiting: false) == .start)
        #expect(schedule.start(isRunning: true, isWaiting: false) == .skip)
        schedule.overlap = .queue
        #expect(schedule.start(isRunning: true, isWaiting: false) == .wait)
        #expect(schedule.start(isRunning: true, isWaiting: true) == .skip)
        schedule.overlap = .replace
        #expect(schedule.start(isRunning: true, isWaiting: false) == .replace)
    }
}

/// A moment of the year 2026 or so from `2026-03-29 01:00`, in UTC.
func moment(_ text: String) -> Timestamp {
    let parts = text.split(whereSeparator: { "- :".contains($0) }).compactMap { Int64($0) }
    let (year, month, day) = (parts[0], parts[1], parts[2])
    // Days from the civil date, counted by hand so that the test does not believe what it tests.
    var days: Int64 = 0
    for past in 1970..<year { days += past % 4 == 0 && (past % 100 != 0 || past % 400 == 0) ? 366 : 365 }
    let lengths: [Int64] = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    days += lengths[..<Int(month - 1)].reduce(0, +) + day - 1
    return Timestamp(milliseconds: (days * 1440 + parts[3] * 60 + parts[4]) * 60_000)
}
