import Model
import Providers
import TestSupport
import Testing

@Suite struct ClaudeTests {
    private func parse(_ lines: [String], status: Int32 = 0) -> ParsedRecording {
        ParsedRecording(
            Array((lines.joined(separator: "\n") + "\n").utf8), of: .builtIn(.claude), status: status, signal: nil)
    }

    private func recorded(_ name: String) -> ParsedRecording {
        let recording = Recordings.named(.claude, name)
        return ParsedRecording(
            recording.bytes, of: .builtIn(.claude), status: recording.status, signal: recording.signal,
            stderr: recording.stderr)
    }

    private let start = #"{"type":"system","subtype":"init","session_id":"s","model":"m","tools":["Bash"]}"#

    private func result(_ members: String) -> String {
        #"{"type":"result","subtype":"success","num_turns":1,"result_index":0,"result":"said",\#(members)}"#
    }

    @Test func `success is a conjunction, and nothing less will do`() {
        func state(_ members: String) -> SessionState { parse([start, result(members)]).outcome.state }
        #expect(state(#""is_error":false,"terminal_reason":"completed""#) == .completed)
        #expect(state(#""is_error":true,"terminal_reason":"completed""#) == .failed)
        #expect(state(#""is_error":false,"terminal_reason":"aborted_tools""#) == .cancelled)
        #expect(state(#""is_error":false,"terminal_reason":"hook_stopped""#) == .failed)
        #expect(state(#""is_error":false"#) == .failed)
        #expect(state(#""terminal_reason":"completed""#) == .failed)
        #expect(state(#""is_error":"false","terminal_reason":"completed""#) == .failed)
    }

    @Test func `the question's own result is the first that no background task began`() {
        func line(_ index: String, _ origin: String) -> String {
            #"{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"result":"x"\#(index)\#(origin)}"#
        }
        let task = #","origin":{"kind":"task-notification"}"#
        #expect(parse([start, line("", "")]).outcome.state == .completed)
        #expect(parse([start, line(#","result_index":3"#, "")]).outcome.state == .completed)
        #expect(parse([start, line(#","result_index":1"#, task)]).outcome.failure?.class == .noResult)
    }

    @Test(arguments: [
        (#""api_error_status":401"#, FailureClass.auth), (#""api_error_status":403"#, .auth),
        (#""api_error_status":402"#, .billing), (#""api_error_status":404"#, .invalidRequest),
        (#""api_error_status":413,"terminal_reason":"image_error""#, .contextTooLong),
        (#""api_error_status":429"#, .rateLimit), (#""api_error_status":500"#, .serverError),
        (#""api_error_status":529"#, .overload), (#""api_error_type":"overloaded_error""#, .overload),
        (#""api_error_type":"authentication_error""#, .auth), (#""api_error_type":"rate_limit_error""#, .rateLimit),
        (#""api_error_type":"invalid_request_error","api_error_status":400"#, .invalidRequest),
        (#""terminal_reason":"prompt_too_long","api_error_type":"invalid_request_error""#, .contextTooLong),
        (#""terminal_reason":"blocking_limit""#, .contextTooLong), (#""stop_reason":"refusal""#, .refusal),
        (#""api_error":"connection_failed""#, .network), (#""api_error":"max_output_tokens""#, .outputLimit),
        (#""subtype":"error_max_turns""#, .turnLimit), (#""subtype":"error_max_budget_usd""#, .budget),
        (#""subtype":"error_max_structured_output_retries""#, .structuredOutput),
        (#""result":"Credit balance is too low","api_error_type":"invalid_request_error""#, .billing),
        (#""result":"Not logged in · Please run /login""#, .auth),
        (#""result":"You have hit your usage limit","api_error_status":429"#, .quota),
        (#""result":"something that nobody knows""#, .serverError),
    ])
    func `a failed result has its class`(_ members: String, _ expected: FailureClass) {
        let failure = parse([start, result(#""is_error":true,"x":1,\#(members)"#)], status: 1).outcome.failure
        #expect(failure?.class == expected)
    }

    @Test func `a rejected account is a quota with its own time`() throws {
        let lines = [
            start,
            #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1795237575,"rateLimitType":"five_hour"}}"#,
            #"{"type":"assistant","message":{"id":"e","content":[{"type":"text","text":"limit"}]},"is_api_error_message":true,"error":"rate_limit","timestamp":"2026-11-21T03:46:15.000Z"}"#,
            result(#""is_error":true,"terminal_reason":"api_error","api_error_status":429"#),
        ]
        let failure = try #require(parse(lines).outcome.failure)
        #expect(failure.class == .quota)
        #expect(failure.retryAfterSeconds == 4800)
        #expect(failure.message.contains("2026-11-21T05:06:15.000Z"))
    }

    @Test(arguments: [
        ("-9223372036854775808", "2026-11-21T03:46:15.000Z"), ("9223372036854775807", "2026-11-21T03:46:15.000Z"),
        ("1e300", "2026-11-21T03:46:15.000Z"), ("1795237575", "2026-11-21T9223372036854775807:46:15.000Z"),
        ("1795237575", "2026-11-21T03:9223372036854775807:15.000Z"), ("1795237575", "2026-11-21T24:00:00.000Z"),
    ])
    func `a time that no calendar has is as good as none`(_ resetsAt: String, _ timestamp: String) throws {
        let text = HostileNumbers.rejected(resetsAt: resetsAt, written: timestamp)
        let failure = try #require(parse([String(text.dropLast())]).outcome.failure)
        #expect(failure.class == .quota)
        #expect(failure.retryAfterSeconds == nil)
    }

    @Test func `text that was taken back is in no answer`() {
        let parsed = recorded("cutblock_times1_partial")
        #expect(parsed.outcome.text == "Recovered after 1 failures.")
        let resets = parsed.events.filter { if case .textReset = $0.event { true } else { false } }
        #expect(resets.count == 1)
    }

    @Test func `an answer that was resumed four times reads on without a gap`() {
        #expect(recorded("cuttool_times1_partial").outcome.text == String(repeating: "A whole block. ", count: 4))
    }

    @Test func `a background turn is a turn of its own, and its text not the answer's`() {
        let parsed = recorded("subagent_partial_forward")
        #expect(parsed.outcome.text == "I delegate. \n\nThe subagent has answered.")
        #expect(parsed.turns.map(\.number) == [0, 1])
        #expect(parsed.turns.allSatisfy { $0.ended && $0.failure == nil })
        #expect(parsed.blocks.count == 3)
        #expect(parsed.usage.count == 1)
    }

    @Test func `an interrupted block stays, and later turns do not heal the first`() {
        let parsed = recorded("interrupt_text")
        #expect(parsed.outcome.state == .cancelled)
        #expect(parsed.outcome.text == "word0 word1 word2 word3 ")
        #expect(parsed.turns.map { $0.failure?.class } == [.cancelled, nil])
    }

    @Test func `a schema without its answer is a failure`() {
        #expect(recorded("json_schema_never").outcome.failure?.class == .structuredOutput)
        let structured =
            #"{"type":"system","subtype":"init","session_id":"s","model":"m","tools":["StructuredOutput"]}"#
        let parsed = parse([
            structured,
            result(#""is_error":false,"terminal_reason":"completed","structured_output":{"answer":42}"#),
        ])
        #expect(parsed.outcome.state == .completed)
        #expect(parsed.outcome.structuredOutput == #"{"answer":42}"#)
    }

    @Test func `a refused tool is named once, and the answer stands`() {
        for name in ["permission_no_prompt_tool", "permission_deny", "tool_bash_denied"] {
            let parsed = recorded(name)
            #expect(parsed.outcome.state == .completed)
            let denied = parsed.events.filter { if case .permissionDenied = $0.event { true } else { false } }
            #expect(denied.count == 1, "\(name)")
        }
    }

    @Test func `half a character at the end of a delta waits for its other half`() {
        let deltas = recorded("surrogate_partial").events.compactMap { event -> String? in
            if case .textDelta(_, let text) = event.event { text } else { nil }
        }
        #expect(deltas == ["smile ", "😀", " end"])
        #expect(recorded("lone_partial").outcome.text == "broken \u{FFFD} end")
    }

    @Test func `keys in another order, and escaped, mean the same`() {
        let plain =
            #"{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}},"parent_tool_use_id":null,"api_message_id":"m"}"#
        let other =
            #"{"api_message_id":"m","event":{"delta":{"text":"x","type":"text_delta"},"index":0,"type":"content_block_delta"},"t\u0079pe":"stream_event"}"#
        let opening = #"{"type":"stream_event","event":{"type":"message_start","message":{"id":"m"}}}"#
        let first = parse([start, opening, plain, plain]).events.map(\.event)
        let second = parse([start, opening, other, other]).events.map(\.event)
        #expect(first == second)
        #expect(first.contains(.textDelta(BlockKey(message: "m", index: 0), "x")))
    }

    @Test func `a doubled key cannot give the fast reading another meaning`() {
        let opening = #"{"type":"stream_event","event":{"type":"message_start","message":{"id":"m"}}}"#
        let twice =
            #"{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}},"type":"keep_alive"}"#
        let deltas = parse([start, opening, twice]).events.filter {
            if case .textDelta = $0.event { true } else { false }
        }
        #expect(deltas.isEmpty)
    }

    @Test func `a subagent's words are no part of the answer, its tools are the session's`() {
        let parsed = recorded("subagent_tool")
        #expect(!parsed.outcome.text.contains("From the subagent"))
        #expect(parsed.tools.map(\.name) == ["Agent", "Bash"])
        #expect(parsed.tools.allSatisfy { $0.isError == false })
    }

    @Test func `a session is named only when a turn began`() {
        for name in ["resume_unknown", "stdin_close_at_once_no_input"] {
            #expect(!recorded(name).events.contains { if case .sessionIdentified = $0.event { true } else { false } })
        }
        let ids = recorded("input_slash_clear").events.filter {
            if case .sessionIdentified = $0.event { true } else { false }
        }
        #expect(ids.count == 2)
    }
}
