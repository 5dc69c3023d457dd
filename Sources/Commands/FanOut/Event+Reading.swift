import Model

/// What the views read from an event's data.
extension Event {
    /// The text of a delta, a block, a status or a step.
    var text: String { data["text"]?.string ?? data["message"]?.string ?? "" }

    /// What went wrong, and the way out where it is known, on one line.
    var problem: String {
        let message =
            data["message"]?.string ?? data["error"]?.string ?? data["text"]?.string ?? "something went wrong"
        guard let hint = data["hint"]?.string ?? data["advice"]?.string else { return message }
        return message + " (" + hint + ")"
    }

    /// The question of an agent that waits for a person.
    var question: String? { data["question"]?.string ?? data["text"]?.string }

    /// The class of the failure that the event tells of.
    var failureClass: String? {
        data["failure"]?["class"]?.string ?? data["class"]?.string ?? data["error_class"]?.string
    }

    /// The failure in words.
    var failureMessage: String? {
        data["failure"]?["message"]?.string ?? data["message"]?.string ?? data["error"]?.string
    }

    /// A tool call on one line: the tool, and the part of its input that says the most.
    var toolLine: String { ToolCall.line(name: data["name"]?.string ?? "tool", input: data["input"]) }

    /// What the event adds to the usage of its session; nil when it says nothing that can be counted.
    var usage: Usage? {
        if let increments = data["increments"]?.array {
            let parts = increments.map { Event.usage(of: $0["usage"] ?? $0) }
            return parts.dropFirst().reduce(parts.first) { sum, part in sum.map { $0 + part } }
        }
        return Event.usage(of: data["usage"] ?? .object(data))
    }

    private static func usage(of value: JSONValue) -> Usage {
        func count(_ names: String...) -> Int64 { names.lazy.compactMap { value[$0]?.integer }.first ?? 0 }
        let cost =
            value["cost_nanos"]?.integer.map { Money(nanos: $0) }
            ?? value["cost_micros"]?.integer.map { Money(micros: $0) }
        return Usage(
            input: count("input", "input_tokens"), cacheRead: count("cache_read", "cache_read_tokens"),
            cacheWrite: count("cache_write", "cache_write_tokens"), output: count("output", "output_tokens"),
            reasoning: count("reasoning", "reasoning_tokens"), cost: cost)
    }
}
