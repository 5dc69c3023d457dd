import Model
import Testing

@testable import Commands

/// The jobs of a batch as the live view draws them.
@Suite struct JobFlowTests {
    private let waves = [["list"], ["ask", "look"], ["merge"]]

    private func identifier(_ text: String) -> Identifier {
        Identifier(String((text + "0000000000000000").prefix(16)))!
    }

    /// A view of a run with these parts, and what has become of them.
    private func view(_ parts: [(name: String, events: [(EventType, JSONObject)])]) -> FanOutView {
        var view = FanOutView()
        view.flow = JobFlow(waves: waves)
        let time = Timestamp(milliseconds: 0)
        let modules: [JSONValue] = parts.enumerated().map {
            ["module": .string($1.name), "job": .string(identifier("J\($0)").text)]
        }
        view.apply(Event(time: time, type: .runStarted, run: identifier("R"), data: ["modules": .array(modules)]))
        for (number, part) in parts.enumerated() {
            for (type, data) in part.events {
                view.apply(
                    Event(
                        time: time, type: type, run: identifier("R"), job: identifier("J\(number)"),
                        session: identifier("S\(number)"), module: part.name, data: data))
            }
        }
        return view
    }

    private let done: [(EventType, JSONObject)] = [
        (.sessionStarted, ["attempt": 1]), (.jobFinished, ["state": "completed"]),
    ]
    private let runs: [(EventType, JSONObject)] = [(.sessionStarted, ["attempt": 1])]

    private func lines(_ view: FanOutView, width: Int = 80) -> [String] {
        let surface = Surface(isTerminal: true, unicode: true, width: width)
        return view.flow?.lines(view.progress.rows, on: surface, width: width - 1) ?? []
    }

    @Test func `waves stand one behind another, and rows are counted without what made them`() {
        let view = view([
            ("list", done), ("ask", done), ("look", []), ("merge", []), ("ask[n=1]", done), ("ask[n=2]", runs),
            ("ask[n=3]", []),
        ])
        #expect(lines(view) == ["  ✓ list → ● ask 1/3  ○ look → ○ merge"])
    }

    @Test func `a job whose rows wait between others runs, and one with a failed row has failed`() {
        let failed: [(EventType, JSONObject)] = runs + [(.jobFinished, ["state": "failed"])]
        let view = view([
            ("list", done), ("ask[n=1]", done), ("ask[n=2]", []), ("look[n=1]", failed), ("look[n=2]", done),
            ("merge", [(.jobSkipped, [:])]), ("report", done),
        ])
        #expect(lines(view) == ["  ✓ list → ● ask 1/2  ✗ look 2/2 → - merge"])
    }

    @Test func `what does not fit goes on a second line, and then is cut`() {
        let view = view([("list", done), ("ask", runs), ("look", []), ("merge", [])])
        #expect(lines(view, width: 26) == ["  ✓ list → ● ask  ○ look", "  → ○ merge"])
        #expect(lines(view, width: 18) == ["  ✓ list → ● ask", "  ○ look → ○ merge".prefix(8) + " …"])
    }

    @Test func `the picture has the line below its rule, and a run of one job has none`() {
        var view = view([("list", runs), ("ask", [])])
        let surface = Surface(isTerminal: true, unicode: true, width: 80)
        let picture = view.live(on: surface, now: Timestamp(milliseconds: 1000))
        #expect(picture[1] == "  ● list → ○ ask  ○ look → ○ merge")
        // What needs others first is not the next.
        let queued = picture.filter { $0.contains("queued") }
        #expect(queued.count == 1 && !queued[0].contains("next"), "\(picture)")
        view.flow = JobFlow(waves: [["list"]])
        #expect(lines(view).isEmpty)
    }
}
