import Model
import TestSupport
import Testing

@Suite struct EventTests {
    private func identifier(_ character: Character) throws -> Identifier {
        try #require(Identifier(String(repeating: character, count: Identifier.length)))
    }

    @Test func `a line begins with what every event has, then says what it belongs to, then its data`() throws {
        let event = Event(
            sequence: 48_213, time: Timestamp(milliseconds: 1_795_262_702_113), type: .textDelta,
            run: try identifier("1"), job: try identifier("2"), session: try identifier("3"), module: "payments",
            data: ["text": "The \u{1b}refund\n", "block": "m/0"], offset: 77)
        #expect(
            event.json.text
                == #"{"v":1,"seq":48213,"ts":"2026-11-21T12:05:02.113Z","type":"text.delta","run":"1111111111111111","#
                + #""job":"2222222222222222","session":"3333333333333333","module":"payments","#
                + #""text":"The \u001brefund\n","block":"m/0"}"#)
    }

    @Test func `what an event does not belong to is left out`() {
        let event = Event(time: Timestamp(milliseconds: 0), type: .heartbeat)
        #expect(event.json.text == #"{"v":1,"seq":0,"ts":"1970-01-01T00:00:00.000Z","type":"heartbeat"}"#)
    }

    @Test func `data of a provider never takes the place of an event's own members`() throws {
        let event = Event(
            sequence: 5, time: Timestamp(milliseconds: 0), type: .metric, run: try identifier("1"),
            session: try identifier("3"),
            data: ["name": "speed", "seq": 9, "type": "run.finished", "run": "x", "value": 3])
        #expect(
            event.json.text
                == #"{"v":1,"seq":5,"ts":"1970-01-01T00:00:00.000Z","type":"metric","run":"1111111111111111","#
                + #""session":"3333333333333333","name":"speed","value":3}"#)
    }

    @Test func `a block has one word for its message and place`() {
        #expect(BlockKey(message: "msg_01", index: 2).text == "msg_01/2")
    }

    @Test func `every type of event stands in the documentation, and no other`() throws {
        let page = try #require(text(of: Repository.path("Documentation/Events.md")))
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("### `") }
        let described = headings.flatMap { heading in
            heading.split(separator: "`").enumerated().filter { !$0.offset.isMultiple(of: 2) }.map {
                String($0.element)
            }
        }
        #expect(described.count == Set(described).count)
        #expect(Set(described) == Set(EventType.allCases.map(\.rawValue)))
    }

    @Test func `every class of failure stands in the documentation with its reaction and advice`() throws {
        let page = try #require(text(of: Repository.path("Documentation/JobLifecycle.md")))
        for failure in FailureClass.allCases {
            let row = "| `\(failure.rawValue)` | \(failure.reaction.rawValue) | \(failure.advice) |"
            #expect(page.contains(row), "\(row)")
        }
    }

    @Test func `every state stands in the documentation`() throws {
        let page = try #require(text(of: Repository.path("Documentation/JobLifecycle.md")))
        let states =
            RunState.allCases.map(\.rawValue) + JobState.allCases.map(\.rawValue)
            + SessionState.allCases.map(\.rawValue)
            + MessageStatus.allCases.map(\.rawValue)
        for state in states { #expect(page.contains("`\(state)`"), "\(state)") }
    }
}

/// The files of the repository that these tests belong to.
enum Repository {
    /// The path of `name`, which counts from the repository's root.
    static func path(_ name: String, from file: String = #filePath) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + name
    }
}
