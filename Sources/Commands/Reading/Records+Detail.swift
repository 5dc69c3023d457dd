import Model
import Store

extension Records {
    /// One run with its jobs, sessions and messages.
    static func run(_ detail: RunDetail) -> JSONObject {
        var record = run(detail.run)
        record["job_list"] = .array(detail.jobs.map { .object(job($0)) })
        record["sessions"] = .array(detail.sessions.map { .object(session($0)) })
        record["messages"] = .array(detail.messages.map { .object(message($0)) })
        return record
    }

    /// One session with its messages, finished pieces, and tokens by model.
    static func session(_ detail: SessionDetail) -> JSONObject {
        var record = session(detail.session)
        record["messages"] = .array(detail.messages.map { .object(message($0)) })
        record["blocks"] = .array(detail.blocks.map { .object(block($0)) })
        record["usage_by_model"] = .array(
            detail.usage.map { entry in
                var object = usage(entry.usage)
                object["model"] = .optional(entry.model)
                return .object(object)
            })
        return record
    }
}
