import Model

/// What the views read from an event's data.
extension Event {
    /// The text of a delta, a block, a status or a step.
    var text: String { data["text"]?.string ?? "" }

    /// The question of an agent that waits for a person.
    var question: String? { data["question"]?.string }

    /// The class of the failure that the event tells of.
    var failureClass: String? { data["class"]?.string }

    /// The failure in words.
    var failureMessage: String? { data["error"]?.string }

    /// A tool call on one line: the tool, and the part of its input that says the most.
    var toolLine: String { ToolCall.line(name: data["name"]?.string ?? "tool", input: data["input"]) }

    /// What the event adds to the usage of its session; nil when it says nothing that can be counted.
    var usage: Usage? {
        let parts = (data["increments"]?.array ?? []).map(Event.usage)
        return parts.dropFirst().reduce(parts.first) { sum, part in sum.map { $0 + part } }
    }

    private static func usage(of value: JSONValue) -> Usage {
        func count(_ name: String) -> Int64 { value[name]?.integer ?? 0 }
        return Usage(
            input: count("input"), cacheRead: count("cache_read"), cacheWrite: count("cache_write"),
            output: count("output"), reasoning: count("reasoning"),
            cost: value["cost_micros"]?.integer.map { Money(micros: $0) })
    }
}
