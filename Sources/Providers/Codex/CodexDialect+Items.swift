import Model
import StreamJSON

/// The items of a turn: messages, reasoning, tools, plans and warnings.
extension CodexDialect {
    /// Reads one state of an item; `change` is the line's type.
    mutating func readItem(_ item: JSONMembers, _ change: String, into events: inout EventSink) -> Bool {
        guard let id = item["id"]?.string, let type = item["type"]?.string else { return false }
        let isCompleted = change == "item.completed"
        switch type {
        case "error":
            // A warning: a turn that fails says so itself.
            guard let message = item["message"]?.string else { return false }
            if isCompleted { events(.status(EventSink.cut(message, to: 4096))) }
            return true
        case "agent_message":
            guard let text = item["text"]?.string else { return false }
            if isCompleted { readMessage(id, text, into: &events) }
        case "reasoning":
            guard let text = item["text"]?.string else { return false }
            if isCompleted, !text.isEmpty { events(.thinkingDelta(BlockKey(message: id, index: 0), text)) }
        case "todo_list":
            guard let steps = item["items"], steps.isArray else { return false }
            readPlan(steps, into: &events)
        case "command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call":
            readTool(id, type, item, isCompleted, into: &events)
        default: return false
        }
        progress()
        return true
    }

    private mutating func readMessage(_ id: String, _ text: String, into events: inout EventSink) {
        if let count = repeated {
            // After a break codex asks again, and the model may begin with the same whole messages. That an identical one
            // is such a repeat, and not meant twice, is a guess; a different one is kept, and so are all after it.
            if count < attempt.count, attempt[count] == text {
                repeated = count + 1
                events(.status("the model repeated a message after a reconnect; it is left out"))
                return
            }
            repeated = nil
        }
        attempt.append(text)
        let key = BlockKey(message: id, index: 0)
        if turn <= 0 { answer.complete(key, text) }
        events(.textBlock(key, text))
    }

    private mutating func readPlan(_ steps: JSONSlice, into events: inout EventSink) {
        steps.forEachElement { step in
            guard let text = step["text"]?.string else { return }
            let isCompleted = step["completed"]?.bool ?? false
            if planSteps[text] == isCompleted { return }
            planSteps[text] = isCompleted
            events(.planStep(text: text, completed: isCompleted))
        }
    }

    private mutating func readTool(
        _ id: String, _ type: String, _ item: JSONMembers, _ isCompleted: Bool, into events: inout EventSink
    ) {
        // A call is a new request's work: what was said before it cannot be repeated any more.
        attempt = []
        repeated = nil
        let name = CodexDialect.toolName(type, item)
        if openTools.updateValue(name, forKey: id) == nil {
            events(.toolStarted(id: id, name: name, input: CodexDialect.toolInput(type, item)))
        }
        guard isCompleted else { return }
        openTools[id] = nil
        let status = item["status"]?.string
        if status == "declined" { events(.permissionDenied(tool: name)) }
        events(
            .toolCompleted(
                id: id, isError: status == "failed" || status == "declined",
                output: CodexDialect.toolOutput(type, item)))
    }

    private static func toolName(_ type: String, _ item: JSONMembers) -> String {
        switch type {
        case "mcp_tool_call": [item["server"]?.string, item["tool"]?.string].compactMap(\.self).joined(separator: ".")
        case "collab_tool_call": item["tool"]?.string ?? type
        default: type
        }
    }

    private static func toolInput(_ type: String, _ item: JSONMembers) -> String {
        let keys: [StaticString] =
            switch type {
            case "command_execution": ["command"]
            case "file_change": ["changes"]
            case "web_search": ["query"]
            case "collab_tool_call": ["prompt", "receiver_thread_ids"]
            default: ["arguments"]
            }
        if type == "mcp_tool_call" { return item["arguments"]?.source ?? "{}" }
        let members = keys.compactMap { key in item[key].map { "\"\(key)\":\($0.source)" } }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func toolOutput(_ type: String, _ item: JSONMembers) -> String {
        switch type {
        case "command_execution": return EventSink.cut(item["aggregated_output"]?.string ?? "")
        case "mcp_tool_call":
            let answer = item["error"].flatMap { $0.isNull ? nil : $0 } ?? item["result"]
            return EventSink.cut(answer.flatMap { $0.isNull ? nil : $0.source } ?? "")
        default: return ""
        }
    }
}
