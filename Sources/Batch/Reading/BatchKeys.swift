import Settings

/// The keys of a batch file: one table for the reader, the JSON Schema and the reference page.
package enum BatchKeys {
    /// The whole file.
    package static let file = BatchSection(
        "file", "One batch: what to do, by whom, in which order.",
        [
            BatchKey(
                "version", .scalar(.setting(.choice(["1"])), template: false), "Always 1.", required: true),
            BatchKey(
                "name", .scalar(.name, template: false),
                "What the batch is called; the file's name without its endings when unset."),
            BatchKey("description", .scalar(.words, template: false), "What it is for, for people."),
            BatchKey(
                "inputs", .table(.section(input), name: "input"),
                "What can be given from outside with `--set NAME=VALUE` and is read as `${{ inputs.NAME }}`."),
            BatchKey(
                "profiles", .table(.section(profile), name: "profile"), "Named ways of starting a session."),
            BatchKey("defaults", .section(defaults), "What holds for every job that says nothing else."),
            BatchKey(
                "pools", .table(.section(pool), name: "pool"), "Named limits that jobs share, also between runs."),
            BatchKey("budget", .section(budget), "What the whole run may use."),
            BatchKey("jobs", .table(.section(job), name: "job"), "What is done, by name.", required: true),
            BatchKey("schedule", .list(.section(schedule)), "When the batch runs by itself."),
        ])

    /// One input.
    package static let input = BatchSection(
        "input", "A value that is given when the batch is started.",
        [
            BatchKey(
                "type", .scalar(.setting(.choice(InputType.allCases.map(\.rawValue))), template: false),
                "What is accepted; text when unset."),
            BatchKey("required", .scalar(.boolean, template: false), "Whether the batch cannot start without it."),
            BatchKey("default", .any, "What holds when nobody gives it."),
            BatchKey("enum", .list(.any), "The only values that are accepted."),
            BatchKey("description", .scalar(.words, template: false), "What it is for, for people."),
        ])

    /// Keys of `defaults`.
    package static let defaults = BatchSection(
        "defaults", "What holds for every job that says nothing else.", [profileName] + shared)

    /// Keys of a profile.
    package static let profile = BatchSection(
        "profile", "A named way of starting a session.",
        [BatchKey("extends", .names, "The profiles that this one changes, weakest first.")] + shared)

    /// Keys of one job.
    package static let job = BatchSection(
        "job", "A unit of the run, or one for each row of its matrix.", jobOnly + shared)

    /// Keys that an entry of a matrix's `include` may set for its row.
    package static let row = BatchSection(
        "row", "What one row of a matrix changes.",
        shared.filter { !["max_parallel", "fail_fast", "prefix", "on_failure", "template"].contains($0.name) })

    static let profileName = BatchKey("profile", .names, "The profiles that are used, weakest first.")

    /// One pool.
    package static let pool = BatchSection(
        "pool", "A named limit.",
        [
            BatchKey("max", .scalar(.setting(.integer(1...100_000))), "The most sessions at one time.", required: true),
            BatchKey(
                "adaptive", .scalar(.boolean),
                "Whether the limit falls when the provider is overloaded and rises again when all is well."),
            BatchKey(
                "memory_floor", .scalar(.setting(.size)), "No session of it starts while less memory is available."),
            BatchKey(
                "interactive_reserve", .scalar(.setting(.integer(0...100_000))),
                "How many places are kept free for questions that a person waits for."),
        ])

    /// Keys of every `budget`.
    package static let budget = BatchSection(
        "budget", "What may be used before something is done about it.",
        [
            BatchKey("usd", .scalar(.setting(.money)), "Dollars."),
            BatchKey("tokens", .scalar(.count), "Tokens, read and written."),
            BatchKey("sessions", .scalar(.count), "Sessions, further attempts included."),
            BatchKey("time", .scalar(.setting(.duration(optional: true))), "Time of all its sessions together."),
            BatchKey(
                "on_reach", .choice("stop_new", "interrupt", "kill"),
                "What is done then: nothing new starts, running sessions are asked to end, or are killed."),
        ])

    /// One entry of `schedule`.
    package static let schedule = BatchSection(
        "schedule", "One time at which the batch runs by itself.",
        [
            BatchKey(
                "cron", .scalar(.cron, template: false), "Minute, hour, day of the month, month and weekday.",
                required: true),
            BatchKey(
                "timezone", .scalar(.timeZone, template: false), "Where the clock hangs; the machine's when unset."),
            BatchKey(
                "overlap", .scalar(.setting(.choice(["skip", "queue", "replace"])), template: false),
                "What happens when the run before still goes."),
            BatchKey(
                "catch_up", .scalar(.setting(.choice(["none", "latest", "all"])), template: false),
                "Which of the times that passed while nobody was there are made up for."),
            BatchKey(
                "grace", .scalar(.setting(.duration(optional: false)), template: false),
                "How late a run may begin before its time counts as passed, a minute at least."),
            BatchKey(
                "jitter", .scalar(.setting(.duration(optional: false)), template: false),
                "A run begins later by up to this, at random, and before the next."),
            BatchKey("inputs", .table(.any, name: "input"), "The inputs of these runs."),
        ])
}
