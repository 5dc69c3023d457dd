import Model
import Testing

@testable import Commands

@Suite struct TranscriptTests {
    private let session = Identifier("01K9R0000000000S")!

    private func event(_ type: EventType, _ data: JSONObject, at milliseconds: Int64 = 0) -> Event {
        Event(
            sequence: 1, time: Timestamp(milliseconds: milliseconds), type: type, job: Identifier("00000000000000J1"),
            session: session, module: "api", data: data)
    }

    private func tell(_ events: [Event], isLive: Bool, streams: Bool = false, tools: Transcript.ToolDetail = .short)
        -> [Transcript.Piece]
    {
        var transcript = Transcript(tools: tools, isLive: isLive, streams: streams, glyphs: .unicode)
        return events.flatMap { transcript.apply($0) } + transcript.end()
    }

    private func delta(_ text: String, _ block: String = "m/0") -> Event {
        event(.textDelta, ["block": .string(block), "text": .string(text)])
    }

    @Test func `afterwards, only the whole text counts`() {
        let events = [
            delta("gone"), event(.textReset, ["block": "m/0"]), delta("one\ntw"), delta("o"),
            event(.textBlock, ["block": "m/0", "text": "one\ntwo"]),
        ]
        #expect(tell(events, isLive: false) == [.line(module: "api", "one"), .line(module: "api", "two")])
    }

    @Test func `live, whole lines come at once and the rest at the end of the block`() {
        var transcript = Transcript(tools: .short, isLive: true, streams: false, glyphs: .unicode)
        #expect(transcript.apply(delta("one\ntw")) == [.line(module: "api", "one")])
        #expect(transcript.apply(delta("o")) == [])
        #expect(
            transcript.apply(event(.textBlock, ["block": "m/0", "text": "one\ntwo"])) == [.line(module: "api", "two")])
        #expect(transcript.end() == [])
    }

    @Test func `streaming, every piece comes at once, exactly once`() {
        let events = [
            delta("on"), delta("e"), event(.textBlock, ["block": "m/0", "text": "one"]), delta("next", "m/1"),
        ]
        #expect(
            tell(events, isLive: true, streams: true) == [
                .text("on"), .text("e"), .text("\n"), .text("next"), .text("\n"),
            ])
    }

    @Test func `a piece that ends between the parts of a character is told once`() {
        let events = [delta("cafe"), delta("\u{301}!"), event(.textBlock, ["block": "m/0", "text": "cafe\u{301}! 👩‍👧"])]
        let pieces = tell(events, isLive: true, streams: true)
        #expect(pieces == [.text("cafe"), .text("\u{301}!"), .text(" 👩‍👧"), .text("\n")])
    }

    @Test func `lines that end as on Windows are lines, at once and one by one`() {
        var transcript = Transcript(tools: .short, isLive: true, streams: false, glyphs: .unicode)
        #expect(transcript.apply(delta("one\r\ntw")) == [.line(module: "api", "one\r")])
        #expect(transcript.apply(delta("o\r\nthree\r\n")).count == 2)
        #expect(transcript.end() == [])
        #expect(tell([delta("a\r\n")], isLive: true, streams: true) == [.text("a\r\n")])
    }

    @Test func `text that is taken back after it was shown is said to be`() {
        let pieces = tell([delta("one\n"), event(.textReset, ["block": "m/0"]), delta("two\n")], isLive: true)
        #expect(
            pieces == [
                .line(module: "api", "one"), .note(module: "api", "(the text above was taken back)", isError: false),
                .line(module: "api", "two"),
            ])
    }

    @Test func `a tool call is one line, with its time and what came out`() {
        let events = [
            event(.toolStarted, ["id": "t", "name": "Read", "input": #"{"file_path":"src/a.ts"}"#], at: 100),
            event(.toolCompleted, ["id": "t", "is_error": false, "output": "a\nb"], at: 112),
        ]
        #expect(tell(events, isLive: true) == [.line(module: "api", "▸ Read src/a.ts  (12 ms, 2 lines)")])
        #expect(tell(events, isLive: true, tools: .none) == [])
    }

    @Test func `another attempt is announced with its pause, below the session that failed`() {
        let retrying = Event(
            sequence: 2, time: Timestamp(milliseconds: 5), type: .sessionRetrying, job: Identifier("00000000000000J1"),
            module: "api",
            data: ["attempt": 2, "of": 3, "wait_ms": 1500, "class": "overload", "error": "overloaded (529)"])
        let pieces = tell([event(.sessionFailed, ["error": "overloaded (529)"]), retrying], isLive: true)
        #expect(pieces.last == .note(module: "api", "tries again in 1.5 s: overloaded (529)", isError: true))
    }

    @Test func `an interrupted answer shows its part, the reason and the command that asks again`() {
        let pieces = tell(
            [delta("half an ans"), event(.sessionFailed, ["class": "crash", "error": "it died"])], isLive: false)
        #expect(
            pieces == [
                .line(module: "api", "half an ans"),
                .note(
                    module: "api", "the answer was cut short, failed: it died   again: tutti retry 000000",
                    isError: true),
            ])
    }
}
