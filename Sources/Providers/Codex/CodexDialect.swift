import Model
import StreamJSON

/// `codex exec --json`: whole items, no deltas, and usage that is stated as a sum over the thread.
struct CodexDialect: Dialect {
    static let version = 1

    var answer: Answer
    var turn = -1
    /// Whole messages since the last request to the model began, as far as can be told.
    var attempt: [String] = []
    /// How many messages of `attempt` were repeated since the last reconnect; nil when none is expected.
    var repeated: Int?
    var openTools: [String: String] = [:]
    var planSteps: [String: Bool] = [:]
    var reconnects = 0
    var retry: Double?
    var hopeless: Failure?
    /// The message of the last `error` line that was no progress.
    var lastError: String?
    /// The sum of the thread at its last statement.
    var stated: Usage

    var conclusion = Conclusion()
    var hasOwnResult = false

    /// `counted` is what the thread had used before this session, where that is known.
    init(counted: Usage? = nil, keepsAnswer: Bool) {
        answer = Answer(isKept: keepsAnswer)
        stated = counted ?? Usage()
        stated.cost = nil
    }

    var standing: Standing {
        var standing = Standing()
        standing.wholeSuccess = conclusion.wholeSuccess
        standing.resultSeen = hasOwnResult
        standing.hopeless = hopeless
        if let retry {
            standing.quiet = .retry(seconds: retry)
        } else if !openTools.isEmpty {
            standing.quiet = .tool
        }
        return standing
    }

    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink) {
        do throws(JSONError) {
            let members = try JSONSlice(line: line).members
            if !read(members, into: &events) { events.raw(line) }
        } catch {
            events.refused(line, error)
        }
    }

    private mutating func read(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let type = line["type"]?.string else { return false }
        switch type {
        case "thread.started":
            guard let thread = line["thread_id"]?.string else { return false }
            events(.sessionIdentified(providerSession: thread, model: nil))
        case "turn.started":
            beginTurn(into: &events)
        case "item.started", "item.updated", "item.completed":
            guard let item = line["item"], item.isObject else { return false }
            return readItem(item.members, type, into: &events)
        case "turn.completed":
            readUsage(line["usage"], into: &events)
            endTurn(nil, into: &events)
        case "turn.failed":
            let message = line["error"]?["message"]?.string ?? lastError ?? "the turn failed"
            endTurn(CodexFailure.failure(message), into: &events)
        case "error":
            guard let message = line["message"]?.string else { return false }
            readError(message, into: &events)
        default: return false
        }
        return true
    }

    private mutating func beginTurn(into events: inout EventSink) {
        turn += 1
        attempt = []
        repeated = nil
        progress()
        events(.turnStarted(turn))
    }

    /// Something came from the model: it is not waiting any more.
    mutating func progress() {
        retry = nil
        hopeless = nil
        reconnects = 0
        lastError = nil
    }

    private mutating func endTurn(_ failure: Failure?, into events: inout EventSink) {
        if turn < 0 { beginTurn(into: &events) }
        openTools = [:]
        progress()
        if turn == 0, !hasOwnResult {
            hasOwnResult = true
            conclusion.wholeSuccess = failure == nil
            conclusion.failure = failure
        }
        events(.turnCompleted(turn, failure: failure))
    }

    private mutating func readUsage(_ usage: JSONSlice?, into events: inout EventSink) {
        guard let usage, usage.isObject else { return }
        let counts = usage.members
        func count(_ key: StaticString) -> Int64 { Usage.count(counts[key]?.integer) }
        let (read, written) = (count("cached_input_tokens"), count("cache_write_input_tokens"))
        // Codex counts cached tokens as input.
        let sum = Usage(
            input: max(0, count("input_tokens") - read - written), cacheRead: read, cacheWrite: written,
            output: count("output_tokens"), reasoning: count("reasoning_output_tokens"))
        var increment = sum - stated
        // A sum that fell is a new count.
        if increment.total < 0 || increment.input < 0 || increment.output < 0 { increment = sum }
        stated = sum
        events(
            .usage(
                UsageReport(
                    increments: [ModelUsage(model: nil, usage: increment)],
                    stated: [ModelUsage(model: nil, usage: sum)])))
    }

    private mutating func readError(_ message: String, into events: inout EventSink) {
        let head = "Reconnecting..."
        guard message.hasPrefix(head) else {
            lastError = message
            events(.status(EventSink.cut(message, to: 4096)))
            return
        }
        // What was said before the break may now be said again.
        repeated = attempt.isEmpty ? nil : 0
        reconnects += 1
        let fraction = message.dropFirst(head.count).prefix { $0 != "(" }.split(separator: "/")
        let numbers = fraction.compactMap { Int($0.filter(\.isNumber)) }
        let failure = CodexFailure.failure(message)
        retry = retry ?? 0
        if FailureWords.contains(message, "waiting for network") {
            // Codex waits for it without end.
            hopeless = Failure(.network, EventSink.cut(message, to: 4096))
        }
        events(
            .retrying(
                attempt: numbers.count == 2 ? numbers[0] : reconnects, of: numbers.count == 2 ? numbers[1] : nil,
                delaySeconds: nil, failure: failure))
    }

    /// What a command printed can be of any length, and is no part of the answer.
    func mayHoldAnswer(_ beginning: UnsafeRawBufferPointer) -> Bool {
        let text = EventSink.text(beginning)
        return !["command_execution", "mcp_tool_call", "file_change"].contains { text.contains("\"type\":\"\($0)\"") }
    }

    mutating func conclude(into events: inout EventSink) -> Conclusion {
        var conclusion = conclusion
        conclusion.text = answer.text
        conclusion.spoke = turn >= 0
        return conclusion
    }
}
