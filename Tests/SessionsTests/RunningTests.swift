import Model
import Sessions
import TestSupport
import Testing

@Suite struct RunningTests {
    @Test func `a session goes from its start to its answer`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "5"])
            let end = try await stage.run(plan)
            #expect(end.outcome.state == .completed, "\(end.outcome)")
            #expect(end.outcome.text.contains("line 5"))
            #expect(end.outcome.endedBy == nil)
            #expect(end.ending.exit?.status == 0)
            #expect(stage.states(of: plan.id) == [.running])
            let deltas = stage.events(of: plan.id).compactMap { event in
                if case .textDelta(_, let text) = event.event { text } else { nil }
            }
            #expect(deltas.joined() == "line 1\nline 2\nline 3\nline 4\nline 5\n")
            #expect(end.last.offset == end.ending.exit?.spoolLength)
        }
    }
}
