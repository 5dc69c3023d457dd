package import Model

extension ParsedRecording {
    /// The recording as `provider parse --json` prints it.
    package var json: JSONObject {
        [
            "state": .string(outcome.state.rawValue),
            "class": .optional(outcome.failure?.class.rawValue),
            "message": .optional(outcome.failure?.message),
            "http_status": .optional(outcome.failure?.httpStatus.map(Int64.init)),
            "retry_after_seconds": outcome.failure?.retryAfterSeconds.map(JSONValue.number) ?? .null,
            "text": .string(outcome.text), "unread_bytes": .integer(outcome.unreadBytes),
            "structured_output": .optional(outcome.structuredOutput),
            "blocks": .array(blocks.map(JSONValue.string)),
            "tools": .array(tools.map(ParsedRecording.json)),
            "usage": .array(usage.map(ParsedRecording.json)),
            "turns": .array(turns.map(ParsedRecording.json)),
            "raw": .integer(Int64(rawCount)),
        ]
    }

    private static func json(_ tool: Tool) -> JSONValue {
        [
            "id": .string(tool.id), "name": .string(tool.name),
            "is_error": tool.isError.map(JSONValue.bool) ?? .null,
        ]
    }

    private static func json(_ turn: Turn) -> JSONValue {
        [
            "turn": .integer(Int64(turn.number)),
            "state": .string(turn.ended ? turn.failure == nil ? "completed" : "failed" : "open"),
            "class": .optional(turn.failure?.class.rawValue), "message": .optional(turn.failure?.message),
        ]
    }

    private static func json(_ entry: ModelUsage) -> JSONValue {
        let usage = entry.usage
        return [
            "model": .optional(entry.model), "input": .integer(usage.input), "cache_read": .integer(usage.cacheRead),
            "cache_write": .integer(usage.cacheWrite), "output": .integer(usage.output),
            "reasoning": .integer(usage.reasoning), "cost_usd": .optional(usage.cost?.dollars),
        ]
    }
}
