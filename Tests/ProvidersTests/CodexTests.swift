import Model
import Providers
import Testing

@Suite struct CodexTests {
    private func parse(_ lines: [String]) -> ParsedRecording {
        ParsedRecording(
            Array((lines.joined(separator: "\n") + "\n").utf8), of: .builtIn(.codex), status: 0, signal: nil)
    }

    private let start = #"{"type":"turn.started"}"#
    private let end = #"{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":1}}"#
    private let reconnect = #"{"type":"error","message":"Reconnecting... 1/5 (stream disconnected)"}"#

    private func said(_ text: String, _ id: Int) -> String {
        #"{"type":"item.completed","item":{"id":"item_\#(id)","type":"agent_message","text":"\#(text)"}}"#
    }

    @Test func `what is repeated after a reconnect is said once`() {
        func text(_ lines: [String]) -> String { parse([start] + lines + [end]).outcome.text }
        #expect(text([said("a", 0), reconnect, said("a", 1), said("b", 2)]) == "a\n\nb")
        #expect(text([said("a", 0), said("b", 1), reconnect, said("a", 2), said("b", 3)]) == "a\n\nb")
        #expect(text([said("a", 0), reconnect, said("a", 1), reconnect, said("a", 2)]) == "a")
        // Said twice without a break, or otherwise after it: kept.
        #expect(text([said("a", 0), said("a", 1)]) == "a\n\na")
        #expect(text([said("a", 0), reconnect, said("b", 1), said("a", 2)]) == "a\n\nb\n\na")
    }

    @Test func `a warning is no failure`() {
        let warning =
            #"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata not found"}}"#
        #expect(parse([warning, start, said("x", 1), end]).outcome.state == .completed)
    }

    @Test func `a plan's steps are told once for each state`() {
        func plan(_ done: Bool) -> String {
            #"{"type":"item.updated","item":{"id":"i","type":"todo_list","items":[{"text":"read","completed":\#(done)},{"text":"write","completed":false}]}}"#
        }
        let steps = parse([start, plan(false), plan(false), plan(true), end]).events.compactMap { event -> String? in
            if case .planStep(let text, let completed) = event.event { "\(text) \(completed)" } else { nil }
        }
        #expect(steps == ["read false", "write false", "read true"])
    }

    @Test func `a search with two ids and a failed call of a server are tools`() {
        let parsed = parse([
            start, #"{"type":"item.started","item":{"id":"ws_1","type":"web_search","id":"item_0","query":"x"}}"#,
            #"{"type":"item.completed","item":{"id":"ws_1","type":"web_search","id":"item_0","query":"x y"}}"#,
            #"{"type":"item.completed","item":{"id":"item_1","type":"mcp_tool_call","server":"s","tool":"t","arguments":{"a":1},"result":null,"error":null,"status":"failed"}}"#,
            end,
        ])
        #expect(
            parsed.tools == [
                .init(id: "item_0", name: "web_search", isError: false),
                .init(id: "item_1", name: "s.t", isError: true),
            ])
    }

    @Test func `a thread is named, and its end after success does not matter`() {
        let parsed = parse([#"{"type":"thread.started","thread_id":"T"}"#, start, said("x", 0), end])
        #expect(parsed.events.first?.event == .sessionIdentified(providerSession: "T", model: nil))
    }
}
