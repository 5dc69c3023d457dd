import Model
import Store

/// Builds the events that tell a run's story.
enum RunEvents {
    /// `run.started`, with the identifiers that a program needs to watch the answers in the store.
    static func started(_ prepared: PreparedRun, at time: Timestamp) -> Event {
        let modules: [JSONValue] = prepared.ticket.jobs.map { job in
            [
                "module": .string(job.module), "job": .string(job.job.text), "thread": .string(job.thread.text),
                "message": .string(job.answer.text),
            ]
        }
        return Event(
            time: time, type: .runStarted, run: prepared.ticket.run,
            data: [
                "kind": .string(prepared.run.kind), "name": .optional(prepared.run.name),
                "jobs": .integer(Int64(prepared.ticket.jobs.count)),
                "slots": .integer(Int64(prepared.spec.slots)), "modules": .array(modules),
            ])
    }

    /// An event of one job.
    static func job(
        _ type: EventType, run: Identifier, job: Identifier, module: String?, _ data: JSONObject, at time: Timestamp
    ) -> Event {
        Event(time: time, type: type, run: run, job: job, module: module, data: data)
    }

    /// `job.waiting` of the job that merges: it waits for the answers of `jobs`.
    static func waiting(run: Identifier, merge: Identifier, for jobs: [Identifier], at time: Timestamp) -> Event {
        let data: JSONObject = ["reason": "answers", "for": .array(jobs.map { .string($0.text) })]
        return job(.jobWaiting, run: run, job: merge, module: nil, data, at: time)
    }

    /// The members that tell a failure of `id`: class, message and what to do about it.
    static func failure(_ failure: Failure, of id: Identifier) -> JSONObject {
        var data: JSONObject = [
            "class": .string(failure.class.rawValue), "error": .string(failure.message),
            "hint": .string(failure.class.advice(on: id.text)),
        ]
        if let seconds = failure.retryAfterSeconds {
            data["retry_after_ms"] = .integer(Int64(saturating: seconds * 1000))
        }
        if let status = failure.httpStatus { data["http_status"] = .integer(Int64(status)) }
        return data
    }

    /// The `usage` of a session that stated none: no tokens that are known of, at a cost that is not known.
    static let unstatedUsage: JSONObject = [
        "increments": [
            [
                "model": .null, "input": 0, "cache_read": 0, "cache_write": 0, "output": 0, "reasoning": 0,
                "cost": .null,
                "cost_micros": .null,
            ]
        ]
    ]

    /// How far a run is: `step` of `total` jobs are over. The time left is a guess from the median of `durations`, which are
    /// sorted.
    static func progress(
        run: Identifier, step: Int, total: Int, slots: Int, durations: [Duration], at time: Timestamp
    ) -> Event {
        var data: JSONObject = [
            "step": .integer(Int64(step)), "total": .integer(Int64(total)),
            "percent": .integer(total == 0 ? 100 : Int64(step * 100 / total)),
        ]
        // Two samples are the least that says anything.
        if durations.count >= 2, step < total {
            let median = durations[durations.count / 2]
            let waves = (total - step + max(1, slots) - 1) / max(1, slots)
            data["eta_ms"] = .milliseconds(median * waves)
        }
        return Event(time: time, type: .progress, run: run, data: data)
    }
}
