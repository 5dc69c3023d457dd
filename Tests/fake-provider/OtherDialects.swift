/// The lines of `codex exec --json`: whole messages, no deltas.
struct CodexDialect: Dialect {
    let session: String
    /// What the thread had used before is in its sums: as much again.
    let isResumed: Bool

    func opening() -> [String] {
        [#"{"type":"thread.started","thread_id":"\#(session)"}"#, #"{"type":"turn.started"}"#]
    }

    func toolCall(_ number: Int) -> [String] {
        let head = #""item":{"id":"item_\#(number)","type":"command_execution","command":"echo \#(number)","#
        return [
            #"{"type":"item.started",\#(head)"aggregated_output":"","exit_code":null,"status":"in_progress"}}"#,
            #"{"type":"item.completed",\#(head)"aggregated_output":"\#(number)\n","exit_code":0,"status":"completed"}}"#,
        ]
    }

    func begin() -> [String] { [] }
    func piece(_ text: String) -> [String] { [] }
    func takeBack() -> [String] { [] }

    func end(_ text: String) -> [String] {
        [#"{"type":"item.completed","item":{"id":"item_1000","type":"agent_message","text":\#(quoted(text))}}"#]
    }

    func result(_ text: String, outcome: String, backgroundOpen: Bool) -> [String] {
        if outcome == "success" {
            let times = isResumed ? 2 : 1
            return [
                #"{"type":"turn.completed","usage":{"input_tokens":\#(1200 * times),"cached_input_tokens":\#(200 * times),"cache_write_input_tokens":0,"output_tokens":\#(50 * times),"reasoning_output_tokens":0}}"#
            ]
        }
        let trouble = Trouble(outcome)
        let words =
            trouble.status.map { "unexpected status \($0): \(trouble.words), url: http://127.0.0.1/v1/responses" }
            ?? trouble.words
        return [
            #"{"type":"error","message":\#(quoted(words))}"#,
            #"{"type":"turn.failed","error":{"message":\#(quoted(words))}}"#,
        ]
    }

    func backgroundResult() -> [String] { [] }
}

/// A small dialect of JSON lines, for providers that are described by field paths:
/// `delta`, then `text`, `usage.input`, `usage.output`, `session` in the result, or `error`.
struct JSONLinesDialect: Dialect {
    let session: String

    func opening() -> [String] { [#"{"type":"start","session":"\#(session)"}"#] }
    func toolCall(_ number: Int) -> [String] { [#"{"type":"tool","tool":"echo","id":"\#(number)"}"#] }
    func begin() -> [String] { [] }
    func piece(_ text: String) -> [String] { [#"{"type":"delta","delta":\#(quoted(text))}"#] }
    func takeBack() -> [String] { [] }
    func end(_ text: String) -> [String] { [] }

    func result(_ text: String, outcome: String, backgroundOpen: Bool) -> [String] {
        if outcome == "success" {
            return [
                #"{"type":"result","text":\#(quoted(text)),"session":"\#(session)","usage":{"input":1000,"output":50}}"#
            ]
        }
        return [#"{"type":"error","error":\#(quoted(Trouble(outcome).words))}"#]
    }

    func backgroundResult() -> [String] { [] }
}

/// Tutti's own small dialect, which its offline provider speaks.
struct OfflineDialect: Dialect {
    func opening() -> [String] { [#"{"type":"start","model":"offline-search"}"#] }

    func toolCall(_ number: Int) -> [String] {
        [
            #"{"type":"tool_start","id":"t\#(number)","name":"search","input":{"query":"\#(number)"}}"#,
            #"{"type":"tool_end","id":"t\#(number)","output":"\#(number)","is_error":false}"#,
        ]
    }

    func begin() -> [String] { [] }
    func piece(_ text: String) -> [String] { [#"{"type":"delta","text":\#(quoted(text))}"#] }
    func takeBack() -> [String] { [] }
    func end(_ text: String) -> [String] { [] }

    func result(_ text: String, outcome: String, backgroundOpen: Bool) -> [String] {
        if outcome == "success" {
            return [#"{"type":"usage","input":1000,"output":50}"#, #"{"type":"result","text":\#(quoted(text))}"#]
        }
        return [
            #"{"type":"error","class":"invalid_request","message":\#(quoted(Trouble(outcome).words))}"#
        ]
    }

    func backgroundResult() -> [String] { [] }
}
