import Model
import Testing

@testable import Commands
@testable import Store

/// The screen of `top`, as a function of rows, keys and a terminal's size.
@Suite struct TopTests {
    private static let now = Timestamp(milliseconds: 1_795_262_460_000)

    private static func id(_ letter: String) -> Identifier { Identifier(letter + "0000000000000AA")! }

    /// A job `module` that began so many seconds ago, with a session where it has had an attempt.
    private static func row(
        _ letter: String, _ module: String, _ state: JobState, age seconds: Int64, session: SessionState? = nil,
        activity: String? = nil, output: Int64 = 0, failure: String? = nil
    ) -> WorkRow {
        let start = Timestamp(milliseconds: now.milliseconds - seconds * 1000)
        let run = Identifier("01K9QXAAAAAAAAAA")!
        let job = JobRow(
            row: Int64(letter.utf8.first ?? 0), id: id(letter), run: run, runName: "auth-audit", position: 0,
            kind: "ask",
            module: module, path: nil, key: nil, state: state, priority: 0, pool: nil, attempts: session == nil ? 0 : 1,
            maxAttempts: 3, dependencies: [], thread: nil, message: nil, spec: "{}",
            failureClass: failure == nil ? nil : .rateLimit, failure: failure, notBefore: nil, cancelRequestedAt: nil,
            tries: 0, heldAt: nil, createdAt: start, startedAt: session == nil ? nil : start,
            finishedAt: state.isFinal ? now : nil)
        guard let session else { return WorkRow(job: job) }
        let usage = Usage(input: output * 9, output: output, cost: Money(nanos: output * 31_000))
        return WorkRow(
            job: job,
            sessions: [
                SessionRow(
                    row: 1, id: Identifier(letter + "S00000000000000")!, job: job.id, run: run,
                    runName: "auth-audit", thread: nil, message: nil, module: module, attempt: 1, maxAttempts: 3,
                    provider: "claude", model: nil, providerSession: nil, state: session, isOrphaned: false,
                    workingDirectory: "/x", folder: "/x", definition: "{}", dialectVersion: 1, owner: run, epoch: 1,
                    host: nil,
                    offset: 0, lastEvent: 0, firstEvent: 0, exit: nil, endedBy: nil, failureClass: nil, failure: nil,
                    structuredOutput: nil, activity: activity, createdAt: start, startedAt: start, firstTokenAt: start,
                    endedAt: session.isFinal ? now : nil,
                    usage: UsageSum(usage: usage, knownCost: usage.cost ?? .zero, hasUnknownCost: false))
            ])
    }

    private static let rows = [
        row(
            "A", "payments", .running, age: 58, session: .running, activity: "▸ Grep \"verify_token\" src/",
            output: 1000),
        row(
            "B", "web", .running, age: 24, session: .running,
            activity: "The login form posts to /session, which is wrapped", output: 740),
        row("C", "mobile", .running, age: 14, session: .needsInput, activity: "may I run \"npm test\"?", output: 220),
        row("D", "docs", .queued, age: 12),
        row("E", "auth", .failed, age: 18, session: .failed, output: 33, failure: "rate limit (429)"),
    ]

    private static func top() -> TopMachine {
        var top = TopMachine()
        var counts = StoreCounts()
        (counts.queued, counts.running, counts.needsInput, counts.failed) = (1, 2, 1, 1)
        top.update(rows, counts, at: now)
        return top
    }

    private func screen(_ top: TopMachine, _ width: Int, _ height: Int = 12, unicode: Bool = true) -> [String] {
        TopPicture.lines(
            top, on: Surface(isTerminal: true, unicode: unicode, width: width, height: height), now: TopTests.now)
    }

    @Test func `the screen at 120 columns`() {
        #expect(screen(TopTests.top(), 120).joined(separator: "\n") == Golden.topWide)
    }

    @Test func `the screen at 80 columns`() {
        #expect(screen(TopTests.top(), 80).joined(separator: "\n") == Golden.topEighty)
    }

    @Test(arguments: [24, 40, 80, 120, 200], [true, false])
    func `the screen has the height of the terminal, and no line reaches its edge`(width: Int, unicode: Bool) {
        var top = TopTests.top()
        var keys: [TopKey] = [.down, .character("c"), .character("n"), .character("/"), .character("x"), .enter]
        keys += [.character("?"), .escape, .escape, .enter, .escape]
        for height in [3, 6, 12] {
            for key in keys {
                _ = top.press(key, height: 2, at: TopTests.now)
                let lines = screen(top, width, height, unicode: unicode)
                #expect(lines.count == height)
                // Under 40 columns the table cannot become narrower.
                for line in lines where width >= 40 { #expect(DisplayWidth.of(line) < width, "\(line)") }
                #expect(unicode || lines.joined().utf8.allSatisfy { $0 < 0x80 } || keys.contains(key))
            }
        }
    }

    @Test func `a mark stays with its job, wherever the job goes`() {
        var top = TopTests.top()
        #expect(top.shown.map { $0.job.module } == ["mobile", "payments", "web", "docs", "auth"])
        #expect(top.selected == TopTests.id("C"))
        _ = top.press(.down, height: 5, at: TopTests.now)
        _ = top.press(.character("j"), height: 5, at: TopTests.now)
        #expect(top.selected == TopTests.id("B"))
        _ = top.press(.character("k"), height: 5, at: TopTests.now)
        #expect(top.selected == TopTests.id("A"))
        _ = top.press(.character("s"), height: 5, at: TopTests.now)
        #expect(top.order == .age && top.shown.first?.job.module == "payments" && top.selected == TopTests.id("A"))
        top.update(TopTests.rows.filter { $0.job.module != "payments" }, StoreCounts(), at: TopTests.now)
        // It is gone: what came into its place is marked.
        #expect(top.selected == top.shown[0].job.id)
        top.update([], StoreCounts(), at: TopTests.now)
        #expect(top.selected == nil)
        #expect(top.press(.character("c"), height: 5, at: TopTests.now) == .none)
        #expect(top.press(.enter, height: 5, at: TopTests.now) == .none && top.mode == .list)
    }

    @Test func `what lives stands above what is over, and of that the latest first`() {
        func ended(_ letter: String, _ state: JobState, ago seconds: Int64) -> WorkRow {
            var row = TopTests.row(letter, letter, state, age: 1000)
            row.job.finishedAt = Timestamp(milliseconds: TopTests.now.milliseconds - seconds * 1000)
            return row
        }
        var top = TopMachine()
        let rows = [
            ended("F", .failed, ago: 500), ended("G", .completed, ago: 5), ended("H", .failed, ago: 50),
            TopTests.row("K", "K", .queued, age: 1), TopTests.row("L", "L", .running, age: 2, session: .running),
        ]
        top.update(rows, StoreCounts(), at: TopTests.now)
        #expect(top.shown.map { $0.job.module } == ["L", "K", "G", "H", "F"])
    }

    @Test func `a filter narrows while it is typed, and escape brings back the one before`() {
        var top = TopTests.top()
        func type(_ text: String) {
            for character in text { _ = top.press(.character(character), height: 5, at: TopTests.now) }
        }
        type("/pay")
        #expect(top.shown.map { $0.job.module } == ["payments"])
        _ = top.press(.enter, height: 5, at: TopTests.now)
        type("/x")
        #expect(top.shown.isEmpty)
        _ = top.press(.escape, height: 5, at: TopTests.now)
        #expect(top.filter == "pay" && top.mode == .list && top.shown.count == 1)
        _ = top.press(.escape, height: 5, at: TopTests.now)
        #expect(top.filter.isEmpty && top.shown.count == 5)
        type("/state=running")
        #expect(top.shown.map { $0.job.module } == ["payments", "web"])
        // A condition on what no row has is told at once, and not kept.
        type(" colour=red")
        #expect(top.filterProblem?.contains("colour") == true)
        _ = top.press(.enter, height: 5, at: TopTests.now)
        #expect(top.filter.isEmpty && !top.message.isEmpty)
    }

    @Test func `what cannot be undone asks first`() {
        var top = TopTests.top()
        #expect(top.press(.character("c"), height: 5, at: TopTests.now) == .none)
        #expect(screen(top, 80).last?.hasPrefix("cancel mobile?") == true)
        #expect(top.press(.character("n"), height: 5, at: TopTests.now) == .none)
        _ = top.press(.character("c"), height: 5, at: TopTests.now)
        #expect(top.press(.character("y"), height: 5, at: TopTests.now) == .cancel(TopTests.id("C")))
        #expect(top.press(.character("r"), height: 5, at: TopTests.now) == .none)
        #expect(top.message.contains("is not over"))
        _ = top.press(.last, height: 5, at: TopTests.now)
        _ = top.press(.character("c"), height: 5, at: TopTests.now)
        #expect(top.message == "auth is over already" && top.mode == .list)
        _ = top.press(.character("r"), height: 5, at: TopTests.now)
        #expect(top.press(.character("y"), height: 5, at: TopTests.now) == .retry(TopTests.id("E")))
    }

    @Test func `a page can be read from its beginning to its end`() {
        var top = TopTests.top()
        #expect(top.press(.enter, height: 5, at: TopTests.now) == .open(TopTests.id("C")))
        top.page = (1...40).map { "line \($0)" }
        #expect(screen(top, 80)[0] == "line 1")
        _ = top.press(.character(" "), height: 5, at: TopTests.now)
        #expect(screen(top, 80)[0] == "line 6")
        _ = top.press(.last, height: 5, at: TopTests.now)
        #expect(screen(top, 80)[0] == "line 36")
        _ = top.press(.first, height: 5, at: TopTests.now)
        #expect(top.pageTop == 0)
        #expect(top.press(.character("q"), height: 5, at: TopTests.now) == .close && top.mode == .list)
        #expect(top.press(.character("q"), height: 5, at: TopTests.now) == .quit)
    }

    @Test func `an agent's control characters do not reach the screen`() {
        var top = TopMachine()
        top.update(
            [
                TopTests.row(
                    "A", "evil\u{1B}[2J", .running, age: 1, session: .running, activity: "\u{9B}H\u{202E}x\u{07}")
            ],
            StoreCounts(), at: TopTests.now)
        _ = top.press(.character("c"), height: 5, at: TopTests.now)
        let text = screen(top, 120).joined().unicodeScalars
        #expect(!text.contains { $0.properties.generalCategory == .control || $0.value == 0x202E })
    }

    @Test(arguments: [
        (Array("jk".utf8), [TopKey.character("j"), .character("k")]),
        ([0x1B, 0x5B, 0x41, 0x1B, 0x4F, 0x42], [.up, .down]), ([0x1B], [.escape]),
        ([0x0D, 0x0A, 0x7F], [.enter, .enter, .erase]),
        ([0x1B, 0x5B, 0x35, 0x7E, 0x1B, 0x5B, 0x36, 0x7E], [.pageUp, .pageDown]),
        (Array("é你".utf8), [.character("é"), .character("你")]),
        ([0x1B, 0x5B, 0x33, 0x3B, 0x35, 0x7E, 0x78], [.character("x")]), ([0xC3], []),
        ([0x01, 0x78], [.character("x")]),
    ])
    func `keys are read from the bytes of a terminal`(bytes: [UInt8], keys: [TopKey]) {
        #expect(TopKey.keys(in: bytes) == keys)
    }

    @Test func `long lines are broken where the screen ends`() {
        #expect(ScreenLines.broken(["abcdef", "", "\tx", "你你你"], to: 5) == ["abcde", "f", "", "    x", "你你", "你"])
    }
}
