import Model

/// What an event of each type says: the source of its JSON Schema, of the help and of the manual.
struct EventCatalog: Sendable {
    /// One field of an event.
    struct Field: Sendable {
        var name: String
        var kind: Kind
        var isRequired: Bool
        /// What it means, as a part of a sentence.
        var summary: String
    }

    /// What a field may hold.
    indirect enum Kind: Sendable {
        case text, identifier, count, flag, exit
        case words([String])
        /// Anything that JSON can say.
        case any
        case orNull(Kind)
        case list(Kind)
        case record([Field])
    }

    /// One type of event.
    struct Entry: Sendable {
        var type: EventType
        var summary: String
        var fields: [Field]
        /// Providers and later versions may add fields of their own.
        var isOpen = false
    }

    /// The names that every event may have, and after them all others, each once.
    static let fieldNames: [String] = {
        var seen: Set<String> = []
        return (common.map(\.name) + entries.flatMap { $0.fields.map(\.name) }).filter { seen.insert($0).inserted }
    }()

    /// The fields of every event.
    static let common: [Field] = [
        must("v", .count, "the version of these lines: 1"),
        must("seq", .count, "the event's number; `tutti events --from SEQ` goes on after it"),
        must("ts", .text, "the wall clock in UTC, with milliseconds"),
        must("type", .words(EventType.allCases.map(\.rawValue)), "the type"),
        may("run", .identifier, "the run that it belongs to"), may("job", .identifier, "the job"),
        may("session", .identifier, "the session"), may("module", .text, "the module's name"),
    ]

    /// The entry of a type.
    static func entry(_ type: EventType) -> Entry? { entries.first { $0.type == type } }

    /// Every type that is written, in the order of the story that they tell.
    static let entries: [Entry] = [
        Entry(
            type: .runStarted, summary: "A run begins.",
            fields: [
                may("kind", .text, "what began it: `ask`, `batch`, `submit`"),
                must("name", .orNull(.text), "what --name gave"),
                must("jobs", .count, "how many modules are asked, or jobs begin with a batch"),
                must("slots", .count, "how many sessions go at one time"),
                must(
                    "modules",
                    .list(
                        .record([
                            must("module", .text, "the module"), must("job", .identifier, "its job"),
                            must("thread", .identifier, "its thread"), must("message", .identifier, "its answer"),
                        ])), "where each answer will stand"),
            ]),
        Entry(
            type: .jobQueued, summary: "A job waits for its turn and a slot.",
            fields: [may("retry", .flag, "`tutti retry` put it back")] + failure),
        Entry(
            type: .jobWaiting, summary: "A job cannot start yet.",
            fields: [
                must("reason", .words(["answers", "retry", "held", "needs", "time"]), "what it waits for"),
                may("for", .list(.identifier), "the jobs whose answers it merges"),
                may("not_before", .text, "the time until which it waits"),
            ]),
        Entry(
            type: .jobParked, summary: "A job waits for the time that its provider named.",
            fields: [
                must(
                    "reason", .words(FailureClass.allCases.map(\.rawValue) + ["time"]),
                    "the class of the failure, or `time`"), must("not_before", .text, "that time"),
            ]),
        Entry(
            type: .sessionQueued, summary: "An attempt is about to be started.",
            fields: [
                attempt, must("provider", .text, "the provider's name in the settings"),
                may("resumes", .text, "the provider's own session that this attempt goes on with"),
            ]),
        Entry(
            type: .sessionStarted, summary: "The provider runs.",
            fields: [
                attempt, must("provider", .text, "the provider's name in the settings"),
                must("pid", .orNull(.count), "the provider's process"),
            ]),
        Entry(type: .sessionFirstToken, summary: "The first text of the answer is there.", fields: []),
        Entry(
            type: .sessionOrphaned, summary: "The session's coordinator had died.",
            fields: [
                must("coordinator", .identifier, "the dead one"),
                must("last_seen", .text, "a time at which it was still there"),
            ]),
        Entry(
            type: .sessionAdopted, summary: "Another coordinator goes on with the session.",
            fields: [must("offset", .count, "it reads on from this byte of the recording")]),
        Entry(
            type: .textDelta, summary: "More text of an open block.",
            fields: [block, text, may("follows", .flag, "no blank line stands before the block")]),
        Entry(type: .textReset, summary: "The text of this block is void.", fields: [block]),
        Entry(type: .textBlock, summary: "A block is complete; this is its whole text.", fields: [block, text]),
        Entry(type: .thinkingDelta, summary: "More of the model's reasoning.", fields: [block, text]),
        Entry(
            type: .toolStarted, summary: "A tool was called.",
            fields: [
                must("id", .text, "the call"), must("name", .text, "the tool"),
                must("input", .orNull(.text), "its input, JSON as text"),
            ]),
        Entry(
            type: .toolCompleted, summary: "A tool has ended.",
            fields: [
                must("id", .text, "the call"), must("name", .orNull(.text), "the tool"),
                must("is_error", .flag, "it failed"), must("output", .text, "its first 64 KiB"),
            ]),
        Entry(
            type: .table, summary: "A whole table.",
            fields: [
                may("columns", .list(.any), "the titles"), may("rows", .list(.any), "the rows, each a list of cells"),
            ], isOpen: true),
        Entry(type: .chart, summary: "A whole chart, in the provider's own fields.", fields: [], isOpen: true),
        Entry(type: .metric, summary: "A figure, in the provider's own fields.", fields: [], isOpen: true),
        Entry(
            type: .planStep, summary: "A step of the agent's own plan.",
            fields: [text, must("completed", .flag, "it is done")]),
        Entry(
            type: .usage, summary: "Tokens and money that are new.",
            fields: [
                must("increments", .list(.record(usage)), "what to add to the sums, by model"),
                may("stated", .list(.record(usage)), "the provider's own running sums"),
            ]),
        Entry(
            type: .needsInput, summary: "The agent waits for a person.",
            fields: [must("id", .text, "what an answer names"), must("question", .text, "the question")]),
        Entry(
            type: .status, summary: "Words and facts for people.",
            fields: [
                may("text", .text, "words"), may("turn", .count, "a turn has its result"),
                may("state", .words(["completed", "failed"]), "how the turn ended"),
                may("class", failureClass, "why it failed"),
                may("provider_attempt", .count, "the provider tries again by itself, for this time"),
                may("of", .orNull(.count), "the most attempts"),
                may("delay_ms", .orNull(.count), "the pause before it"),
                may("http_status", .orNull(.count), "what the provider was told"),
                may("background_tasks", .count, "so many are open now"),
                may("permission_denied", .text, "the tool that was refused"),
                may("structured_output", .text, "the answer as JSON text"),
                may("reread_after_version", .count, "the recording is read again, as an older reader had read it"),
            ]),
        Entry(
            type: .messageStarted, summary: "A further message of the thread begins.",
            fields: [
                must("message", .identifier, "the message"), must("thread", .identifier, "its thread"),
                must("role", .words(MessageRole.allCases.map(\.rawValue)), "who speaks"),
                must("turn", .count, "the turn"),
            ]),
        Entry(
            type: .messageCompleted, summary: "A message is over.",
            fields: [
                must("message", .identifier, "the message"),
                must("status", .words(MessageStatus.allCases.map(\.rawValue)), "how it ended"),
                may("error_class", failureClass, "why it failed"), may("error", .text, "the same in words"),
            ]),
        ended(.sessionCompleted, "The session ended with a whole answer."),
        ended(.sessionFailed, "The session failed."), ended(.sessionCancelled, "The session was cancelled."),
        ended(.sessionLost, "The session's host died, and its answer is not whole."),
        Entry(
            type: .sessionRetrying, summary: "Another attempt comes.",
            fields: [
                attempt, must("of", .count, "the most attempts"), must("wait_ms", .count, "the pause before it"),
            ] + failure),
        Entry(
            type: .jobSkipped, summary: "A job will never start; `job.finished` follows.",
            fields: [may("unneeded", .flag, "it was for failures, and there was none")] + failure),
        Entry(
            type: .jobFinished, summary: "A job is over.",
            fields: [
                must("state", .words(["completed", "failed", "cancelled", "skipped"]), "how it ended"),
                must("attempts", .count, "how many sessions it had"),
                may("kept_from", .text, "where the answer was taken from: `cache`, or the run that was resumed"),
            ] + failure),
        Entry(
            type: .progress, summary: "So many jobs are over.",
            fields: [
                must("step", .count, "jobs that are over"), must("total", .count, "all jobs"),
                must("percent", .count, "the same in percent"), may("eta_ms", .count, "a guess of the time left"),
            ]),
        Entry(
            type: .runFinished, summary: "The run is over. Always the last line.",
            fields: [
                must("exit", .exit, "the exit status of the command line"),
                may("state", .words(["completed", "failed", "cancelled"]), "how it ended"),
                may("jobs", .count, "how many modules were asked"), may("completed", .count, "of these, completed"),
                may("failed", .count, "failed"), may("cancelled", .count, "cancelled"),
                may("skipped", .count, "skipped"), may("tokens", .count, "all tokens that went in and came out"),
                may("cost", .text, "dollars that are known"), may("cost_micros", .count, "the same in millionths"),
                may("cost_is_partial", .flag, "a part of the cost is unknown"),
                may("duration_ms", .count, "from the run's creation"),
                may(
                    "failures",
                    .list(
                        .record([
                            must("job", .identifier, "the job"), must("module", .orNull(.text), "its module"),
                            must("state", .text, "how it ended"), must("class", .orNull(failureClass), "why"),
                            must("error", .orNull(.text), "the same in words"),
                        ])), "all jobs that did not complete"),
                may("merged", .text, "the merged answer, up to 64 KiB"),
            ]),
        Entry(
            type: .raw, summary: "A line that Tutti does not know.",
            fields: [
                must("line", .text, "its first 64 KiB"),
                may("oversized_bytes", .count, "the length of one over the bound"),
            ]),
        Entry(
            type: .gap, summary: "Something is missing.",
            fields: [
                may("until", .count, "events below this number are gone"), may("text", .text, "words"),
                may("expected_bytes", .count, "the recording had so many"),
                may("found_bytes", .count, "and has so many now"),
            ]),
        Entry(type: .heartbeat, summary: "Nothing happened for 15 seconds; only `tutti events -f`.", fields: []),
        Entry(
            type: .error, summary: "Nothing could be asked, or no longer; only `--json` of ask, retry and demo.",
            fields: [
                must("code", .text, "the exit status as a word"), must("exit", .exit, "the exit status"),
                must("message", .text, "what went wrong"), must("hint", .text, "what to do"),
            ]),
    ]

    private static let attempt = must("attempt", .count, "counts from 1")
    private static let block = must("block", .text, "the block within its session")
    private static let text = must("text", .text, "the text")
    private static let failureClass = Kind.words(FailureClass.allCases.map(\.rawValue))

    private static let failure = [
        may("class", failureClass, "why it is not completed"), may("error", .text, "the same in words"),
        may("hint", .text, "what to do"), may("retry_after_ms", .count, "when the provider may be asked again"),
        may("http_status", .count, "what the provider was told"),
    ]

    private static let usage = [
        must("model", .orNull(.text), "the model"), must("input", .count, "tokens in, without cached ones"),
        must("cache_read", .count, "tokens read from a cache"), must("cache_write", .count, "tokens written to one"),
        must("output", .count, "tokens out"), must("reasoning", .count, "of these, for reasoning"),
        must("cost", .orNull(.text), "dollars, null when unknown"),
        must("cost_micros", .orNull(.count), "the same in millionths"),
    ]

    private static func ended(_ type: EventType, _ summary: String) -> Entry {
        Entry(
            type: type, summary: summary,
            fields: [
                attempt, must("state", .words(SessionState.allCases.filter(\.isFinal).map(\.rawValue)), "how it ended"),
            ] + failure + [
                may("ended_by", .text, "`tutti` when Tutti ended it after a whole success"),
                may("unread_bytes", .count, "bytes that the answer misses, in lines over the limit"),
                may("exit_code", .count, "how the process ended"), may("signal", .count, "the signal that ended it"),
                may("duration_ms", .count, "from the provider's start"),
                may("leftovers", .count, "processes that outlived the provider"),
            ])
    }

    private static func must(_ name: String, _ kind: Kind, _ summary: String) -> Field {
        Field(name: name, kind: kind, isRequired: true, summary: summary)
    }

    private static func may(_ name: String, _ kind: Kind, _ summary: String) -> Field {
        Field(name: name, kind: kind, isRequired: false, summary: summary)
    }
}
