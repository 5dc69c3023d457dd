import Model
import StreamJSON

/// Complete blocks, and what tools answered.
extension ClaudeDialect {
    /// Reads an `assistant` line: one complete block of a message, or an error in its place.
    mutating func readAssistant(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let body = line["message"]?.members, let content = body["content"], content.isArray else { return false }
        var blocks: [JSONMembers] = []
        content.forEachElement { blocks.append($0.members) }
        if line["is_api_error_message"]?.bool == true {
            let texts = blocks.compactMap { $0["text"]?.string }
            lastError = ClaudeError(line, message: texts.joined(separator: "\n"))
            return true
        }
        if let parent = line["parent_tool_use_id"], !parent.isNull {
            for block in blocks {
                if !readTool(block, into: &events), let text = block["text"]?.string, !text.isEmpty {
                    events(.status("subagent: " + EventSink.cut(text, to: 4096)))
                }
            }
            return true
        }
        let id = body["id"]?.string ?? "message-\(events.end)"
        open(id, into: &events)
        speak(into: &events)
        for block in blocks { readBlock(block, into: &events) }
        return true
    }

    private mutating func readBlock(_ block: JSONMembers, into events: inout EventSink) {
        flushHalf(into: &events)
        guard let current = message else { return }
        let index = current.open ?? current.next
        message?.open = nil
        message?.next = max(current.next, index + 1)
        message?.provisional.removeAll { $0 == index }
        let key = current.key(ofBlock: index)
        guard let type = block["type"]?.text else { return }
        if type.equals("text"), let text = block["text"]?.string {
            spokenTurns.insert(turn)
            if turn == 0 { answer.complete(key, text) }
            events(.textBlock(key, text))
        } else if type.equals("thinking"), let text = block["thinking"]?.string {
            if !text.isEmpty, !current.reasoned.contains(index) { events(.thinkingDelta(key, text)) }
        } else {
            _ = readTool(block, into: &events)
        }
    }

    /// Reads a tool's call or, for tools that run at the provider, its answer; false when the block is neither.
    private mutating func readTool(_ block: JSONMembers, into events: inout EventSink) -> Bool {
        if let id = block["tool_use_id"]?.string {
            finishTool(id, block, into: &events)
            return true
        }
        guard let id = block["id"]?.string, let name = block["name"]?.string else { return false }
        openTools.insert(id)
        events(.toolStarted(id: id, name: name, input: block["input"]?.source ?? "{}"))
        return true
    }

    /// Reads a `user` line: what tools answered, or what claude itself says to the model.
    mutating func readUser(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let content = line["message"]?["content"] else { return false }
        let isSynthetic = line["isSynthetic"]?.bool == true
        content.forEachElement { element in
            let block = element.members
            if let id = block["tool_use_id"]?.string {
                finishTool(id, block, into: &events)
            } else if isSynthetic, let text = block["text"]?.string {
                note(text, into: &events)
            }
        }
        return true
    }

    private mutating func finishTool(_ id: String, _ block: JSONMembers, into events: inout EventSink) {
        openTools.remove(id)
        for (request, tool) in questions where tool == id { questions[request] = nil }
        events(
            .toolCompleted(
                id: id, isError: block["is_error"]?.bool ?? false, output: ClaudeDialect.output(block["content"])))
    }

    /// A tool's output as text: a string, or the texts of its blocks.
    private static func output(_ content: JSONSlice?) -> String {
        guard let content else { return "" }
        if let text = content.string { return EventSink.cut(text) }
        var pieces: [String] = []
        content.forEachElement { element in
            if let text = element["text"]?.string {
                pieces.append(text)
            } else if let type = element["type"]?.string {
                pieces.append("[\(type)]")
            }
        }
        return EventSink.cut(pieces.joined(separator: "\n"))
    }

    /// What claude tells the model in the user's place, when that matters to the answer.
    private mutating func note(_ text: String, into events: inout EventSink) {
        if text.hasPrefix("Your response above was cut off mid-stream") {
            isResuming = true
            events(.status("the answer was cut off in the middle; the model goes on"))
        } else if text.hasPrefix("Output token limit hit") {
            isResuming = true
            events(.status("the answer reached the output limit; the model goes on"))
        }
    }
}
