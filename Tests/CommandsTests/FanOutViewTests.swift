import Model
import Testing

@testable import Commands

/// A run of five modules, told in events, at a fixed time.
struct SampleRun {
    static let start: Int64 = 1_795_262_400_000
    let run = Identifier("01K9QXAAAAAAAAAA")!
    let modules = ["gateway", "auth", "payments", "mobile", "docs"]
    var events: [Event] = []

    func job(_ index: Int) -> Identifier { Identifier("00000000000000J\(index)")! }
    func session(_ index: Int) -> Identifier { Identifier("01K9R\(index)000000000S")! }

    mutating func add(_ second: Double, _ type: EventType, _ index: Int? = nil, _ data: JSONObject = [:]) {
        events.append(
            Event(
                sequence: Int64(events.count + 1),
                time: Timestamp(milliseconds: SampleRun.start + Int64(second * 1000)),
                type: type, run: run, job: index.map(job), session: index.map(session),
                module: index.map { modules[$0] }, data: data))
    }

    init(finished: Bool) {
        add(
            0, .runStarted, nil,
            [
                "name": "auth-audit", "jobs": 5, "slots": 3,
                "modules": .array(
                    modules.indices.map {
                        ["module": .string(modules[$0]), "job": .string(job($0).text)]
                    }),
            ])
        for index in 0..<3 { add(1, .sessionStarted, index, ["attempt": 1, "provider": "claude"]) }
        add(8, .textDelta, 0, ["text": "2 endpoints: /health,"])
        add(9, .textDelta, 0, ["text": " /v1/refund\nmore"])
        add(10, .usage, 0, ["increments": [["input": 12_000, "output": 800, "cost_micros": 41_000]]])
        add(42, .jobFinished, 0, ["state": "completed"])
        add(
            43, .sessionRetrying, 1,
            ["attempt": 2, "of": 3, "wait_ms": 14_000, "class": "rate_limit", "error": "rate limit (429)"])
        add(44, .sessionStarted, 3, ["attempt": 1, "provider": "claude"])
        add(45, .toolStarted, 2, ["name": "Grep", "input": "{\"pattern\":\"verify_token\",\"path\":\"src/\"}"])
        add(46, .needsInput, 3, ["question": "may I run \"npm test\"?"])
        add(47, .usage, 2, ["increments": [["input": 9_000, "output": 100, "cost_micros": 31_000]]])
        guard finished else { return }
        add(58, .sessionStarted, 1, ["attempt": 2, "provider": "claude"])
        add(60, .sessionFailed, 1, ["class": "rate_limit", "error": "rate limit (429)"])
        add(60, .jobFinished, 1, ["state": "failed", "class": "rate_limit", "error": "rate limit (429)"])
        for index in [2, 3, 4] { add(70, .jobFinished, index, ["state": "completed"]) }
        add(71, .runFinished, nil, ["exit": 1])
    }

    func view() -> FanOutView {
        var view = FanOutView()
        view.progress.provider = "claude"
        view.progress.maxCost = Money(nanos: 2_000_000_000)
        for event in events { view.apply(event) }
        return view
    }

    func time(_ second: Double) -> Timestamp { Timestamp(milliseconds: SampleRun.start + Int64(second * 1000)) }
}

@Suite struct FanOutViewTests {
    private func screen(_ width: Int, unicode: Bool = true, height: Int = 24) -> [String] {
        let surface = Surface(isTerminal: true, unicode: unicode, width: width, height: height)
        let sample = SampleRun(finished: false)
        var view = sample.view()
        return view.takeScrolled(on: surface) + view.live(on: surface, now: sample.time(48))
    }

    @Test func `the picture at 96 columns`() {
        #expect(screen(97).joined(separator: "\n") == Golden.wide)
    }

    @Test func `the picture at 80 columns`() {
        #expect(screen(80).joined(separator: "\n") == Golden.eighty)
    }

    @Test func `the picture at 60 columns, in ASCII`() {
        #expect(screen(60, unicode: false).joined(separator: "\n") == Golden.sixtyASCII)
    }

    @Test(arguments: [20, 40, 60, 80, 120, 200], [true, false])
    func `no line is ever wider than the surface`(width: Int, unicode: Bool) {
        for line in screen(width, unicode: unicode) where width >= 40 {
            #expect(DisplayWidth.of(line) < width, "\(line)")
            #expect(unicode || line.utf8.allSatisfy { $0 < 0x80 })
        }
    }

    @Test func `the live part is never higher than the surface, and asking rows stay`() {
        let surface = Surface(isTerminal: true, width: 80, height: 6)
        let sample = SampleRun(finished: false)
        let lines = sample.view().live(on: surface, now: sample.time(48))
        #expect(lines.count <= 5)
        #expect(lines[1].contains("asks:"))
        #expect(lines.contains { $0.contains("3 more") })
    }

    @Test func `the summary names the failures last, and the next commands`() {
        let sample = SampleRun(finished: true)
        let lines = FanOutSummary.lines(sample.view().progress, on: Surface(isTerminal: true, width: 97))
        #expect(lines.joined(separator: "\n") == Golden.summary)
    }

    @Test func `a pause that rows wait for is said, and no end is guessed`() {
        let sample = SampleRun(finished: false)
        var view = sample.view()
        view.history = [10_000, 20_000]
        let surface = Surface(isTerminal: true, width: 120)
        #expect(view.live(on: surface, now: sample.time(48)).joined().contains("ETA"))
        view.closed = [
            ClosedPool(.provider("claude"), .paused), ClosedPool(.global, .paused), ClosedPool(.module("web"), .broken),
        ]
        let lines = view.live(on: surface, now: sample.time(48))
        #expect(!lines.joined().contains("ETA") && lines.last?.hasSuffix("paused") == true)
        #expect(
            lines.contains {
                $0.hasPrefix("  paused: provider claude (tutti unpause claude), everything (tutti unpause); closed: ")
            })
        #expect(!lines.contains { $0.contains("next") })
    }

    @Test func `nothing is drawn in place once all is over`() {
        let sample = SampleRun(finished: true)
        #expect(sample.view().live(on: Surface(isTerminal: true), now: sample.time(80)).isEmpty)
    }

    @Test func `plain progress tells each change on a line, without escape bytes`() {
        var plain = PlainProgress()
        let lines = SampleRun(finished: true).events.compactMap { plain.apply($0) }
        #expect(lines.joined(separator: "\n") == Golden.plain)
        #expect(!lines.joined().utf8.contains(0x1B))
    }

    @Test func `an agent's control characters do not reach the screen`() {
        var sample = SampleRun(finished: false)
        sample.add(48, .textDelta, 2, ["text": "evil\u{1B}[2J\u{9B}H\u{202E}"])
        sample.add(48, .status, 2, ["text": "\u{1B}]0;title\u{07}"])
        sample.add(48, .needsInput, 0, ["question": "bad \u{1B}[31m"])
        var view = sample.view()
        let surface = Surface(isTerminal: true, width: 120)
        let lines = view.takeScrolled(on: surface) + view.live(on: surface, now: sample.time(49))
        #expect(
            !lines.joined().unicodeScalars.contains { $0.properties.generalCategory == .control || $0.value == 0x202E })
    }

    @Test func `the rate is that of the last seconds`() {
        var meter = RateMeter()
        for tenth in 0..<20 {
            meter.add(40, at: Timestamp(milliseconds: Int64(tenth) * 100))
        }
        #expect(meter.tokensPerSecond(at: Timestamp(milliseconds: 2000)) == 100)
        #expect(meter.tokensPerSecond(at: Timestamp(milliseconds: 20_000)) == 0)
    }
}
