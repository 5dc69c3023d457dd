import Model
import Settings

extension BatchKeys {
    /// What only a job has.
    static let jobOnly = [
        profileName,
        BatchKey("prompt", .scalar(.words), "The question; it goes to the provider by its standard input."),
        BatchKey("prompt_file", .scalar(.insidePath), "A file of the batch's folder that holds the question."),
        BatchKey("run", .arguments, "A command in place of a question: its words, never a text for a shell."),
        BatchKey("matrix", .section(matrix), "Makes one job of each combination of values."),
        BatchKey(
            "needs",
            .forms(
                scalar: .scalar(.name, template: false), list: .list(.scalar(.name, template: false)),
                mapping: .table(
                    .scalar(.setting(.choice(NeedCondition.allCases.map(\.rawValue))), template: false), name: "job")),
            "The jobs that come first: a list, or a mapping to `success`, `failure` or `finished`."),
        BatchKey(
            "when", .scalar(.condition),
            "A condition that is asked once the needs have ended; the job is skipped when it is false. Needs of the list form that it asks about may have failed."
        ),
        BatchKey(
            "outputs", .table(.section(output), name: "output"),
            "Values that other jobs read as `jobs.NAME.outputs.OUTPUT`."),
        BatchKey(
            "trigger", .scalar(.setting(.choice(["automatic", "on_demand"])), template: false),
            "With `on_demand` the job runs only when another names it under `on_failure`."),
    ]

    /// The matrix of a job.
    package static let matrix = BatchSection(
        "matrix",
        "Each free name is an axis. Without `include` and `exclude` there is a row for each combination of the axes' values.",
        [
            BatchKey(
                "include", .list(.any),
                "Rows that are added, or changed where they are there; they may set keys of the job."),
            BatchKey("exclude", .list(.table(.any, name: "axis")), "Rows with these values are left out."),
        ],
        free: .forms(scalar: .scalar(.words), list: .list(.any), mapping: .section(axisSource)))

    /// Where the values of an axis come from when they are not written out.
    package static let axisSource = BatchSection(
        "axis", "Where the values of an axis come from; exactly one of the first five.",
        [
            BatchKey(
                "csv", .scalar(.insidePath),
                "A file of comma-separated values with a heading: one object for each line."),
            BatchKey("jsonl", .scalar(.insidePath), "A file with one JSON value in each line."),
            BatchKey("files", .scalar(.insidePath), "The files that a pattern fits: `src/**/*.swift`."),
            BatchKey(
                "glob", .scalar(.setting(.text)),
                "The files and folders that a pattern fits; `Sources/*/` is folders only."),
            BatchKey("command", .arguments, "A command that prints a JSON list, or one value a line."),
            BatchKey(
                "field", .scalar(.words, template: false),
                "The one member or column that is the value; with csv and jsonl."),
        ])

    /// One output of a job.
    package static let output = BatchSection(
        "outputs", "A value that other jobs can read.",
        [
            BatchKey(
                "from", .scalar(.setting(.choice(OutputSource.allCases.map(\.rawValue))), template: false),
                "`stdout` of a command, the `text` of an answer, or its structured `result`.", required: true),
            BatchKey(
                "type", .scalar(.setting(.choice(OutputType.allCases.map(\.rawValue))), template: false),
                "How it is read; text when unset."),
            BatchKey("path", .scalar(.words, template: false), "The member that is meant, names joined by dots."),
        ])

    /// What `defaults`, profiles, jobs and rows can all say.
    package static let shared: [BatchKey] = [
        BatchKey("provider", .text, "Who answers."),
        BatchKey("model", .text, "Which model is asked for."),
        BatchKey("module", .text, "The module of `tutti.yaml` that is asked."),
        BatchKey("workdir", .text, "The folder that is asked, or that the command runs in."),
        BatchKey("tools", .section(tools), "What the provider may use."),
        BatchKey("mcp", .text, "The servers of tools that the provider gets: `none`, or a file."),
        BatchKey("env", .section(environment), "Variables of the process."),
        BatchKey(
            "approvals", .choice("allow", "deny", "ask"),
            "What happens when the provider asks for permission; `ask` frees the place while it waits."),
        BatchKey("workspace", .section(workspace), "Where the session may write."),
        BatchKey("fallback", .list(.section(fallback)), "Who is asked instead after such a failure."),
        BatchKey(
            "retry", .section(retry),
            "When and how often a failed session is tried again; a command is tried once where nothing is said."),
        BatchKey("timeout", .section(timeout), "How long a session may take over each step."),
        BatchKey("budget", .section(budget), "What the job may use."),
        BatchKey(
            "pools", .list(.scalar(.name), orSingle: true), "The pools that it takes a place in, beside its provider's."
        ),
        BatchKey("key", .text, "No two jobs with the same key go at one time, in any run."),
        BatchKey("priority", .scalar(.setting(.integer(-20...20))), "Higher ones start first."),
        BatchKey("fair_share", .text, "The label under which it shares places with others; the run when unset."),
        BatchKey("max_parallel", .scalar(.setting(.integer(1...100_000))), "The most rows of the job at one time."),
        BatchKey(
            "fail_fast", .scalar(.boolean), "Whether the rows that have not started are left out once one has failed."),
        BatchKey(
            "prefix", .choice("shared", "none"),
            "With `shared` the rows wait until the first one has written the provider's prompt cache."),
        BatchKey("template", .scalar(.boolean, template: false), "With `false` a `${{` in the prompt means nothing."),
        BatchKey("output", .section(result), "What is asked of the answer, and where it is kept."),
        BatchKey("cache", .section(cache), "When an earlier answer is taken in place of a new one."),
        BatchKey("verify", .arguments, "A command that must succeed before the job counts as done."),
        BatchKey("on_failure", .names, "The jobs that run when this one has failed for good."),
    ]

    static let tools = BatchSection(
        "tools", "What the provider may use.",
        [
            BatchKey("allow", .list(.scalar(.words)), "Tools that are used without a question."),
            BatchKey("deny", .list(.scalar(.words)), "Tools that are not used."),
        ])

    static let environment = BatchSection(
        "env", "Variables of the process.",
        [
            BatchKey(
                "allow", .list(.scalar(.words, template: false)), "Variables that are passed on from Tutti's own."),
            BatchKey("set", .table(.scalar(.words), name: "variable"), "Variables with their values."),
            BatchKey(
                "secrets", .table(.section(secret), name: "variable"), "Variables whose values are never recorded."),
        ])

    static let secret = BatchSection(
        "secret", "Where a secret comes from; one of the two.",
        [
            BatchKey("file", .scalar(.setting(.text), template: false), "A file that only its owner can read."),
            BatchKey("command", .list(.scalar(.words, template: false)), "A command that prints it."),
        ])

    static let workspace = BatchSection(
        "workspace", "Where the session may write.",
        [
            BatchKey("kind", .choice("folder", "worktree"), "The folder itself, or a worktree of its own."),
            BatchKey("base", .text, "What a worktree begins from."),
            BatchKey("keep", .choice("if_dirty", "always", "never"), "Whether it stays when the session has ended."),
        ])

    static let fallback = BatchSection(
        "fallback", "Who is asked instead.",
        [
            BatchKey("provider", .text, "Who is asked.", required: true),
            BatchKey("model", .text, "Which model is asked for."),
            BatchKey("when", failures, "After which failures."),
        ])

    static let result = BatchSection(
        "output", "What is asked of the answer, and where it is kept.",
        [
            BatchKey("schema", .scalar(.insidePath), "A JSON Schema that the answer must fit."),
            BatchKey("save", .scalar(.savePath), "A file of the batch's folder that the answer is written to."),
        ])

    static let cache = BatchSection(
        "cache", "When an earlier answer is taken.",
        [
            BatchKey(
                "key", .list(.scalar(.cachePart)), "What must be the same; `files:PATTERN` is the content of files.",
                required: true),
            BatchKey("ttl", .scalar(.setting(.duration(optional: true))), "How old it may be."),
        ])

    /// Keys of `retry`: those of `tutti.yaml`.
    package static let retry = BatchSection(
        "retry", "When and how often a failed session is tried again.",
        SettingKey.all.filter { $0.name.hasPrefix("retry.") }.map { key in
            let shape: BatchShape = if case .choices = key.kind { failures } else { .scalar(.setting(key.kind)) }
            return BatchKey(String(key.name.dropFirst("retry.".count)), shape, key.summary)
        })

    /// Keys of `timeout`: those of `tutti.yaml`, and the queue's.
    package static let timeout = BatchSection(
        "timeout", "How long a session may take over each step.",
        SettingKey.all.filter { $0.name.hasPrefix("timeout.") }.map { key in
            BatchKey(String(key.name.dropFirst("timeout.".count)), .scalar(.setting(key.kind)), key.summary)
        } + [BatchKey("queue", .scalar(.setting(.duration(optional: true))), "Between being ready and being started.")])

    private static let failures = BatchShape.list(
        .scalar(.setting(.choice(FailureClass.allCases.map(\.rawValue)))), orSingle: true)
}
