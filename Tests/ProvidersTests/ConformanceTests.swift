import Model
import Providers
import TestSupport
import Testing

/// What every provider must do, whatever its dialect: one kit, run for each kind.
@Suite struct ConformanceTests {
    /// A provider and an output of it that is a whole success.
    struct Subject: Sendable, CustomStringConvertible {
        var definition: ProviderDefinition
        var success: [UInt8]
        /// The answer of that output.
        var answer: String
        var description: String { definition.name }
    }

    static let subjects: [Subject] = {
        func recorded(_ kind: ProviderKind, _ name: String) -> Subject {
            Subject(
                definition: .builtIn(kind), success: Recordings.named(kind, name).bytes,
                answer: Recordings.golden["\(kind.rawValue)/\(name)"]?["text"]?.string ?? "")
        }
        var replay = recorded(.claude, "text_partial")
        replay.definition = .builtIn(.replay)
        replay.definition.recording = Recording(dialect: .claude)
        return [
            recorded(.claude, "unicode_partial"), recorded(.claude, "tool_bash_partial"),
            recorded(.codex, "tool_bash"), replay,
            Subject(definition: lines, success: Array(linesOutput.utf8), answer: "Two words. 日本 👩‍👩‍👧"),
            Subject(
                definition: .builtIn(.plain), success: Array("One line\nand 日本 👩‍👩‍👧\n".utf8), answer: "One line\nand 日本 👩‍👩‍👧"),
            Subject(
                definition: .builtIn(.offline), success: Array(offlineOutput.utf8), answer: "Found in `a.swift:3`."),
        ]
    }()

    static let lines: ProviderDefinition = {
        var definition = ProviderDefinition.builtIn(.jsonl)
        definition.fields.delta = "delta.text"
        definition.fields.result = "answer"
        definition.fields.error = "error"
        definition.fields.input = "usage.in"
        definition.fields.output = "usage.out"
        return definition
    }()

    static let linesOutput = #"""
        {"delta":{"text":"Two "}}
        {"delta":{"text":"words. "}}
        {"delta":{"text":"日本 👩‍👩‍👧"}}
        {"answer":"Two words. 日本 👩‍👩‍👧","usage":{"in":3,"out":4}}

        """#

    static let offlineOutput = #"""
        {"type":"start","model":"offline-search"}
        {"type":"tool_start","id":"t1","name":"search","input":{"query":"x"}}
        {"type":"tool_end","id":"t1","output":"1 hit","is_error":false}
        {"type":"delta","text":"Found in "}
        {"type":"delta","text":"`a.swift:3`."}
        {"type":"table","columns":["file","line"],"rows":[["a.swift",3]]}
        {"type":"usage","input":1,"output":2}
        {"type":"result","text":"Found in `a.swift:3`."}

        """#

    @Test(arguments: subjects)
    func `the same bytes give the same events, cut at every byte (T31)`(_ subject: Subject) {
        let ending = ended(0)
        let whole = read(subject.success, as: subject.definition, ending: ending)
        for chunk in [1, 2, 3, 5, 7, 64, 4096, 65537] {
            #expect(read(subject.success, as: subject.definition, chunk: chunk, ending: ending).events == whole.events)
        }
        var first = 0
        while first < subject.success.count {
            var stream = subject.definition.makeStream()
            var events: [SpoolEvent] = []
            subject.success.withUnsafeBytes { bytes in
                stream.consume(UnsafeRawBufferPointer(rebasing: bytes[..<first]), into: &events)
                stream.consume(UnsafeRawBufferPointer(rebasing: bytes[first...]), into: &events)
            }
            _ = stream.finish(ending, into: &events)
            #expect(events == whole.events, "cut at \(first)")
            first += max(1, subject.success.count / 500)
        }
    }

    @Test(arguments: subjects)
    func `a whole success is completed, whatever the exit status after it`(_ subject: Subject) {
        let decides = subject.definition.kind == .plain
        for ending in [ended(0), ended(1), ended(143), ended(nil, signal: 9), Ending(exit: nil)] {
            let outcome = read(subject.success, as: subject.definition, ending: ending).outcome
            if decides, ending.exit?.status != 0 {
                #expect(outcome.state != .completed)
            } else {
                #expect(outcome.state == .completed, "\(ending)")
                #expect(outcome.failure == nil)
            }
            #expect(outcome.text == subject.answer)
        }
    }

    @Test(arguments: subjects)
    func `an ending by Tutti after the success is named`(_ subject: Subject) {
        guard subject.definition.kind != .plain else { return }
        var ending = ended(nil, signal: 15)
        ending.cause = .cancelled
        let outcome = read(subject.success, as: subject.definition, ending: ending).outcome
        #expect(outcome.state == .completed)
        #expect(outcome.endedBy == "tutti")
    }

    @Test(arguments: subjects)
    func `cut anywhere, it is never completed`(_ subject: Subject) throws {
        guard subject.definition.kind != .plain else { return }
        // Up to the last byte but one of the line that holds the result: a result without its newline is whole.
        var success = subject.success
        while success.last == 0x0A { success.removeLast() }
        var length = 0
        while length < success.count {
            let outcome = read(Array(success[..<length]), as: subject.definition, ending: ended(0)).outcome
            let text = String(decoding: success[..<length], as: UTF8.self)
            #expect(outcome.state != .completed, "cut at \(length): …\(text.suffix(60))")
            #expect(outcome.failure != nil)
            length += max(1, success.count / 300)
        }
        #expect(read(success, as: subject.definition, ending: ended(0)).outcome.state == .completed)
    }

    @Test(arguments: subjects)
    func `an empty output is truthfully told from each ending`(_ subject: Subject) {
        func verdict(_ ending: Ending) -> FailureClass? {
            read([], as: subject.definition, ending: ending).outcome.failure?.class
        }
        let isPlain = subject.definition.kind == .plain
        #expect(verdict(ended(0)) == (isPlain ? nil : .noResult))
        #expect(verdict(ended(1, stderr: "error: unknown option '--no'")) == (isPlain ? .crash : .startFailed))
        let tooLong = "Error: turn/start failed: Input exceeds the maximum length of 1048576 characters."
        #expect(verdict(ended(1, stderr: tooLong)) == (isPlain ? .crash : .contextTooLong))
        #expect(verdict(ended(1)) == .crash)
        #expect(verdict(ended(nil, signal: 9)) == .crash)
        #expect(verdict(ended(143)) == .crash)
        #expect(verdict(Ending(exit: nil)) == .lost)
        var ending = ended(nil, signal: 15)
        for cause in [FailureClass.idleTimeout, .totalTimeout, .firstByteTimeout, .startTimeout, .budget, .cancelled] {
            ending.cause = cause
            #expect(verdict(ending) == cause)
        }
        ending.cause = nil
        for (word, named) in [
            ("total_timeout", FailureClass.totalTimeout), ("spool_size", .oversize), ("spool_full", .spoolFull),
            ("request", .cancelled), ("orphan_timeout", .orphanTimeout),
        ] {
            ending.exit?.endedBy = word
            #expect(verdict(ending) == named)
        }
        ending.exit?.startError = "No such file or directory"
        ending.exit?.endedBy = "start_failed"
        #expect(verdict(ending) == .startFailed)
    }

    @Test(arguments: subjects)
    func `a spool that lost bytes is never a success`(_ subject: Subject) {
        var ending = ended(0)
        ending.exit?.endedBy = "spool_full"
        #expect(read(subject.success, as: subject.definition, ending: ending).outcome.failure?.class == .spoolFull)
        ending = ended(0)
        ending.cause = .spoolTruncated
        #expect(read(subject.success, as: subject.definition, ending: ending).outcome.failure?.class == .spoolTruncated)
    }

    @Test(arguments: subjects)
    func `finishing twice changes nothing`(_ subject: Subject) {
        var stream = subject.definition.makeStream()
        var events: [SpoolEvent] = []
        subject.success.withUnsafeBytes { stream.consume($0, into: &events) }
        let first = stream.finish(ended(0), into: &events)
        let count = events.count
        #expect(stream.finish(ended(1), into: &events) == first)
        subject.success.withUnsafeBytes { stream.consume($0, into: &events) }
        #expect(events.count == count)
    }

    @Test(arguments: subjects)
    func `lines that are strange are kept, and the session lives (T32)`(_ subject: Subject) {
        guard subject.definition.kind != .plain else { return }
        let strange = [
            "", " ", "\t", "\r", "not JSON", "{", "}", "[]", "[1,2]", "null", "true", "1", "\"text\"", "{}{}",
            #"{"type":"x"}{"type":"y"}"#, "\u{0}", "a\u{0}b", #"{"type":1}"#, #"{"type":null}"#, #"{"type":{}}"#,
            #"{"type":"no_such_type"}"#, #"{"unknown":"field"}"#, "Error: something on stderr",
            "\u{1B}[31mred\u{1B}[0m",
            "NaN", "{\"a\":01}", "{'a':1}", "{\"a\":\"\t\"}", "\u{FEFF}\u{FEFF}{}", "{\"a\":\"unterminated",
        ]
        #expect(strange.count == 30)
        for line in strange {
            for place in [0, subject.success.count] {
                var bytes = subject.success
                bytes.insert(contentsOf: Array((line + "\n").utf8), at: place)
                let result = read(bytes, as: subject.definition, ending: ended(0))
                #expect(result.outcome.state == .completed, "\(line)")
                #expect(result.outcome.text == subject.answer)
                let raws = result.events.compactMap { if case .raw(let text) = $0.event { text } else { nil } }
                #expect(raws == [line])
            }
        }
    }

    @Test(arguments: subjects)
    func `carriage returns, a byte order mark and a missing last newline change nothing (T32)`(_ subject: Subject) {
        guard subject.definition.kind != .plain else { return }
        let text = String(decoding: subject.success, as: UTF8.self)
        let plain = ParsedRecording(subject.success, of: subject.definition, status: 0, signal: nil)
        for changed in [text.replacing("\n", with: "\r\n"), "\u{FEFF}" + text, String(text.dropLast())] {
            let parsed = ParsedRecording(Array(changed.utf8), of: subject.definition, status: 0, signal: nil)
            #expect(parsed.json == plain.json)
        }
    }

    @Test(arguments: subjects)
    func `a line over the bound is one event, and the session goes on (T33)`(_ subject: Subject) {
        let long = [UInt8](repeating: 0x61, count: 17 << 20) + [0x0A]
        let deep = [UInt8](repeating: 0x5B, count: 100_000) + [0x0A]
        if subject.definition.kind == .plain {
            let result = read(long + subject.success, as: subject.definition, ending: ended(0))
            #expect(result.outcome.text.utf8.prefix(long.count).elementsEqual(long))
            return
        }
        for line in [long, deep] {
            let result = read(line + subject.success, as: subject.definition, ending: ended(0))
            let oversized = result.events.compactMap { event -> (Int64, Int)? in
                if case .oversized(let length, let beginning) = event.event {
                    (length, beginning.utf8.count)
                } else {
                    nil
                }
            }
            #expect(oversized.count == 1)
            #expect(oversized.first?.0 == Int64(line.count - 1))
            #expect(oversized.first?.1 == 64 << 10)
            #expect(result.outcome.state == .completed)
        }
    }

    @Test(arguments: subjects)
    func `no change to a line stops a session (T34)`(_ subject: Subject) throws {
        let seed = printedSeed()
        var generator = SplitMix64(seed: seed)
        let lines = subject.success.split(separator: 0x0A, omittingEmptySubsequences: false)
        let pieces = [
            "null", "1e999", "-9223372036854775809", "\"\\ud800\"", "{}", "[]", "true", "\"\"", "{\"type\":\"x\"}",
            "NaN",
            ",", "\"", "}", "\\", "\u{0}", "[[[[[[", "\"type\":\"result\",",
        ].map { Array($0.utf8) }
        for number in lines.indices where !lines[number].isEmpty {
            for _ in 0..<100 {
                var line = Array(lines[number])
                let place = Int.random(in: 0...line.count, using: &generator)
                let length = Int.random(in: 0...min(12, line.count - place), using: &generator)
                let piece = try #require(pieces.randomElement(using: &generator))
                line.replaceSubrange(place..<(place + length), with: piece)
                var changed = lines.map { Array($0) }
                changed[number] = line
                let bytes = Array(changed.joined(separator: [0x0A]))
                let result = read(bytes, as: subject.definition, ending: ended(0))
                #expect(result.outcome.state.isFinal)
            }
        }
    }

    @Test(arguments: subjects)
    func `no number of time is too large, too small or too early`(_ subject: Subject) {
        for line in HostileNumbers.lines {
            let bytes = Array((line + "\n").utf8)
            let result = read(bytes + subject.success, as: subject.definition, ending: ended(0))
            #expect(result.outcome.state == .completed, "\(line)")
            for event in result.events {
                guard case .retrying(_, _, let delay?, _) = event.event else { continue }
                #expect((0...1e9).contains(delay), "\(line)")
            }
        }
    }

    @Test(arguments: subjects)
    func `offsets never fall, and none is beyond the bytes`(_ subject: Subject) {
        let events = read(subject.success, as: subject.definition, ending: ended(0)).events
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.end <= $1.end })
        #expect(events.allSatisfy { $0.end > 0 && $0.end <= Int64(subject.success.count) })
    }

    @Test(arguments: subjects)
    func `the ladder ends with the whole tree`(_ subject: Subject) {
        #expect(subject.definition.ladder.last?.action == .killTree)
        #expect(subject.definition.makeStream().version >= 1)
    }
}
