import Model
import Providers
import Testing

@Suite struct LinesTests {
    private func parse(
        _ definition: ProviderDefinition, _ lines: [String], status: Int32 = 0
    ) -> ParsedRecording {
        ParsedRecording(Array((lines.joined(separator: "\n") + "\n").utf8), of: definition, status: status, signal: nil)
    }

    private func definition(_ fields: (inout FieldPaths) -> Void) -> ProviderDefinition {
        var definition = ProviderDefinition.builtIn(.jsonl)
        fields(&definition.fields)
        return definition
    }

    @Test func `paths lead through objects and arrays`() {
        let definition = definition {
            $0.text = "choices.0.message.content"
            $0.done = "done"
        }
        let parsed = parse(definition, [#"{"choices":[{"message":{"content":"Hello"}}]}"#, #"{"done":true}"#])
        #expect(parsed.outcome.state == .completed)
        #expect(parsed.outcome.text == "Hello")
    }

    @Test func `the whole answer replaces what was said otherwise`() {
        let definition = definition {
            $0.delta = "d"
            $0.result = "r"
        }
        let parsed = parse(definition, [#"{"d":"Let me see… "}"#, #"{"r":"42"}"#])
        #expect(parsed.outcome.text == "42")
        #expect(parsed.blocks == ["42"])
    }

    @Test func `what a line over the limit held is missing from the answer, unless another line holds all of it`() {
        let definition = definition {
            $0.text = "t"
            $0.result = "r"
        }
        let long = #"{"t":""# + String(repeating: "x", count: 17 << 20) + #""}"#
        let parts = parse(definition, [#"{"t":"first"}"#, long, #"{"r":true}"#])
        #expect(parts.outcome.state == .completed)
        #expect(parts.outcome.unreadBytes == Int64(long.utf8.count))
        #expect(parse(definition, [#"{"t":"first"}"#, long, #"{"r":"all of it"}"#]).outcome.unreadBytes == 0)
    }

    @Test func `an error fails the turn, also when a result follows`() {
        let definition = definition {
            $0.result = "r"
            $0.error = "error"
            $0.status = "code"
            $0.errorClass = "class"
        }
        func failure(_ lines: [String]) -> Failure? { parse(definition, lines).outcome.failure }
        #expect(failure([#"{"error":"overloaded, sorry"}"#, #"{"r":"x"}"#])?.class == .overload)
        #expect(failure([#"{"error":{"message":"no"},"code":401}"#])?.class == .auth)
        #expect(failure([#"{"error":"x","class":"refusal"}"#])?.class == .refusal)
        #expect(failure([#"{"error":null}"#, #"{"error":false}"#, #"{"error":""}"#, #"{"r":"x"}"#]) == nil)
    }

    @Test func `without a path for the end, the exit status decides`() {
        let definition = definition { $0.delta = "d" }
        #expect(parse(definition, [#"{"d":"x"}"#]).outcome.state == .completed)
        #expect(parse(definition, [#"{"d":"x"}"#], status: 3).outcome.failure?.class == .crash)
        #expect(parse(definition, [#"{"d":"x"}"#]).blocks == ["x"])
    }

    @Test func `tools have their names and their ends`() {
        let definition = definition {
            $0.toolID = "id"
            $0.toolName = "tool"
            $0.toolInput = "args"
            $0.toolOutput = "out"
            $0.toolError = "failed"
            $0.result = "r"
        }
        let parsed = parse(
            definition,
            [
                #"{"id":"a","tool":"grep","args":{"q":1}}"#, #"{"id":"a","out":"hit"}"#, #"{"id":2,"tool":"ls"}"#,
                #"{"id":2,"out":[],"failed":true}"#, #"{"tool":"cat"}"#, #"{"r":"done"}"#,
            ])
        #expect(parsed.tools.map(\.name) == ["grep", "ls", "cat"])
        #expect(parsed.tools.map(\.isError) == [false, true, nil])
        #expect(parsed.tools.first?.id == "a")
    }

    @Test func `every path has a name, and no two the same`() {
        #expect(Set(FieldPaths.names.map(\.name)).count == FieldPaths.names.count)
        var fields = FieldPaths()
        for (name, path) in FieldPaths.names { fields[keyPath: path] = name }
        #expect(FieldPaths.names.allSatisfy { fields[keyPath: $0.path] == $0.name })
    }

    @Test func `plain text is an answer when its program succeeds`() {
        let plain = ProviderDefinition.builtIn(.plain)
        let good = parse(plain, ["one", "", "two \u{1B}[1m"])
        #expect(good.outcome.state == .completed)
        #expect(good.outcome.text == "one\n\ntwo \u{1B}[1m")
        #expect(parse(plain, ["one"], status: 127).outcome.failure?.class == .startFailed)
        let broken = ParsedRecording([0x61, 0xFF, 0x62], of: plain, status: 0, signal: nil)
        #expect(broken.outcome.text == "a\u{FFFD}b")
    }

    @Test func `Tutti's own error has its class`() {
        let parsed = parse(
            .builtIn(.offline), [#"{"type":"error","class":"invalid_request","message":"no files"}"#], status: 1)
        #expect(parsed.outcome.failure == Failure(.invalidRequest, "no files"))
    }

    @Test func `a table is whole, without its type`() {
        let parsed = ParsedRecording(
            Array(ConformanceTests.offlineOutput.utf8), of: .builtIn(.offline), status: 0, signal: nil)
        let figures = parsed.events.compactMap { event -> String? in
            if case .figure(let type, let data) = event.event { type + data } else { nil }
        }
        #expect(figures == [#"table{"columns":["file","line"],"rows":[["a.swift",3]]}"#])
    }
}
