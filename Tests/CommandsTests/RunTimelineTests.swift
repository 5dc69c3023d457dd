import Model
import Store
import Testing

@testable import Commands

@Suite struct RunTimelineTests {
    @Test func `every job of a run has its bar, and signs tell how attempts ended`() throws {
        let store = try RecordedStore()
        for width in [40, 60, 80, 120, 200] {
            let shown = try store.tutti(
                "show", "@last", "--timeline",
                environment: ["TUTTI_FORCE_TTY": "\(width)", "TERM": "xterm", "NO_COLOR": "1"])
            let lines = shown.output.split(separator: "\n").map(String.init)
            #expect(lines.allSatisfy { DisplayWidth.of($0) < width || !$0.contains("█") && !$0.contains("▒") })
            #expect(lines.contains { $0.hasPrefix("api") && $0.contains("█") && $0.contains("completed") })
            #expect(lines.contains { $0.hasPrefix("web") && $0.contains("▒") && $0.contains("failed") })
        }
        let plain = try store.tutti("show", "@last", "--timeline", environment: ["LANG": "C"]).output
        #expect(plain.contains("# completed   x failed or cancelled   . waits"))
    }

    @Test(arguments: [-4_000_000_000_000, -86_400_000, -1, 0, 1, 86_400_000, 4_000_000_000_000])
    func `a clock that was set back or forth draws nothing outside of the bars`(_ step: Int64) throws {
        let recorded = try RecordedStore()
        let store = try Store.open(
            recorded.folder + "/tutti.db", access: .readOnly, stateHome: recorded.folder + "/.local/state/tutti")
        defer { store.close() }
        let now = Timestamp(milliseconds: 1_795_262_400_000)
        var detail = try #require(try store.read { try $0.sessionDetail(recorded.answered) })
        let width = { (lines: [String]) in lines.map { DisplayWidth.of($0) }.max() ?? 0 }
        let usual = width(Timeline.lines(detail, on: Surface(), now: now))
        detail.session.createdAt = Timestamp(milliseconds: now.milliseconds + step)
        #expect(width(Timeline.lines(detail, on: Surface(), now: now)) <= usual + 12)
        detail.session.createdAt = now
        detail.session.endedAt = Timestamp(milliseconds: now.milliseconds + step)
        #expect(!Timeline.lines(detail, on: Surface(), now: now).isEmpty)
        for index in detail.blocks.indices {
            detail.blocks[index].endedAt = Timestamp(milliseconds: now.milliseconds + step)
        }
        #expect(!Timeline.lines(detail, on: Surface(), now: now).isEmpty)
    }

    @Test func `usage and tools of a run are shown too`() throws {
        let store = try RecordedStore()
        #expect(try store.tutti("show", "@last", "--usage").output.contains("MODEL"))
        let tools = try store.tutti("show", "@last", "--tools").output
        #expect(tools.contains("## api") && tools.contains("## web") && tools.contains("Read"))
    }

    @Test func `search shows whole lines around a place`() throws {
        let store = try RecordedStore()
        let shown = try store.tutti("search", "answer", "--context", "1", "--role", "assistant").output
        #expect(shown.contains("the «answer» of"))
        #expect(shown.contains("   ```"))
    }
}
