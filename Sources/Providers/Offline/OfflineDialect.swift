import Model
import StreamJSON

/// The small dialect of Tutti's own providers: `start`, `tool_start`, `tool_end`, `delta`, `table`, `chart`, `metric`,
/// `usage`, then `result` or `error`.
struct OfflineDialect: Dialect {
    static let version = 1

    private var answer = Answer()
    private var hasBegun = false
    private var openTools: Set<String> = []
    private var block = 0
    private var streamed = ""
    private var conclusion = Conclusion()
    private var hasResult = false

    var standing: Standing {
        var standing = Standing()
        standing.wholeSuccess = conclusion.wholeSuccess
        standing.resultSeen = hasResult
        if !openTools.isEmpty { standing.quiet = .tool }
        return standing
    }

    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink) {
        do throws(JSONError) {
            let slice = try JSONSlice(line: line)
            if !read(slice, slice.members, into: &events) { events.raw(line) }
        } catch {
            events.refused(line, error)
        }
    }

    private var key: BlockKey { BlockKey(message: "answer", index: block) }

    private mutating func begin(into events: inout EventSink) {
        if !hasBegun { events(.turnStarted(0)) }
        hasBegun = true
    }

    /// Closes the block that streams, so that a tool or a table stands between two texts.
    private mutating func closeBlock(into events: inout EventSink) {
        guard !streamed.isEmpty else { return }
        events(.textBlock(key, streamed))
        answer.complete(key, streamed)
        streamed = ""
        block += 1
    }

    private mutating func read(
        _ slice: JSONSlice, _ line: JSONMembers, into events: inout EventSink
    ) -> Bool {
        guard let type = line["type"]?.string, !hasResult else { return false }
        switch type {
        case "start":
            events(.sessionIdentified(providerSession: line["session"]?.string, model: line["model"]?.string))
            begin(into: &events)
        case "delta":
            guard let text = line["text"]?.string else { return false }
            begin(into: &events)
            if text.isEmpty { return true }
            streamed += text
            answer.append(text, to: key)
            events(.textDelta(key, text))
        case "tool_start":
            guard let id = line["id"]?.string, let name = line["name"]?.string else { return false }
            begin(into: &events)
            closeBlock(into: &events)
            openTools.insert(id)
            events(.toolStarted(id: id, name: name, input: line["input"]?.source ?? "{}"))
        case "tool_end":
            guard let id = line["id"]?.string else { return false }
            begin(into: &events)
            openTools.remove(id)
            events(
                .toolCompleted(
                    id: id, isError: line["is_error"]?.bool ?? false,
                    output: EventSink.cut(line["output"]?.string ?? "")))
        case "table", "chart", "metric":
            begin(into: &events)
            closeBlock(into: &events)
            events(.figure(type: type, data: OfflineDialect.data(slice)))
        case "status":
            guard let text = line["text"]?.string else { return false }
            begin(into: &events)
            events(.status(text))
        case "usage":
            begin(into: &events)
            readUsage(line, into: &events)
        case "result":
            guard let text = line["text"]?.string else { return false }
            begin(into: &events)
            finish(text, into: &events)
        case "error":
            guard let message = line["message"]?.string else { return false }
            begin(into: &events)
            let named = line["class"]?.string.flatMap(FailureClass.init(rawValue:)) ?? .serverError
            end(Failure(named, EventSink.cut(message, to: 4096)), into: &events)
        default: return false
        }
        return true
    }

    /// The line's members but its type.
    private static func data(_ slice: JSONSlice) -> String {
        var members: [String] = []
        slice.forEachMember { key, value in
            if !key.equals("type") { members.append(JSONValue.string(key.string).text + ":" + value.source) }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func readUsage(_ line: JSONMembers, into events: inout EventSink) {
        func count(_ key: StaticString) -> Int64 { Usage.count(line[key]?.integer) }
        let usage = Usage(
            input: count("input"), cacheRead: count("cache_read"), cacheWrite: count("cache_write"),
            output: count("output"), reasoning: count("reasoning"),
            cost: line["cost"]?.number.flatMap { Money(dollars: $0.double) })
        events(.usage(UsageReport(increments: [ModelUsage(model: line["model"]?.string, usage: usage)])))
    }

    private mutating func finish(_ text: String, into events: inout EventSink) {
        closeBlock(into: &events)
        if answer.text != text {
            for key in answer.keys { events(.textReset(key)) }
            answer = Answer()
            if !text.isEmpty {
                answer.complete(key, text)
                events(.textBlock(key, text))
            }
        }
        end(nil, into: &events)
    }

    private mutating func end(_ failure: Failure?, into events: inout EventSink) {
        hasResult = true
        openTools = []
        conclusion.wholeSuccess = failure == nil
        conclusion.failure = failure
        events(.turnCompleted(0, failure: failure))
    }

    mutating func conclude(into events: inout EventSink) -> Conclusion {
        var conclusion = conclusion
        conclusion.text = answer.text
        conclusion.spoke = hasBegun
        return conclusion
    }
}
