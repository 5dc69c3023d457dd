import Coordinator
import Model
import Scheduler
import Sessions
import StreamJSON
import Testing

@Suite struct RunSpecTests {
    @Test func `a run's spec survives the store`() throws {
        var spec = RunSpec(
            directory: "/srv/shop", configFile: "other.yaml", slots: 7,
            retry: RetryPolicy(
                attempts: 5, backoff: Backoff(delay: .milliseconds(1500), factor: 1, maximum: .seconds(9), jitter: 0.5),
                classes: [.overload, .crash]),
            halt: HaltRule("now,fail=20%"), enough: 3, deadline: .seconds(90),
            merge: .prompt("Sum up"), mergeProvider: "claude-work", schema: "{}", system: "Be short.", model: "m")
        spec.budget = RunBudget(BudgetLimit(money: Money(nanos: 1_250_000_001), sessions: 3), .kill)
        spec.days = [DayBudget(.provider("claude"), Money(nanos: 5)), DayBudget(.global, Money(nanos: 7))]
        spec.priority = -3
        let read = try #require(RunSpec(try JSONValue(parsing: spec.json.text)))
        #expect(read.json == spec.json)
        #expect(read.retry == spec.retry)
        #expect(read.budget == spec.budget && read.days == spec.days && read.priority == -3)
        // As earlier versions wrote the limit of an `ask`.
        var old = spec.json
        old["budget"] = nil
        old["max_cost_nanos"] = 12
        #expect(RunSpec(.object(old))?.budget == RunBudget(BudgetLimit(money: Money(nanos: 12)), .interrupt))
        spec = RunSpec(directory: "/", slots: 1, mergeProvider: "offline")
        #expect(RunSpec(.object(spec.json))?.json == spec.json)
    }

    @Test func `a job's limits survive the store, also where there are none`() {
        let limits = SessionLimits(
            startup: .seconds(1), firstByte: nil, idle: .milliseconds(5), toolIdle: nil, total: .seconds(9),
            afterResult: .zero, backgroundWait: nil, grace: .seconds(2), orphan: nil, spoolBytes: 77)
        let spec = JobSpec(provider: "codex", model: "x", limits: limits)
        #expect(JobSpec(.object(spec.json))?.limits == limits)
        #expect(JobSpec(.object(spec.json))?.model == "x")
    }

    @Test func `something else is not taken for a spec`() {
        #expect(RunSpec(["slots": 3]) == nil)
        #expect(JobSpec(["provider": "x"]) == nil)
    }
}
