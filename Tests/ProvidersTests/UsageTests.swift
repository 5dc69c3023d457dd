import Model
import Providers
import Testing

/// Tokens and money, counted once (T37).
@Suite struct UsageTests {
    private func parse(_ kind: ProviderKind, _ name: String) -> ParsedRecording {
        let recording = Recordings.named(kind, name)
        return ParsedRecording(
            recording.bytes, of: .builtIn(kind), status: recording.status, signal: recording.signal)
    }

    private func result(_ index: Int, since: String?, sums: String, usage: String = "{}") -> String {
        let since = since.map { #","model_usage_since_last_result":\#($0)"# } ?? ""
        return
            #"{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"result":"x","result_index":\#(index),"modelUsage":\#(sums),"usage":\#(usage)\#(since)}"#
    }

    private func model(
        _ input: Int, _ output: Int, _ cost: String, cached: Int = 0, written: Int = 0, name: String = "m"
    )
        -> String
    {
        #"{"\#(name)":{"inputTokens":\#(input),"outputTokens":\#(output),"#
            + #""cacheReadInputTokens":\#(cached),"cacheCreationInputTokens":\#(written),"costUSD":\#(cost)}}"#
    }

    private func claude(_ lines: [String]) -> [ModelUsage] {
        ParsedRecording(
            Array((lines.joined(separator: "\n") + "\n").utf8), of: .builtIn(.claude), status: 0, signal: nil
        ).usage
    }

    private func expect(
        _ usage: [ModelUsage], _ input: Int64, _ output: Int64, nanos: Int64?, read: Int64 = 0, written: Int64 = 0,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(usage.count == 1, sourceLocation: location)
        let expected = Usage(
            input: input, cacheRead: read, cacheWrite: written, output: output,
            cost: nanos.map { Money(nanos: $0) })
        #expect(usage.first?.usage == expected, sourceLocation: location)
    }

    @Test func `claude states increments, and only those are counted`() {
        let one = model(1000, 7, "0.00418")
        expect(claude([result(0, since: one, sums: one)]), 1000, 7, nanos: 4_180_000)
        // Two turns in one statement, nothing in the next.
        expect(
            claude([result(0, since: one, sums: one), result(1, since: "{}", sums: one)]), 1000, 7, nanos: 4_180_000)
        // A resumed session: the sums hold the past.
        expect(claude([result(0, since: one, sums: model(5000, 70, "1.5"))]), 1000, 7, nanos: 4_180_000)
        expect(
            claude([result(0, since: one, sums: one), result(1, since: one, sums: model(2000, 14, "0.00836"))]), 2000,
            14,
            nanos: 8_360_000)
        // Whole dollars, and fractions that no binary number holds.
        expect(claude([result(0, since: model(1, 1, "2"), sums: "{}")]), 1, 1, nanos: 2_000_000_000)
        expect(claude([result(0, since: model(1, 1, "0.0041600000000000005"), sums: "{}")]), 1, 1, nanos: 4_160_000)
        expect(
            claude([result(0, since: model(1, 2, "0", cached: 3, written: 4), sums: "{}")]), 1, 2, nanos: 0, read: 3,
            written: 4)
    }

    @Test func `without increments the sums are subtracted, and the first turn counts its own tokens`() {
        let usage =
            #"{"input_tokens":10,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":4}"#
        expect(
            claude([result(0, since: nil, sums: model(1000, 7, "0.5"), usage: usage)]), 10, 2, nanos: nil, read: 3,
            written: 4)
        let second = claude([
            result(0, since: nil, sums: model(1000, 7, "0.5"), usage: usage),
            result(1, since: nil, sums: model(1500, 9, "0.75"), usage: usage),
        ])
        #expect(second.map(\.usage.input) == [10, 500])
        #expect(claude([#"{"type":"result","subtype":"success","is_error":false,"num_turns":0,"result":""}"#]).isEmpty)
    }

    @Test func `sums that a provider states are kept beside the increments`() {
        let parsed = parse(.claude, "resume")
        let reports = parsed.events.compactMap { event -> UsageReport? in
            if case .usage(let report) = event.event { report } else { nil }
        }
        #expect(reports.first?.increments.first?.usage.cost == Money(nanos: 4_060_000))
        #expect(reports.first?.stated.first?.usage.cost == Money(nanos: 8_120_000))
    }

    private func usage(_ lines: [UInt8], _ kind: ProviderKind = .claude, after counted: Usage?) -> [ModelUsage] {
        var stream = ProviderDefinition.builtIn(kind).makeStream(counted: counted)
        var events: [SpoolEvent] = []
        lines.withUnsafeBytes { stream.consume($0, into: &events) }
        return ParsedRecording(events, stream.finish(ended(0), into: &events)).usage
    }

    @Test func `what a killed process used is counted by the one that goes on with its session`() {
        func cost(_ name: String, after counted: Usage?) -> Money? {
            usage(Recordings.named(.claude, name).bytes, after: counted).first?.usage.cost
        }
        let nothing = Usage(cost: .zero)
        // Its process was asked to end, and the sum has what it spent.
        #expect(cost("killtool_then_resume_2", after: nothing) == Money(nanos: 8_560_000))
        #expect(cost("killtool_then_resume_2", after: nil) == Money(nanos: 4_060_000))
        // It was killed at once, and nothing says what it spent.
        #expect(cost("kill_then_resume_2", after: nothing) == Money(nanos: 4_060_000))
        // All that the sum has was counted.
        let counted = Usage(input: 1000, cacheRead: 200, output: 1, cost: Money(nanos: 4_060_000))
        #expect(cost("resume", after: counted) == Money(nanos: 4_060_000))
    }

    @Test func `a session's first sums are settled model by model, once, and never take anything away`() {
        let sums =
            #"{"a":{"inputTokens":100,"outputTokens":10,"costUSD":1},"b":{"inputTokens":50,"outputTokens":5,"costUSD":0.5}}"#
        let since = model(40, 4, "0.25", name: "b")
        func settled(_ lines: [String], _ input: Int64, _ cost: Double?) -> [ModelUsage] {
            usage(
                Array(lines.map { $0 + "\n" }.joined().utf8),
                after: Usage(input: input, output: input, cost: cost.flatMap { Money(dollars: $0) }))
        }
        let lines = [result(0, since: since, sums: sums)]
        // 150 in all, 40 of them new and 60 counted: 50 are told here for the first time.
        let part = settled(lines, 60, 0.5)
        #expect(part.map(\.usage.input).reduce(0, +) == 90)
        #expect(part.compactMap(\.usage.cost?.nanos).reduce(0, +) == 1_000_000_000)
        // More was counted than the sums have now.
        let fallen = settled(lines, 9000, 99)
        #expect(fallen.map(\.model) == ["b"] && fallen[0].usage.input == 40)
        #expect(fallen[0].usage.cost == Money(dollars: 0.25))
        // Nobody knows what it had cost: the new part is what is known.
        #expect(settled(lines, 110, nil).compactMap(\.usage.cost?.nanos).reduce(0, +) == 250_000_000)
        // Without increments all that is new is in the sums; and it is so for the first ones only.
        let twice = settled([result(0, since: nil, sums: sums), result(1, since: nil, sums: sums)], 60, 0.5)
        #expect(twice.map(\.usage.input).reduce(0, +) == 90)
        // The first sums may come with a later result.
        let late = settled([result(0, since: nil, sums: "{}"), result(1, since: nil, sums: sums)], 60, 0.5)
        #expect(late.map(\.usage.input).reduce(0, +) == 90)
    }

    @Test func `codex counts cached tokens as input, Tutti does not`() {
        expect(parse(.codex, "text").usage, 800, 9, nanos: nil, read: 200)
        #expect(parse(.codex, "toolong").usage.isEmpty)
    }

    @Test func `codex states sums over its thread, of which what is new is counted`() {
        let recording = Recordings.named(.codex, "resume")
        func usage(after counted: Usage) -> Usage? {
            var stream = ProviderDefinition.builtIn(.codex).makeStream(counted: counted)
            var events: [SpoolEvent] = []
            recording.bytes.withUnsafeBytes { stream.consume($0, into: &events) }
            let outcome = stream.finish(ended(0), into: &events)
            return ParsedRecording(events, outcome).usage.first?.usage
        }
        #expect(usage(after: Usage()) == Usage(input: 1600, cacheRead: 400, output: 2))
        #expect(
            usage(after: Usage(input: 800, cacheRead: 200, output: 1)) == Usage(input: 800, cacheRead: 200, output: 1))
        // A sum below the last one is a count that began anew.
        #expect(usage(after: Usage(input: 90_000, output: 1)) == Usage(input: 1600, cacheRead: 400, output: 2))
    }

    @Test func `JSON lines count as their definition says`() {
        var definition = ConformanceTests.lines
        definition.fields.cost = "usage.usd"
        definition.fields.cacheRead = "usage.cached"
        let lines = [
            #"{"usage":{"in":10,"out":1,"cached":5,"usd":0.25}}"#, #"{"usage":{"in":30,"out":4,"cached":5,"usd":1}}"#,
            #"{"answer":"x"}"#,
        ].joined(separator: "\n")
        func usage() -> [ModelUsage] {
            ParsedRecording(Array(lines.utf8), of: definition, status: 0, signal: nil).usage
        }
        expect(usage(), 40, 5, nanos: 1_250_000_000, read: 10)
        definition.fields.usageIsCumulative = true
        expect(usage(), 30, 4, nanos: 1_000_000_000, read: 5)
        definition.fields.cost = nil
        definition.fields.usageIsCumulative = false
        expect(usage(), 40, 5, nanos: nil, read: 10)
    }

    @Test func `numbers that nobody can mean break nothing`() {
        let most = Int64.max
        let codex =
            #"{"type":"turn.completed","usage":{"input_tokens":0,"cached_input_tokens":\#(most),"cache_write_input_tokens":\#(most),"output_tokens":\#(most)}}"#
        let counted = ParsedRecording(
            Array("\(codex)\n\(codex)\n".utf8), of: .builtIn(.codex), status: 0, signal: nil
        ).usage
        expect(counted, 0, Usage.most, nanos: nil, read: Usage.most, written: Usage.most)
        let sums = #"{"m":{"inputTokens":\#(most),"outputTokens":\#(most),"costUSD":1e300}}"#
        let claude = claude([result(0, since: sums, sums: sums), result(1, since: sums, sums: sums)])
        expect(claude, Usage.most, Usage.most, nanos: 2 * Money.most.nanos)
        for resets in [Int64.min, most] {
            let lines = [
                #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":\#(resets)}}"#,
                #"{"type":"system","subtype":"api_retry","attempt":\#(most),"max_retries":\#(most),"retry_delay_ms":1e300,"error_status":429,"error":"rate_limit"}"#,
                #"{"type":"assistant","error":"rate_limit","timestamp":"2026-11-21T\#(most):27:54.229Z","message":{"content":[]}}"#,
                #"{"type":"assistant","error":"rate_limit","timestamp":"2026-11-21T03:27:54.229Z","message":{"content":[]}}"#,
                #"{"type":"result","subtype":"success","is_error":true,"api_error_status":429,"num_turns":1,"result":"no"}"#,
            ]
            let parsed = ParsedRecording(
                Array((lines.joined(separator: "\n") + "\n").utf8), of: .builtIn(.claude), status: 1, signal: nil)
            #expect((parsed.outcome.failure?.retryAfterSeconds ?? 0) <= 1e9)
            #expect(parsed.outcome.state == .failed)
        }
    }

    @Test func `Tutti's own providers state what is new`() {
        let recording = ParsedRecording(
            Array(ConformanceTests.offlineOutput.utf8), of: .builtIn(.offline), status: 0, signal: nil)
        expect(recording.usage, 1, 2, nanos: nil)
    }

    @Test func `a line that is read twice by a new reader is one statement`() {
        let parsed = parse(.claude, "stdin_two_turns")
        expect(
            parsed.usage, 2000, parsed.usage.first?.usage.output ?? 0, nanos: parsed.usage.first?.usage.cost?.nanos,
            read: 400)
        #expect(parsed.turns.count == 2)
    }
}
