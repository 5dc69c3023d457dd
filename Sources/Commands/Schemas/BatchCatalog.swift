import Model

/// What the documents of `tutti batch … --json` say: the source of their JSON Schemas.
enum BatchCatalog {
    /// One document.
    struct Entry: Sendable {
        /// The word after `tutti schema`.
        var name: String
        var summary: String
        /// A list of objects, or one object.
        var isList = false
        var fields: [EventCatalog.Field]
    }

    /// The entry of a word.
    static func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

    /// Every document.
    static let entries = [
        Entry(name: "batch-plan", summary: "What `tutti batch plan --json` prints.", fields: plan),
        Entry(name: "batch-job", summary: "What `tutti batch explain --json` prints.", fields: job),
        Entry(
            name: "batch-problems", summary: "What `tutti batch validate --json` prints: nothing in it is all well.",
            isList: true, fields: problem),
    ]

    private static func must(_ name: String, _ kind: EventCatalog.Kind, _ summary: String) -> EventCatalog.Field {
        EventCatalog.Field(name: name, kind: kind, isRequired: true, summary: summary)
    }

    private static func may(_ name: String, _ kind: EventCatalog.Kind, _ summary: String) -> EventCatalog.Field {
        EventCatalog.Field(name: name, kind: kind, isRequired: false, summary: summary)
    }

    private static let problem = [
        must("file", .text, "the file"), must("line", .count, "from 1"), must("column", .count, "from 1"),
        must("message", .text, "what is wrong"), must("hint", .text, "what to do about it"),
    ]

    private static let amount = [
        must("time_ms", .orNull(.count), "from the first start to the last end; null when nothing is known"),
        must("time_whole", .orNull(.flag), "false when something that takes time is not in it"),
        must("cost", .orNull(.text), "dollars; null when nothing is known"),
        must("cost_micros", .orNull(.count), "the same in millionths"),
        must("cost_whole", .orNull(.flag), "false when something that may cost is not in it"),
        must("sessions", .count, "how many sessions of the past say so"),
    ]

    private static let row = [
        must("key", .text, "what the row is called inside of its job"),
        must("address", .text, "job and row by number: 2_1"), must("values", .any, "the value of each axis"),
        may("include", .count, "the entry of `include` that changes the job for it, from 0"),
    ]

    private static let plannedJob =
        [
            must("name", .text, "the job's name"), must("number", .count, "from 1, in the order of the file"),
            must("wave", .orNull(.count), "from 1; null for a job that runs only when another fails"),
            must("kind", .words(["prompt", "run"]), "a question or a command"),
            must("needs", .any, "the jobs that come first, each with how it must end"),
            must("on_demand", .flag, "true when it runs only for a failure of another"),
            must("settings", .any, "what holds for all rows, templates unfilled"),
            may("when", .any, "the condition that is asked once the needs have ended"),
            must("rows", .any, "`single`, `after needs`, `after command`, or a list of rows"),
            must("rows_known", .orNull(.text), "when the rows are known, in words; null when they are"),
            must("left_out", .orNull(.text), "why it is not part of the plan; null when it is"),
        ] + amount

    private static let plan = [
        must("v", .count, "the version of this document: 1"), must("name", .text, "what the batch is called"),
        must("file", .text, "the file as it was named"), must("hash", .text, "SHA-256 of its bytes"),
        must("folder", .text, "where its paths count from"), must("inputs", .any, "the value of each input"),
        must("slots", .count, "how many sessions go at one time"),
        must("providers", .list(.text), "who answers, as far as it is known"),
        must(
            "waves",
            .list(
                .record(
                    [must("number", .count, "from 1"), must("jobs", .list(.text), "the names of its jobs")] + amount)),
            "what can go together"),
        must("jobs", .list(.record(plannedJob)), "all jobs, in the order of the file"),
        must(
            "total",
            .record(amount + [must("time_alone_ms", .orNull(.count), "what it takes with one slot")]),
            "the whole plan"),
        must("limit", .orNull(.text), "the dollars that the run may cost"),
        must("limit_micros", .orNull(.count), "the same in millionths"),
        must("budget", .any, "the file's budget as it is written"),
        must("pools", .any, "its pools as they are written"),
        must("schedule", .list(.any), "the times at which it runs by itself"),
        must("warnings", .list(.record(problem)), "what looks like a mistake"),
    ]

    private static let job = [
        must("v", .count, "the version of this document: 1"), must("file", .text, "the file as it was named"),
        must("hash", .text, "SHA-256 of its bytes"), must("job", .text, "the job's name"),
        must("key", .text, "the stable name of the row; the job's name for the job itself"),
        must("address", .text, "job and row by number: 2_1"),
        must("row", .orNull(.count), "the row's number from 1; null for the job itself"),
        must("wave", .orNull(.count), "from 1; null for a job that runs only when another fails"),
        must("kind", .words(["prompt", "run"]), "a question or a command"),
        must("needs", .any, "the jobs that come first, each with how it must end"),
        must("matrix", .any, "the values of the row's axes"),
        must("rows_known", .orNull(.text), "when the rows are known, in words; null when they are"),
        must(
            "values",
            .list(
                .record([
                    must("path", .text, "the key, such as timeout.total"),
                    must("value", .any, "what it comes to; null when that is known only later"),
                    must("known", .flag, "whether `value` is known"),
                    must("written", .any, "as it is written, templates unfilled"),
                    must(
                        "said_by", .text, "defaults, profile NAME, job NAME, matrix row, module NAME, project, built-in"
                    ),
                    must("file", .orNull(.text), "where it is said; null where no file says it"),
                    must("line", .orNull(.count), "from 1"), must("column", .orNull(.count), "from 1"),
                ])), "every value that holds"),
    ]
}
