import Model
import Store

/// What is stored, as the JSON objects that `--json` prints. Fields are only ever added.
enum Records {
    /// One run.
    static func run(_ row: RunRow) -> JSONObject {
        var object: JSONObject = [
            "id": .string(row.id.text), "kind": .string(row.kind), "name": .optional(row.name),
            "state": .string(row.state.rawValue), "question": .optional(row.question),
            "project": .optional(row.project), "exit": .optional(row.exit.map { Int64($0) }),
            "created_at": .string(row.createdAt.iso8601), "started_at": time(row.startedAt),
            "finished_at": time(row.finishedAt), "cancel_requested_at": time(row.cancelRequestedAt),
            "jobs": .object(
                JSONObject(
                    JobState.allCases.compactMap { state in
                        row.jobs[state].map { (key: state.rawValue, value: .integer(Int64($0))) }
                    })),
            "usage": .object(usage(row.usage)),
        ]
        object["from"] = .optional(JSONReader.value(row.spec)?["from"]?.string)
        object["outcome"] = row.outcome.flatMap { JSONReader.value($0) } ?? .null
        return object
    }

    /// One job.
    static func job(_ row: JobRow) -> JSONObject {
        [
            "id": .string(row.id.text), "run": .string(row.run.text), "run_name": .optional(row.runName),
            "kind": .string(row.kind), "module": .optional(row.module), "path": .optional(row.path),
            "state": .string(row.state.rawValue), "priority": .integer(Int64(row.priority)),
            "attempts": .integer(Int64(row.attempts)), "max_attempts": .integer(Int64(row.maxAttempts)),
            "thread": .optional(row.thread?.text), "message": .optional(row.message?.text),
            "error_class": .optional(row.failureClass?.rawValue), "error": .optional(row.failure),
            "kept_from": .optional(WorkRow(job: row).keptFrom),
            "unread_bytes": .integer(UnreadWords.bytes(of: row)), "not_before": time(row.notBefore),
            "created_at": .string(row.createdAt.iso8601),
            "started_at": time(row.startedAt), "finished_at": time(row.finishedAt),
        ]
    }

    /// One session. Its state is `orphaned` while no living coordinator follows it.
    static func session(_ row: SessionRow) -> JSONObject {
        var object: JSONObject = [
            "id": .string(row.id.text), "run": .string(row.run.text), "run_name": .optional(row.runName),
            "job": .string(row.job.text), "thread": .optional(row.thread?.text),
            "message": .optional(row.message?.text), "module": .optional(row.module),
            "state": .string(row.shownState), "attempt": .integer(Int64(row.attempt)),
            "max_attempts": .integer(Int64(row.maxAttempts)), "provider": .string(row.provider),
            "model": .optional(row.model), "provider_session": .optional(row.providerSession),
            "pid": .optional(row.host.map { Int64($0.pid) }), "working_directory": .string(row.workingDirectory),
            "folder": .string(row.folder), "offset": .integer(row.offset), "activity": .optional(row.activity),
            "error_class": .optional(row.failureClass?.rawValue), "error": .optional(row.failure),
            "ended_by": .optional(row.endedBy), "created_at": .string(row.createdAt.iso8601),
            "started_at": time(row.startedAt), "first_token_at": time(row.firstTokenAt), "ended_at": time(row.endedAt),
        ]
        object["structured_output"] = row.structuredOutput.map { JSONReader.value($0) ?? .string($0) } ?? .null
        object["exit"] = row.exit.map { .object(exit($0)) } ?? .null
        object["usage"] = .object(usage(row.usage))
        return object
    }

    /// One message.
    static func message(_ row: MessageRow) -> JSONObject {
        [
            "id": .string(row.id.text), "thread": .string(row.thread.text), "run": .optional(row.run?.text),
            "job": .optional(row.job?.text), "session": .optional(row.session?.text), "module": .optional(row.module),
            "role": .string(row.role.rawValue), "status": .string(row.status.rawValue),
            "turn": .integer(Int64(row.turn)), "content": .string(row.content),
            "error_class": .optional(row.errorClass?.rawValue), "error": .optional(row.error),
            "usage": row.usage.flatMap { JSONReader.value($0) } ?? .null,
            "created_at": .string(row.createdAt.iso8601), "completed_at": time(row.completedAt),
        ]
    }

    /// One thread with its messages.
    static func thread(_ row: ThreadRow, _ messages: [MessageRow]) -> JSONObject {
        [
            "id": .string(row.id.text), "module": .optional(row.module), "project": .optional(row.project),
            "title": .optional(row.title), "created_at": .string(row.createdAt.iso8601),
            "messages": .array(messages.map { .object(message($0)) }),
        ]
    }

    /// One block of a session.
    static func block(_ row: BlockRow) -> JSONObject {
        [
            "kind": .string(row.kind), "key": .optional(row.key), "name": .optional(row.name),
            "input": row.input.map { JSONReader.value($0) ?? .string($0) } ?? .null, "text": .optional(row.text),
            "is_error": .bool(row.isError), "started_at": .string(row.startedAt.iso8601), "ended_at": time(row.endedAt),
        ]
    }

    /// Tokens and money: `cost` is null when any part has no price; `cost_known_micros` is what is known.
    static func usage(_ sum: UsageSum) -> JSONObject {
        var object = usage(sum.usage)
        object["cost_known_micros"] = .integer(sum.knownCost.micros)
        return object
    }

    /// Tokens and money.
    static func usage(_ usage: Usage) -> JSONObject {
        [
            "input": .integer(usage.input), "cache_read": .integer(usage.cacheRead),
            "cache_write": .integer(usage.cacheWrite), "output": .integer(usage.output),
            "reasoning": .integer(usage.reasoning), "total": .integer(usage.total),
            "cost": .optional(usage.cost?.dollars), "cost_micros": .optional(usage.cost?.micros),
        ]
    }

    private static func exit(_ record: ExitRecord) -> JSONObject {
        [
            "status": .optional(record.status.map { Int64($0) }), "signal": .optional(record.signal.map { Int64($0) }),
            "ended_by": .optional(record.endedBy), "start_error": .optional(record.startError),
            "spool_length": .integer(record.spoolLength), "duration_ms": .integer(record.durationMilliseconds),
            "user_ms": .integer(record.userMilliseconds), "system_ms": .integer(record.systemMilliseconds),
            "max_rss_kib": .integer(record.maxResidentKiB), "leftovers": .integer(Int64(record.leftovers)),
        ]
    }

    /// A moment, or null.
    static func time(_ moment: Timestamp?) -> JSONValue { .optional(moment?.iso8601) }
}

extension SessionRow {
    /// The state as people see it: `orphaned` while no living coordinator follows the session.
    var shownState: String { isOrphaned && !state.isFinal ? "orphaned" : state.rawValue }

    /// Milliseconds from its start (or creation) to its end or `now`.
    func elapsed(at now: Timestamp) -> Int64 {
        max(0, (endedAt ?? now).milliseconds - (startedAt ?? createdAt).milliseconds)
    }
}
