import Coordinator
import Model
import Store

/// What `--detach` prints: the identifiers to watch the run by.
enum DetachedTicket {
    /// The fields of its record.
    static let fields = ["id", "run", "is_new", "jobs"]

    /// Prints the ticket.
    static func present(_ ticket: RunTicket, _ options: GlobalOptions, _ context: CommandContext) throws {
        let jobs: [JSONValue] = ticket.jobs.map { job in
            [
                "module": .string(job.module), "job": .string(job.job.text), "thread": .string(job.thread.text),
                "question": .string(job.question.text), "message": .string(job.answer.text),
            ]
        }
        let record: JSONObject = [
            "id": .string(ticket.run.text), "run": .string(ticket.run.text), "is_new": .bool(ticket.isNew),
            "jobs": .array(jobs),
        ]
        let listing = Listing(records: [record], columns: ["id"], isSingle: true) { surface in
            var lines = ["run \(ticket.run.text)" + (ticket.isNew ? "" : "   (was there already; nothing was started)")]
            for job in ticket.jobs {
                lines.append(
                    "  \(surface.safeLine(job.module))   thread \(job.thread.text)   message \(job.answer.text)")
            }
            let id = ticket.run.short
            lines.append("follow: tutti logs -f \(id)    wait: tutti wait \(id)    stop: tutti cancel \(id)")
            return lines
        }
        try listing.present(options, on: context.output)
    }

    /// The fields of the record of jobs that are asked again.
    static let fieldsOfRetry = ["id", "run", "jobs"]

    /// Prints the ticket of `jobs` of an old run that are asked again.
    static func present(_ run: RunRow, _ jobs: [JobRow], _ options: GlobalOptions, _ context: CommandContext) throws {
        let record: JSONObject = [
            "id": .string(run.id.text), "run": .string(run.id.text),
            "jobs": .array(
                jobs.map { job in
                    [
                        "module": .optional(job.module), "job": .string(job.id.text),
                        "thread": .optional(job.thread?.text), "message": .optional(job.message?.text),
                    ]
                }),
        ]
        let listing = Listing(records: [record], columns: ["id"], isSingle: true) { _ in
            [
                "run \(run.id.text): \(Amounts.count(jobs.count, "job")) again",
                "follow: tutti logs -f \(run.id.short)    wait: tutti wait \(run.id.short)",
            ]
        }
        try listing.present(options, on: context.output)
    }
}
