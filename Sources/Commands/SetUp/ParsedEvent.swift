import Model

/// One event of a recording as `provider parse --events` prints it: the words of the event log, and where its bytes end.
enum ParsedEvent {
    /// The event as an object.
    static func json(_ event: SpoolEvent) -> JSONObject {
        let (type, data) = words(event.event)
        var object: JSONObject = ["end": .integer(event.end), "type": .string(type)]
        for member in data.members where object[member.key] == nil { object[member.key] = member.value }
        return object
    }

    private static func words(_ event: ProviderEvent) -> (String, JSONObject) {
        switch event {
        case .sessionIdentified(let session, let model):
            ("session.identified", ["provider_session": .optional(session), "model": .optional(model)])
        case .turnStarted(let turn): ("turn.started", ["turn": .integer(Int64(turn))])
        case .turnCompleted(let turn, let failure):
            (
                "turn.completed",
                merge(
                    ["turn": .integer(Int64(turn)), "state": failure == nil ? "completed" : "failed"],
                    failure.map(told))
            )
        case .textDelta(let block, let text): (EventType.textDelta.rawValue, piece(block, text))
        case .textBlock(let block, let text): (EventType.textBlock.rawValue, piece(block, text))
        case .thinkingDelta(let block, let text): (EventType.thinkingDelta.rawValue, piece(block, text))
        case .textReset(let block): (EventType.textReset.rawValue, ["block": .string(block.text)])
        case .toolStarted(let id, let name, let input):
            (EventType.toolStarted.rawValue, ["id": .string(id), "name": .string(name), "input": .string(input)])
        case .toolCompleted(let id, let isError, let output):
            (
                EventType.toolCompleted.rawValue,
                ["id": .string(id), "is_error": .bool(isError), "output": .string(output)]
            )
        case .needsInput(let id, let question):
            (EventType.needsInput.rawValue, ["id": .string(id), "question": .string(question)])
        case .usage(let report):
            (
                EventType.usage.rawValue,
                [
                    "increments": .array(report.increments.map(spent)), "stated": .array(report.stated.map(spent)),
                ]
            )
        case .figure(let type, let data): (type, JSONReader.value(data)?.object ?? ["line": .string(data)])
        case .planStep(let text, let completed):
            (EventType.planStep.rawValue, ["text": .string(text), "completed": .bool(completed)])
        case .raw(let line): (EventType.raw.rawValue, ["line": .string(line)])
        case .oversized(let length, let beginning):
            (EventType.raw.rawValue, ["line": .string(beginning), "oversized_bytes": .integer(length)])
        case .retrying, .status, .backgroundTasks, .permissionDenied, .structuredOutput:
            (EventType.status.rawValue, status(event))
        }
    }

    private static func status(_ event: ProviderEvent) -> JSONObject {
        switch event {
        case .status(let text): ["text": .string(text)]
        case .backgroundTasks(let count): ["background_tasks": .integer(Int64(count))]
        case .permissionDenied(let tool): ["permission_denied": .string(tool)]
        case .structuredOutput(let json): ["structured_output": .string(json)]
        case .retrying(let attempt, let of, let delay, let failure):
            merge(
                [
                    "provider_attempt": .integer(Int64(attempt)), "of": .optional(of.map { Int64($0) }),
                    "delay_ms": .optional(delay.map { Int64(saturating: $0 * 1000) }),
                ], told(failure))
        default: [:]
        }
    }

    private static func piece(_ block: BlockKey, _ text: String) -> JSONObject {
        ["block": .string(block.text), "text": .string(text)]
    }

    private static func told(_ failure: Failure) -> JSONObject {
        ["class": .string(failure.class.rawValue), "error": .string(failure.message)]
    }

    private static func spent(_ usage: ModelUsage) -> JSONValue {
        .object(merge(["model": .optional(usage.model)], Records.usage(usage.usage)))
    }

    private static func merge(_ object: JSONObject, _ more: JSONObject?) -> JSONObject {
        var object = object
        for member in more?.members ?? [] { object[member.key] = member.value }
        return object
    }
}
