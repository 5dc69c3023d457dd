import Model
import Scheduler
import TestSupport
import Testing

/// What a schedule does at a moment: when a run begins, waits, takes the place of another, or does not happen.
@Suite struct DecisionTests {
    private func schedule(
        _ overlap: Schedule.Overlap = .skip, _ catchUp: Schedule.CatchUp = .latest, grace: Duration = .seconds(7200),
        cron: String = "@hourly"
    ) throws -> Schedule {
        Schedule(try CronExpression(cron), zone: CronTests.utc, overlap: overlap, catchUp: catchUp, grace: grace)
    }

    private func standing(_ last: String, waiting: String? = nil) -> Schedule.Standing {
        Schedule.Standing(last: moment(last), waiting: waiting.map(moment))
    }

    @Test func `what is due begins once, and what is not due changes nothing`() throws {
        let schedule = try schedule()
        let before = standing("2026-01-01 00:00")
        let early = schedule.decide(at: moment("2026-01-01 00:59"), before) { false }
        #expect(early.start == nil && early.standing == before)
        let due = schedule.decide(at: moment("2026-01-01 01:00"), before) { false }
        #expect(due.start == moment("2026-01-01 01:00"))
        #expect(due.standing == standing("2026-01-01 01:00") && due.missed == 0)
        #expect(schedule.decide(at: moment("2026-01-01 01:00"), due.standing) { false }.start == nil)
    }

    @Test func `nobody asks for runs before anything is due`() throws {
        var asked = 0
        _ = try schedule().decide(at: moment("2026-01-01 00:30"), standing("2026-01-01 00:00")) {
            asked += 1
            return false
        }
        #expect(asked == 0)
    }

    @Test func `while the run before goes on, one is left out, waits, or takes its place`() throws {
        let before = standing("2026-01-01 00:00")
        let now = moment("2026-01-01 01:00")
        let left = try schedule(.skip).decide(at: now, before) { true }
        #expect(left.start == nil && left.overlapped == 1 && left.standing == standing("2026-01-01 01:00"))
        let waits = try schedule(.queue).decide(at: now, before) { true }
        #expect(waits.start == nil && waits.standing == standing("2026-01-01 01:00", waiting: "2026-01-01 01:00"))
        let replaces = try schedule(.replace).decide(at: now, before) { true }
        #expect(replaces.start == now && replaces.replaces && replaces.standing == standing("2026-01-01 01:00"))
        let alone = try schedule(.replace).decide(at: now, before) { false }
        #expect(alone.start == now && !alone.replaces)
    }

    @Test func `the one that waits begins when the run before is over, and only one waits`() throws {
        let schedule = try schedule(.queue)
        let waiting = standing("2026-01-01 01:00", waiting: "2026-01-01 01:00")
        let busy = schedule.decide(at: moment("2026-01-01 02:00"), waiting) { true }
        #expect(busy.start == nil && busy.overlapped == 1)
        #expect(busy.standing == standing("2026-01-01 02:00", waiting: "2026-01-01 01:00"))
        let free = schedule.decide(at: moment("2026-01-01 02:10"), busy.standing) { false }
        #expect(free.start == moment("2026-01-01 01:00") && free.standing == standing("2026-01-01 02:00"))
    }

    @Test func `whoever waits longer than its grace does not happen`() throws {
        let schedule = try schedule(.queue, grace: .seconds(600))
        let waiting = standing("2026-01-01 01:00", waiting: "2026-01-01 01:00")
        let late = schedule.decide(at: moment("2026-01-01 01:11"), waiting) { false }
        #expect(late.start == nil && late.missed == 1 && late.standing == standing("2026-01-01 01:00"))
    }

    @Test func `all that were missed begin one after another, also where overlap leaves out`() throws {
        let schedule = try schedule(.skip, .all, grace: .seconds(6 * 3600))
        let now = moment("2026-01-01 04:30")
        var standing = standing("2026-01-01 00:00")
        var begun: [Timestamp] = []
        var missed = 0
        var isRunning = false
        // Every second look finds the run before still going.
        for _ in 0..<20 {
            let decision = schedule.decide(at: now, standing) { isRunning }
            if isRunning { #expect(decision.start == nil && decision.overlapped == 0) }
            if let start = decision.start { begun.append(start) }
            missed += decision.missed
            standing = decision.standing
            isRunning = decision.start != nil
        }
        #expect(begun == (1...4).map { moment("2026-01-01 0\($0):00") })
        #expect(missed == 0)
    }

    @Test func `what was missed is counted once, however long the others wait`() throws {
        let schedule = try schedule(.skip, .all, grace: .seconds(7200))
        let now = moment("2026-01-02 00:30")
        var (standing, missed) = (standing("2026-01-01 00:00"), 0)
        for _ in 0..<5 {
            let decision = schedule.decide(at: now, standing) { true }
            missed += decision.missed
            standing = decision.standing
        }
        #expect(missed == 22)
        #expect(schedule.decide(at: now, standing) { false }.start == moment("2026-01-01 23:00"))
    }

    @Test(arguments: [Schedule.CatchUp.latest, .none, .all])
    func `a clock that was wrong by fifty years costs no time, and brings what catch_up says`(
        _ catchUp: Schedule.CatchUp
    ) throws {
        let schedule = try schedule(.skip, catchUp, grace: .seconds(1_000_000_000), cron: "* * * * *")
        let now = moment("2026-01-01 00:00")
        var decision: Schedule.Decision?
        let took = TestTime.measure {
            decision = schedule.decide(at: now, standing("1976-01-01 00:00")) { false }
        }
        #expect(decision?.start == (catchUp == .all ? moment("2025-12-31 07:21") : now))
        #expect(took < TestTime.stretched(.seconds(2)), "\(took)")
    }

    @Test func `rare times are found after years`() throws {
        let schedule = try schedule(.skip, .latest, grace: .seconds(1_000_000_000), cron: "0 0 29 2 *")
        let decision = schedule.decide(at: moment("2026-01-01 00:00"), standing("2020-01-01 00:00")) { false }
        #expect(decision.start == moment("2024-02-29 00:00"))
        #expect(decision.standing.last == moment("2024-02-29 00:00"))
    }

    @Test func `a clock that is set back repeats nothing, and one that was years ahead stops nothing`() throws {
        let schedule = try schedule()
        let ahead = standing("2026-01-01 12:00")
        let back = schedule.decide(at: moment("2026-01-01 05:00"), ahead) { false }
        #expect(back.start == nil && back.standing == ahead)
        let wrong = schedule.decide(at: moment("2026-01-01 05:30"), standing("2090-01-01 00:00")) { false }
        #expect(wrong.start == nil && wrong.standing == standing("2026-01-01 05:30"))
        #expect(schedule.decide(at: moment("2026-01-01 06:00"), wrong.standing) { false }.start != nil)
    }

    @Test func `in any order of looks each time begins at most once, and with no gap while somebody looks`() throws {
        for seed in UInt64(0)..<200 {
            var random = SplitMix64(seed: seed)
            let overlap = Schedule.Overlap.allCases[Int.random(in: 0..<3, using: &random)]
            let schedule = try schedule(overlap, .latest, cron: "*/10 * * * *")
            var now = moment("2026-01-01 00:00")
            var standing = Schedule.Standing(last: now)
            var begun: [Timestamp] = []
            var over: Timestamp?
            for _ in 0..<300 {
                now.milliseconds += Int64.random(in: 1...90_000, using: &random)
                if let end = over, end <= now { over = nil }
                let decision = schedule.decide(at: now, standing) { over != nil }
                #expect(decision.standing.last >= standing.last, "seed \(seed)")
                standing = decision.standing
                guard let start = decision.start else { continue }
                #expect(over == nil || decision.replaces, "seed \(seed)")
                begun.append(start)
                over = Timestamp(milliseconds: now.milliseconds + Int64.random(in: 0...1_500_000, using: &random))
            }
            #expect(begun == begun.sorted() && Set(begun).count == begun.count, "seed \(seed)")
            if overlap == .replace {
                for (one, two) in zip(begun, begun.dropFirst()) {
                    #expect(two.milliseconds - one.milliseconds == 600_000, "seed \(seed)")
                }
            }
        }
    }
}
