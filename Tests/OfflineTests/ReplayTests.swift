import Glibc
import Model
import TestSupport
import Testing

@testable import Offline

@Suite struct ReplayTests {
    private static let lines = "{\"a\":1}\n{\"b\":22}\n{\"c\":333}\n"

    /// Plays `file` and gives the bytes, the moment at which each of them came, and the status.
    private func play(
        _ arguments: [String]
    ) -> (bytes: [UInt8], moments: [(end: Int, at: Duration)], status: Int32, stderr: [UInt8], signals: [Int32]) {
        let (sink, errors, pace) = (MemorySink(), MemorySink(), FakePace())
        var starts: [Duration] = []
        var ends: [Int] = []
        sink.onWrite = {
            starts.append(pace.now)
            ends.append(sink.bytes.count)
        }
        var signals: [Int32] = []
        let status = ReplayPlayer.run(arguments, sink: sink, errors: errors, pace: pace) { signals.append($0) }
        let moments = zip(ends.dropFirst() + [sink.bytes.count], starts).map { (end: $0, at: $1) }
        return (sink.bytes, moments, status, errors.bytes, signals)
    }

    @Test func `lines come at their recorded times, and the end is the recorded one`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines, to: "s.jsonl")
            try folder.write(
                #"{"line_t_ms":[447,494,2382],"exit_code":3,"term_signal":null,"stderr":"oh\n","other":[{}]}"#,
                to: "s.meta.json")
            let played = play([file])
            #expect(played.bytes == Array(Self.lines.utf8))
            #expect(played.moments.map(\.at) == [.milliseconds(447), .milliseconds(494), .milliseconds(2382)])
            #expect(played.moments.map(\.end) == [8, 17, 27])
            #expect(played.status == 3)
            #expect(played.stderr == Array("oh\n".utf8))
        }
    }

    @Test func `a speed divides the times, and zero leaves none`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines, to: "s.jsonl")
            try folder.write(#"{"line_t_ms":[400,500,2500]}"#, to: "s.meta.json")
            #expect(
                play(["--speed=10", "--", file]).moments.map(\.at) == [
                    .milliseconds(40), .milliseconds(50), .milliseconds(250),
                ])
            #expect(
                play([file, "--speed", "0.5"]).moments.map(\.at) == [
                    .milliseconds(800), .milliseconds(1000), .milliseconds(5000),
                ])
            let fast = play(["--speed", "0", file])
            #expect(fast.moments.map(\.at) == [.zero])
            #expect(fast.bytes == Array(Self.lines.utf8))
        }
    }

    @Test func `numbers of a recording that fit nowhere move nothing, and the slowest pace is one`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines, to: "s.jsonl")
            try folder.write("[[1e300,5],[-1e300,7],[9,1e300],[27,-1e300]]", to: "s.timing.json")
            for arguments in [[file], [file, "--speed", "1e-300"], [file, "--speed", "1e300"]] {
                let played = play(arguments)
                #expect(played.bytes == Array(Self.lines.utf8))
                #expect(played.status == 0)
            }
            try folder.write(#"{"line_t_ms":[1e300,-1e300,1]}"#, to: "s.meta.json")
            unlink(folder.file("s.timing.json"))
            #expect(play([file, "--speed", "1e-300"]).bytes == Array(Self.lines.utf8))
        }
    }

    @Test func `a long pause is shortened before the speed counts`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines, to: "s.jsonl")
            try folder.write(#"{"line_t_ms":[0,3600000,3600100]}"#, to: "s.meta.json")
            #expect(
                play([file, "--longest-pause", "1000", "--speed", "2"]).moments.map(\.at) == [
                    .zero, .milliseconds(500), .milliseconds(550),
                ])
        }
    }

    @Test func `a session's folder is played by its offsets, cut where its reads were cut`() throws {
        try withTemporaryFolder { folder in
            try folder.write(Self.lines, to: "spool.jsonl")
            try folder.write("[[5,100],[17,300]]", to: "timing.json")
            try folder.write(#"{"status":null,"signal":15,"core":false,"spool_length":27}"#, to: "exit.json")
            let played = play([folder.path])
            #expect(played.bytes == Array(Self.lines.utf8))
            #expect(played.moments.map(\.end) == [5, 17, 27])
            #expect(played.moments.map(\.at) == [.milliseconds(100), .milliseconds(300), .milliseconds(300)])
            #expect(played.signals == [15])
            #expect(played.status == 143)
        }
    }

    @Test func `signals are understood by name, and times that run backwards do no harm`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines + "tail without end", to: "s.jsonl")
            try folder.write(#"{"line_t_ms":[100,50],"exit_code":null,"term_signal":"SIGKILL"}"#, to: "s.meta.json")
            let played = play([file])
            #expect(played.bytes == Array((Self.lines + "tail without end").utf8))
            #expect(played.moments.allSatisfy { $0.at == .milliseconds(100) })
            #expect(played.signals == [9])
        }
    }

    @Test func `without times the lines come evenly and the status is 0`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines, to: "s.jsonl")
            let played = play([file])
            #expect(played.moments.map(\.at) == [.zero, .milliseconds(40), .milliseconds(80)])
            #expect(played.status == 0)
            try folder.write("not json", to: "s.meta.json")
            #expect(play([file]).bytes == Array(Self.lines.utf8))
        }
    }

    @Test func `a recording larger than a read comes whole, at any speed`() throws {
        try withTemporaryFolder { folder in
            var generator = SplitMix64(seed: printedSeed())
            var text = ""
            var times: [String] = []
            for number in 0..<3000 {
                text += String(repeating: "x", count: Int.random(in: 0...200, using: &generator)) + "\n"
                times.append("\(number)")
            }
            let file = try folder.write(text, to: "s.jsonl")
            try folder.write("{\"line_t_ms\":[\(times.joined(separator: ","))]}", to: "s.meta.json")
            for speed in ["0", "1", "1000000"] {
                let played = play([file, "--speed", speed])
                #expect(played.bytes == Array(text.utf8))
                if speed == "1" { #expect(played.moments.last?.at == .milliseconds(2999)) }
            }
        }
    }

    @Test func `no recording is status 66, and a reader that leaves is 141`() throws {
        #expect(play(["/nowhere.jsonl"]).status == 66)
        #expect(play([]).status == 64)
        #expect(play(["--speed", "fast", "x"]).status == 64)
        try withTemporaryFolder { folder in
            let file = try folder.write(Self.lines, to: "s.jsonl")
            #expect(play([folder.path]).status == 66)
            let sink = MemorySink()
            sink.limit = 1
            #expect(ReplayPlayer(.init(file: file), sink: sink, pace: FakePace()) { _ in }.play() == 141)
        }
    }

    @Test func `the demo's recordings fail with an overload first and then answer`() throws {
        let first = play([demo + "/recordings/payments-1.jsonl"])
        #expect(first.status == 1)
        #expect(String(decoding: first.bytes, as: UTF8.self).contains(#"{"type":"error","class":"overload""#))
        let sink = MemorySink()
        #expect(
            ReplayPlayer(.init(file: demo + "/recordings/payments-2.jsonl"), sink: sink, pace: FakePace()) { _ in }
                .play() == 0)
        #expect(sink.texts("delta", "text").joined() == sink.texts("result", "text").first)
    }
}
