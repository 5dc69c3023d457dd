/// The stream-json lines of Claude Code, as many fields as a reader may need.
struct ClaudeDialect: Dialect {
    let session: String
    let model: String
    let partial: Bool
    /// The message id of the answer. A taken-back one has another.
    private var message = "msg_fake_1"
    private let ends: String
    private let deltaHead: String
    private var deltaTail: String { #"}},\#(ends),"parent_tool_use_id":null,"api_message_id":"\#(message)"}"# }

    init(session: String, model: String, partial: Bool) {
        self.session = session
        self.model = model
        self.partial = partial
        ends = #""session_id":"\#(session)","uuid":"00000000-0000-4000-8000-000000000001""#
        deltaHead =
            #"{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"#
    }

    func opening() -> [String] {
        [
            #"{"type":"system","subtype":"init","cwd":"/","# + ends
                + #","tools":["Bash"],"mcp_servers":[],"model":"\#(model)","permissionMode":"default"}"#
        ] + (partial ? [#"{"type":"system","subtype":"status","status":"requesting",\#(ends)}"#] : [])
    }

    func toolCall(_ number: Int) -> [String] {
        let block =
            #"{"type":"tool_use","id":"toolu_\#(number)","name":"Bash","input":{"command":"echo \#(number)","description":"Says \#(number)"}}"#
        return [
            assistant("msg_fake_tool_\(number)", block),
            #"{"type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_\#(number)","type":"tool_result","content":"\#(number)","is_error":false}]},"parent_tool_use_id":null,\#(ends)}"#,
        ]
    }

    func begin() -> [String] {
        guard partial else { return [] }
        return [
            event(
                #"{"type":"message_start","message":{"id":"\#(message)","type":"message","role":"assistant","model":"\#(model)","content":[],"stop_reason":null,"usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":200,"output_tokens":1}}}"#
            ),
            event(#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#),
        ]
    }

    func piece(_ text: String) -> [String] { partial ? [deltaHead + quoted(text) + deltaTail] : [] }

    mutating func takeBack() -> [String] {
        guard partial else { return [] }
        defer { message = "msg_fake_2" }
        return [
            event(#"{"type":"content_block_stop","index":0}"#),
            #"{"type":"stream_event","event":{"type":"message_stop"},\#(ends),"parent_tool_use_id":null,"api_message_id":"\#(message)","abandoned_blocks":{"api_message_id":"\#(message)","from_block_index":0}}"#,
            #"{"type":"system","subtype":"api_retry","attempt":1,"max_retries":10,"retry_delay_ms":5,"error_status":null,"error":"unknown",\#(ends)}"#,
        ]
    }

    func end(_ text: String) -> [String] {
        [assistant(message, #"{"type":"text","text":\#(quoted(text))}"#)]
            + (partial
                ? [
                    event(#"{"type":"content_block_stop","index":0}"#),
                    event(
                        #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":1000,"cache_read_input_tokens":200,"output_tokens":50}}"#
                    ),
                    event(#"{"type":"message_stop"}"#),
                ] : [])
    }

    func result(_ text: String, outcome: String, backgroundOpen: Bool) -> [String] {
        if outcome == "success" {
            let open = backgroundOpen ? [backgroundTasks(open: true)] : []
            return open + [success(text, index: 0, origin: "")]
        }
        if outcome == "max_turns" {
            return [
                resultLine(
                    #""subtype":"error_max_turns","is_error":true,"terminal_reason":"max_turns","stop_reason":"tool_use","errors":["Reached maximum number of turns (1)"]"#,
                    index: 0)
            ]
        }
        let trouble = Trouble(outcome)
        let status = trouble.status.map { String($0) } ?? "null"
        let words = quoted("API Error: \(trouble.words)")
        let stop = outcome == "refusal" ? "refusal" : "stop_sequence"
        return [
            #"{"type":"assistant","message":{"id":"msg_fake_error","type":"message","role":"assistant","model":"<synthetic>","content":[{"type":"text","text":\#(words)}],"stop_reason":"\#(stop)","usage":{"input_tokens":0,"output_tokens":0}},"parent_tool_use_id":null,\#(ends),"error":"unknown","is_api_error_message":true,"api_error_status":\#(status),"api_error_type":"\#(trouble.type)"}"#,
            resultLine(
                #""subtype":"success","is_error":true,"terminal_reason":"api_error","stop_reason":"\#(stop)","api_error_status":\#(status),"api_error_type":"\#(trouble.type)","result":\#(words)"#,
                index: 0),
        ]
    }

    func backgroundResult() -> [String] {
        [backgroundTasks(open: false)] + opening() + [
            assistant("msg_fake_background", #"{"type":"text","text":"background done"}"#),
            success("background done", index: 1, origin: #","origin":{"kind":"task-notification"}"#),
        ]
    }

    private func event(_ event: String) -> String {
        #"{"type":"stream_event","event":\#(event),\#(ends),"parent_tool_use_id":null,"api_message_id":"\#(message)"}"#
    }

    private func assistant(_ message: String, _ block: String) -> String {
        #"{"type":"assistant","message":{"id":"\#(message)","type":"message","role":"assistant","model":"\#(model)","content":[\#(block)],"stop_reason":null,"usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":200,"output_tokens":1}},"parent_tool_use_id":null,\#(ends)}"#
    }

    private func backgroundTasks(open: Bool) -> String {
        let tasks = open ? #"{"task_id":"task1","task_type":"local_bash","description":"Waits"}"# : ""
        return #"{"type":"system","subtype":"background_tasks_changed","tasks":[\#(tasks)],\#(ends)}"#
    }

    private func success(_ text: String, index: Int, origin: String) -> String {
        resultLine(
            #""subtype":"success","is_error":false,"terminal_reason":"completed","stop_reason":"end_turn","api_error_status":null,"permission_denials":[],"result":\#(quoted(text))\#(origin)"#,
            index: index)
    }

    private func resultLine(_ members: String, index: Int) -> String {
        let usage =
            #"{"inputTokens":1000,"outputTokens":50,"cacheReadInputTokens":200,"cacheCreationInputTokens":0,"webSearchRequests":0,"costUSD":0.00416}"#
        let sum = index + 1
        let total =
            #"{"inputTokens":\#(1000 * sum),"outputTokens":\#(50 * sum),"cacheReadInputTokens":\#(200 * sum),"cacheCreationInputTokens":0,"webSearchRequests":0,"costUSD":\#(index == 0 ? "0.00416" : "0.00832")}"#
        return
            #"{"duration_api_ms":100,\#(members),"num_turns":1,"total_cost_usd":\#(index == 0 ? "0.00416" : "0.00832"),"usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":200,"output_tokens":50},"modelUsage":{"\#(model)":\#(total)},"model_usage_since_last_result":{"\#(model)":\#(usage)},"type":"result","duration_ms":120,"queued_turn_count":0,"result_index":\#(index),\#(ends)}"#
    }
}
