import Glibc
import Model
import Providers
import Sessions
import TestSupport
import Testing

@Suite struct EndingTests {
    @Test func `an exit is seen at once though descendants live on`() async throws {
        try await onStage { stage in
            // T18: the grandchildren hold every descriptor they inherited.
            let plan = stage.plan(["--outcome", "fail", "--no-result", "--children", "2", "--exit", "7"])
            let end = try await stage.run(plan)
            #expect(end.outcome.state == .failed)
            #expect(end.outcome.failure?.class == .crash)
            #expect(end.ending.exit?.status == 7)
            #expect(end.ending.exit?.leftovers == 2)
            #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
        }
    }

    @Test func `a child that closes its descriptors delays nobody`() async throws {
        try await onStage { stage in
            // T19: Foundation's own notice of the others would wait for it.
            let quiet = stage.plan(
                ["--lines", "1", "--close-output", "--hang", "end"], limits: SessionLimits(afterResult: nil))
            stage.current.start(quiet)
            try await stage.waitForState(.running, of: quiet.id)
            let others = (0..<20).map { _ in stage.plan(["--lines", "1"]) }
            for plan in others { stage.current.start(plan) }
            for plan in others {
                let end = try await stage.end(of: plan.id)
                #expect(end.outcome.state == .completed)
            }
            #expect(!stage.reports.contains { $0.finished?.id == quiet.id })
            stage.current.kill(quiet.id, cause: .cancelled)
            let end = try await stage.end(of: quiet.id)
            #expect(end.outcome.state == .completed)
        }
    }

    @Test func `a provider that stays after its result is ended, and the result counts`() async throws {
        try await onStage { stage in
            // T20, no task open.
            let limits = SessionLimits(afterResult: .milliseconds(200))
            let plan = stage.plan(["--lines", "2", "--hang", "end"], limits: limits)
            let end = try await stage.run(plan)
            #expect(end.outcome.state == .completed)
            #expect(end.outcome.endedBy == "tutti")
            #expect(end.ending.cause == nil)
            #expect(end.ending.exit?.signal == SIGTERM)
            #expect(stage.states(of: plan.id) == [.running, .ending])
        }
    }

    @Test func `a background task is waited for, and its result is kept`() async throws {
        try await onStage { stage in
            // T20, with a task open whose result comes long after `after_result`.
            let limits = SessionLimits(afterResult: .milliseconds(150))
            let plan = stage.plan(["--lines", "2", "--background", "900", "--hang", "end"], limits: limits)
            let end = try await stage.run(plan)
            #expect(end.outcome.state == .completed)
            #expect(end.outcome.endedBy == "tutti")
            let turns = stage.events(of: plan.id).compactMap { event in
                if case .turnCompleted(let turn, _) = event.event { turn } else { nil }
            }
            #expect(turns == [0, 1])
        }
    }

    @Test func `a background task that never ends is not waited for for ever`() async throws {
        try await onStage { stage in
            let limits = SessionLimits(afterResult: .milliseconds(50), backgroundWait: .milliseconds(300))
            let plan = stage.plan(["--lines", "1", "--background", "3600000"], limits: limits)
            let end = try await stage.run(plan)
            #expect(end.outcome.state == .completed)
            #expect(end.outcome.endedBy == "tutti")
        }
    }

    @Test(arguments: [["--ignore-term"], ["--stop", "1"], ["--children", "20", "--children-ignore", "--ignore-term"]])
    func `whoever ignores the ladder is killed with the whole tree`(_ behaviour: [String]) async throws {
        try await onStage { stage in
            // T21: ignores SIGTERM; is stopped; leads a tree of which half are daemons.
            let plan = stage.plan(["--lines", "3", "--hang", "2"] + behaviour)
            stage.current.start(plan)
            try await stage.waitForEvents(3, of: plan.id)
            stage.current.end(plan.id, cause: .cancelled)
            stage.current.end(plan.id, cause: .cancelled)
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .cancelled)
            #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
        }
    }

    @Test func `the ladder is climbed rung by rung`() async throws {
        try await onStage { stage in
            // The provider leaves on SIGTERM by itself: nothing harder follows.
            let plan = stage.plan(["--lines", "3", "--hang", "2", "--exit-on-term", "42"])
            stage.current.start(plan)
            try await stage.waitForEvents(3, of: plan.id)
            stage.current.end(plan.id, cause: .cancelled)
            let end = try await stage.end(of: plan.id)
            #expect(end.ending.exit?.status == 42)
            #expect(end.outcome.failure?.class == .cancelled)
            #expect(end.outcome.text.contains("line 1"))
        }
    }

    @Test func `a session is ended before it was started`() async throws {
        try await onStage { stage in
            let plans = (0..<10).map { _ in stage.plan(["--hang", "start"]) }
            for plan in plans {
                stage.current.start(plan)
                stage.current.end(plan.id, cause: .cancelled)
            }
            for plan in plans {
                let end = try await stage.end(of: plan.id)
                #expect(end.outcome.state == .cancelled)
                #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
            }
        }
    }

    @Test func `input goes to an open session line by line until it is closed`() async throws {
        try await onStage { stage in
            let plan = stage.plan(
                kind: .plain, input: Array("one\n".utf8), keepsInputOpen: true, argv: ["cat"])
            stage.current.start(plan)
            try await stage.wait("the first echo") { $0.events(of: plan.id).contains { "\($0)".contains("one") } }
            stage.current.send(plan.id, stdin: Array("two\n".utf8), close: false)
            try await stage.wait("the second echo") { $0.events(of: plan.id).contains { "\($0)".contains("two") } }
            stage.current.send(plan.id, stdin: [], close: true)
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .completed, "\(end)")
            #expect(end.outcome.endedBy == nil)
        }
    }

    @Test func `a coordinator with an old epoch is refused`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--hang", "start"], epoch: 7)
            stage.current.start(plan)
            try await stage.waitForState(.running, of: plan.id)
            try await stage.replaceSupervisor()
            var old = plan
            old.epoch = 6
            stage.current.attach(old, AttachedStanding(offset: 0))
            stage.current.end(plan.id, cause: .cancelled)
            try await stage.wait("a refusal") { reports in
                reports.contains { if case .refused(plan.id, "fenced") = $0 { true } else { false } }
            }
            #expect(!stage.reports.contains { $0.finished != nil })
            try await stage.replaceSupervisor()
            stage.current.attach(plan, AttachedStanding(offset: 0))
            stage.current.kill(plan.id, cause: .cancelled)
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .cancelled)
        }
    }
}
