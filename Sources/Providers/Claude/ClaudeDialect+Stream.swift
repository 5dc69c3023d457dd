import Model
import StreamJSON

/// Text while it is written: the API's own events, passed on by claude.
extension ClaudeDialect {
    /// Reads the line when it is a delta of text in the usual form, which nearly all lines of a long answer are.
    ///
    /// False, and nothing done, for every other line.
    mutating func readDelta(_ line: UnsafeRawBufferPointer, into events: inout EventSink) -> Bool {
        guard message != nil else { return false }
        var scanner = JSONScanner(line)
        let head: StaticString = #"{"type":"stream_event","event":{"type":"content_block_delta","index":"#
        guard scanner.step(over: head, depth: 2, followsValue: false) else { return false }
        do throws(JSONError) {
            guard let index = try scanner.number().integer, index >= 0, index < 1 << 20 else { return false }
            let middle: StaticString = #","delta":{"type":"text_delta","text":"#
            guard scanner.step(over: middle, depth: 3, followsValue: false) else { return false }
            let text = try scanner.text()
            guard scanner.step(over: "}}", depth: 1, followsValue: true) else { return false }
            // The rest in its usual order, as far as it goes; the loop takes what is left.
            if scanner.step(over: #","session_id":"#, depth: 1, followsValue: false) { _ = try scanner.text() }
            _ = scanner.step(over: #","parent_tool_use_id":null"#, depth: 1, followsValue: true)
            if scanner.step(over: #","uuid":"#, depth: 1, followsValue: false) { _ = try scanner.text() }
            while let key = try scanner.nextKey() {
                if key.equals("parent_tool_use_id") {
                    guard try scanner.kind() == .null else { return false }
                    try scanner.null()
                } else if key.equals("api_message_id") {
                    guard try scanner.kind() == .string, try scanner.text().equals(message?.id ?? "") else {
                        return false
                    }
                } else if key.equals("type") || key.equals("event") {
                    return false
                } else {
                    try scanner.skip()
                }
            }
            try scanner.finish()
            add(text, toBlock: Int(index), into: &events)
            return true
        } catch { return false }
    }

    /// Reads a `stream_event` line.
    mutating func readStream(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let event = line["event"]?.members, let type = event["type"]?.text else { return false }
        if let parent = line["parent_tool_use_id"], !parent.isNull { return true }
        if type.equals("message_start") {
            let id = event["message"]?["id"]?.string ?? line["api_message_id"]?.string
            open(id ?? "message-\(events.end)", into: &events)
            speak(into: &events)
            return true
        }
        if let id = line["api_message_id"]?.string, id != message?.id { open(id, into: &events) }
        let index = event["index"]?.integer.flatMap { $0 >= 0 && $0 < 1 << 20 ? Int($0) : nil }
        if type.equals("content_block_start") {
            guard let index else { return false }
            message?.open = index
            message?.half = nil
            return true
        }
        if type.equals("content_block_delta") {
            guard let index, let delta = event["delta"]?.members, let kind = delta["type"]?.text else { return false }
            if kind.equals("text_delta") {
                guard let text = delta["text"]?.text else { return false }
                add(text, toBlock: index, into: &events)
                return true
            }
            if kind.equals("thinking_delta") {
                guard let text = delta["thinking"]?.string else { return false }
                think(text, inBlock: index, into: &events)
                return true
            }
            return kind.equals("input_json_delta") || kind.equals("signature_delta")
                || kind.equals("citations_delta")
        }
        if type.equals("content_block_stop") {
            flushHalf(into: &events)
            return true
        }
        if type.equals("message_stop") {
            retract(into: &events)
            message?.open = nil
            return true
        }
        return type.equals("message_delta") || type.equals("ping") || type.equals("error")
    }

    /// Makes `id` the message that is being written.
    mutating func open(_ id: String, into events: inout EventSink) {
        if message?.id == id { return }
        retract(into: &events)
        var next = ClaudeMessage(id: id)
        // A message that should have gone on, but was cut off before its first block, leaves that to the next one.
        if let cut = message, isResuming || (cut.next == 0 && cut.key != cut.id) {
            next.key = cut.key
            next.base = cut.base + cut.next
        }
        isResuming = false
        message = next
    }

    private mutating func add(_ text: JSONText, toBlock index: Int, into events: inout EventSink) {
        guard message != nil else { return }
        speak(into: &events)
        guard let piece = message?.take(text, toBlock: index), !piece.isEmpty, let key = message?.key(ofBlock: index)
        else { return }
        if turn == 0 { answer.append(piece, to: key) }
        events(.textDelta(key, piece))
    }

    /// Ends a block whose last delta was half a character.
    mutating func flushHalf(into events: inout EventSink) {
        guard let current = message, current.half != nil, let index = current.provisional.last else { return }
        message?.half = nil
        let key = current.key(ofBlock: index)
        if turn == 0 { answer.append("\u{FFFD}", to: key) }
        events(.textDelta(key, "\u{FFFD}"))
    }

    private mutating func think(_ text: String, inBlock index: Int, into events: inout EventSink) {
        guard let current = message, !text.isEmpty else { return }
        speak(into: &events)
        if !current.reasoned.contains(index) { message?.reasoned.append(index) }
        events(.thinkingDelta(current.key(ofBlock: index), text))
    }

    /// Takes back the text that streamed and never became a complete block.
    mutating func retract(into events: inout EventSink) {
        guard let current = message else { return }
        for index in current.provisional {
            let key = current.key(ofBlock: index)
            answer.reset(key)
            events(.textReset(key))
        }
        message?.provisional = []
        message?.half = nil
    }
}
