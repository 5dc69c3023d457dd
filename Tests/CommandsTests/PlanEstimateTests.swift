import Model
import Store
import Testing

@testable import Commands

@Suite struct PlanEstimateTests {
    private static let api = SessionKind(module: "api", provider: "claude")
    private static let web = SessionKind(module: "web", provider: "claude")
    private static let free = SessionKind(module: nil, provider: "offline")

    private static let step = SessionKind(batch: "nightly", module: "step", provider: "command")

    private let history = SessionHistory([
        api: [10, 30, 20].map { PastSession(milliseconds: $0, cost: Money(micros: $0 * 100)) },
        web: [40, 60].map { PastSession(milliseconds: $0, cost: nil) },
        free: [PastSession(milliseconds: 5, cost: nil)],
    ])

    private func estimate(_ jobs: [PlannedJob], slots: Int = 2) -> PlanEstimate {
        PlanEstimate(jobs, history: history, places: SlotSimulation(slots: slots))
    }

    @Test func `the middle of the past is what is expected`() {
        #expect(history[Self.api] == .init(milliseconds: 20, cost: Money(micros: 2000), sessions: 3))
        #expect(history[Self.web] == .init(milliseconds: 50, cost: nil, sessions: 2))
        #expect(history[SessionKind(module: nil, provider: "claude")] == nil)
        #expect(SessionHistory.median([]) == nil)
        #expect(SessionHistory.median([.min, .max]) ?? 1 < 1)
        #expect(SessionHistory.median([1, 2, 3, 10]) == 2)
    }

    @Test func `waves follow each other, and their rows share the places`() throws {
        let found = estimate([
            PlannedJob(name: "a", wave: 1, rows: [[Self.api], [Self.api], [Self.api]]),
            PlannedJob(name: "b", wave: 2, rows: [[Self.api]]),
        ])
        #expect(found.waves[1]?.time == 40 && found.waves[2]?.time == 20)
        #expect(found.total.time == 60 && found.timeAlone == 80)
        #expect(found.total.cost == Money(micros: 8000) && found.total.isCostWhole && found.total.isTimeWhole)
        #expect(found.total.sessions == 3)
    }

    @Test func `what is not known makes a bound of the rest`() throws {
        let unknown = SessionKind(module: "docs", provider: "claude")
        let found = estimate([
            PlannedJob(name: "a", wave: 1, rows: [[Self.api], [unknown]]), PlannedJob(name: "b", wave: 2, rows: nil),
            PlannedJob(name: "c", wave: 3, rows: [[Self.web]]), PlannedJob(name: "d", wave: 4, rows: [[]]),
        ])
        let first = try #require(found.waves[1])
        #expect(first.time == 20 && !first.isTimeWhole && first.cost == Money(micros: 2000) && !first.isCostWhole)
        #expect(PlanWords.time(first) == "at least 20 ms" && PlanWords.cost(first) == "at least $0.002")
        for wave in [2, 4] {
            let part = try #require(found.waves[wave])
            #expect(part.time == nil && part.cost == nil)
            #expect(PlanWords.time(part) == "?" && PlanWords.cost(part) == "?")
        }
        let third = try #require(found.waves[3])
        #expect(third.time == 50 && third.isTimeWhole && third.cost == nil && !third.isCostWhole)
        #expect(found.total.time == 70 && !found.total.isTimeWhole)
    }

    @Test func `commands cost nothing and take nobody knows how long`() throws {
        let found = estimate([PlannedJob(name: "a", wave: 1, isCommand: true, rows: [[Self.step]])])
        #expect(found.total.cost == .zero && found.total.isCostWhole && found.total.time == nil)
        #expect(PlanWords.cost(found.total) == "$0" && PlanWords.time(found.total) == "?")
        let both = estimate([
            PlannedJob(name: "a", wave: 1, isCommand: true, rows: [[Self.step]]),
            PlannedJob(name: "b", wave: 1, rows: [[Self.free]]),
        ])
        #expect(PlanWords.cost(both.total) == "?" && PlanWords.time(both.total) == "at least 5 ms")
    }

    @Test func `a command that ran before takes its time, and still costs nothing`() {
        let found = PlanEstimate(
            [PlannedJob(name: "a", wave: 1, isCommand: true, rows: [[Self.step]])],
            history: SessionHistory([Self.step: [PastSession(milliseconds: 7, cost: nil)]]),
            places: SlotSimulation(slots: 2))
        #expect(found.total.time == 7 && found.total.isTimeWhole && found.total.sessions == 1)
        #expect(found.total.cost == .zero && found.total.isCostWhole)
    }

    @Test func `the nearest past that is there decides`() {
        let same = SessionKind(batch: "nightly", module: "ask", provider: "claude")
        let job = PlannedJob(name: "a", wave: 1, rows: [[same, Self.api]])
        #expect(estimate([job]).total.time == 20 && estimate([job]).total.sessions == 3)
        let near = SessionHistory([
            same: [PastSession(milliseconds: 1, cost: nil)], Self.api: [PastSession(milliseconds: 9, cost: nil)],
        ])
        #expect(PlanEstimate([job], history: near, places: SlotSimulation(slots: 1)).total.time == 1)
    }

    @Test func `a matrix without rows takes nothing`() {
        let found = estimate([PlannedJob(name: "a", wave: 1, rows: [])])
        #expect(found.total.time == 0 && found.total.cost == .zero)
    }

    @Test func `hostile amounts stop at the largest number`() {
        let huge = SessionHistory([Self.api: [PastSession(milliseconds: .max, cost: Money(nanos: .max))]])
        let found = PlanEstimate(
            [
                PlannedJob(name: "a", wave: 1, rows: [[Self.api], [Self.api]]),
                PlannedJob(name: "b", wave: 2, rows: [[Self.api]]),
            ],
            history: huge, places: SlotSimulation(slots: 1))
        #expect(found.total.time == .max && found.total.cost == Money(nanos: .max))
    }
}
