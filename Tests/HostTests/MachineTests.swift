import Model
import TestSupport
import Testing

@testable import tutti_host

@Suite struct `The host's machines` {
    @Test func `limits in virtual time: one cause, the right one, at the right moment`() throws {
        var random = SplitMix64(seed: printedSeed())
        for _ in 0..<2000 {
            var limits = Limits()
            limits.total = Bool.random(using: &random) ? .random(in: 1...100_000, using: &random) : 0
            limits.orphan = Bool.random(using: &random) ? .random(in: 1000...100_000, using: &random) : 0
            limits.spool = Bool.random(using: &random) ? .random(in: 1...5_000_000, using: &random) : 0
            limits.grace = .random(in: 0...5000, using: &random)
            let diesAt = Int64.random(in: 0...100_000, using: &random)
            let bytesPerMillisecond = Int64.random(in: 0...300, using: &random)
            limits.start(at: 0)
            var now: Int64 = 0
            var asked: Int64?
            var wakings = 0
            while now < 300_000 {
                let wake = limits.nextWake()
                #expect(wake >= now)
                now = max(wake, now + 1)
                wakings += 1
                let size = bytesPerMillisecond * now
                if limits.wantsSize(at: now) { limits.measured(size, reserved: nil, soon: false, at: now) }
                if limits.wantsLook(at: now) { limits.looked(alive: now < diesAt, at: now) }
                let cause = limits.cause
                switch limits.tick(at: now) {
                case .nothing: #expect(limits.cause == cause)
                case .ask:
                    #expect(cause == nil && asked == nil)
                    asked = now
                case .endTree:
                    if let asked, size <= limits.spool || limits.spool == 0 { #expect(now >= asked + limits.grace) }
                    switch try #require(limits.cause) {
                    case .totalTimeout: #expect(limits.total > 0 && now >= limits.total)
                    // Never before the coordinator has been gone for so long, but for the width of one look.
                    case .orphanTimeout: #expect(now >= diesAt + limits.orphan - max(50, limits.orphan / 20) - 1)
                    case .spoolSize: #expect(size > limits.spool)
                    case .request: Issue.record("nobody asked")
                    }
                    now = .max
                }
            }
            if limits.total > 0 || limits.orphan > 0 { #expect(now == .max) }
            #expect(wakings < 40_000)
        }
    }

    @Test func `control lines mean the same however they are cut`() {
        let stream = Array("epoch 7\nping\nstdin 11\nhello\nworld\nsignal 15\nstdin 0\nclose-stdin\nwhat\nend\n".utf8)
        let expected: [ControlReader.Command] = [
            .epoch(7), .ping, .input(Array("hello\nworld".utf8)), .unknown("unknown command"),
        ]
        func commands(_ sizes: () -> Int) -> [ControlReader.Command] {
            var reader = ControlReader()
            var rest = stream[...]
            var all: [ControlReader.Command] = []
            while !rest.isEmpty {
                let part = rest.prefix(sizes())
                rest = rest.dropFirst(part.count)
                all += Array(part).withUnsafeBytes { reader.take($0) }
            }
            return all
        }
        let whole = commands { stream.count }
        #expect(Array(whole.prefix(3)) == Array(expected.prefix(3)))
        // The 11 bytes end before the newline, which makes an empty line.
        #expect(whole[3] == expected[3] && whole[4] == .signal(15) && whole[5] == .input([]) && whole.last == .end)
        for size in 1...20 { #expect(commands { size } == whole) }
        var random = SplitMix64(seed: printedSeed())
        for _ in 0..<500 { #expect(commands { Int.random(in: 1...9, using: &random) } == whole) }
    }

    @Test func `records escape what JSON wants escaped`() {
        var record = JSONRecord()
        record.add("word", "a\"b\\c\n\u{1}é🙂")
        record.add("none", nil as String?)
        record.add("number", 7)
        #expect(record.text == #"{"word":"a\"b\\c\u000a\u0001é🙂","none":null,"number":7}"# + "\n")
    }
}
