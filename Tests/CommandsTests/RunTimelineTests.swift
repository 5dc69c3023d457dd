import Model
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
