package import Model

/// What a value may be.
package enum SettingKind: Sendable, Hashable {
    case text
    /// A file or folder; relative ones count from the settings file's project.
    case path
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// A span of time; `none` where `optional`.
    case duration(optional: Bool)
    /// A size in bytes.
    case size
    /// A number of things, such as 20M tokens; `none` is no number.
    case count
    /// Dollars, or `none`.
    case money
    case choice([String])
    /// A list of these words.
    case choices([String])
}

/// A value that was read and checked.
package enum SettingValue: Sendable, Hashable {
    case text(String)
    case integer(Int)
    case number(Double)
    case duration(Duration)
    case bytes(Int64)
    case money(Money)
    case list([String])
    /// Said to be nothing: no limit, no value.
    case none

    /// The value as it would be written in a settings file.
    package var description: String {
        switch self {
        case .text(let text): text
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        case .duration(let duration): Quantity.text(duration)
        case .bytes(let size): Quantity.text(size: size)
        case .money(let money): money.dollars
        case .list(let words): "[" + words.joined(separator: ", ") + "]"
        case .none: "none"
        }
    }
}

/// One setting that has a single value: its name, what it may be, and what it is when nobody says anything.
package struct SettingKey: Sendable, Hashable {
    /// The dotted name: `limits.jobs`.
    package var name: String
    package var kind: SettingKind
    package var builtIn: SettingValue
    /// The variable of the environment that sets it, where there is one.
    package var environment: String?
    /// What it does, as one sentence.
    package var summary: String

    /// Every setting with a single value, in the order in which they are shown.
    package static let all: [SettingKey] = {
        let (timeouts, retry, limits) = (TimeoutSettings(), RetrySettings(), LimitSettings())
        func key(
            _ name: String, _ kind: SettingKind, _ builtIn: SettingValue, _ environment: String? = nil,
            _ summary: String
        ) -> SettingKey {
            SettingKey(name: name, kind: kind, builtIn: builtIn, environment: environment, summary: summary)
        }
        func wait(_ name: String, _ value: Duration?, _ summary: String) -> SettingKey {
            key("timeout.\(name)", .duration(optional: true), value.map { .duration($0) } ?? .none, nil, summary)
        }
        return [
            key(
                "provider", .text, .text("claude"), "TUTTI_PROVIDER",
                "Who answers, unless a module or a flag says otherwise."),
            key(
                "model", .text, .none, "TUTTI_MODEL", "Which model is asked for; the provider's own choice when unset."),
            key("jobs", .integer(1...100_000), .integer(6), "TUTTI_JOBS", "How many sessions of a run go at one time."),
            key("store", .path, .none, "TUTTI_DB", "The database file; the user's own data folder when unset."),
            wait("startup", timeouts.startup, "Until the provider's process runs."),
            wait("first_byte", timeouts.firstByte, "Until it prints its first byte."),
            wait("idle", timeouts.idle, "Silence while no tool runs."),
            wait("tool", timeouts.tool, "Silence while a tool runs."),
            wait("total", timeouts.total, "A whole session."),
            wait("after_result", timeouts.afterResult, "Between the result and the end of the process."),
            wait("background", timeouts.background, "Between the result and the end of background tasks."),
            key(
                "retry.attempts", .integer(1...100), .integer(retry.attempts), nil,
                "Attempts in all, the first one included."),
            key(
                "retry.delay", .duration(optional: false), .duration(retry.delay), nil,
                "The pause before the second attempt."),
            key(
                "retry.max_delay", .duration(optional: false), .duration(retry.maxDelay), nil,
                "No pause grows over this."),
            key(
                "retry.function", .choice(RetrySettings.Function.allCases.map(\.rawValue)),
                .text(retry.function.rawValue),
                nil, "How the pause grows from attempt to attempt."),
            key(
                "retry.jitter", .number(0...1), .number(retry.jitter), nil,
                "Each pause is changed at random by up to this part of itself."),
            key(
                "retry.when", .choices(FailureClass.allCases.filter { $0.reaction != .requeue }.map(\.rawValue)),
                .list(FailureClass.allCases.filter(retry.when.contains).map(\.rawValue)), nil,
                "The failures that are worth another attempt."),
            key("budget.usd", .money, .none, nil, "A run starts nothing more when it has cost so many dollars."),
            key("budget.tokens", .count, .none, nil, "… when it has used so many tokens, read and written."),
            key(
                "budget.sessions", .count, .none, nil, "… when it has had so many sessions, further attempts included."),
            key(
                "budget.time", .duration(optional: true), .none, nil, "… when its sessions have lived so long together."
            ),
            key(
                "budget.on_reach", .choice(BudgetReaction.allCases.map(\.rawValue)),
                .text(BudgetReaction.interrupt.rawValue), nil,
                "What is done then with sessions that run: they go on, are asked to end, or are killed."),
            key(
                "budget.day", .money, .none, nil,
                "Nothing more starts on a day (UTC) that has cost so many dollars, over all runs of the store; jobs wait."
            ),
            key(
                "limits.jobs", .integer(1...100_000), .integer(limits.jobs), nil,
                "The most sessions at one time, whatever `jobs` or `-j` say."),
            key(
                "limits.depth", .integer(1...100), .integer(limits.depth), "TUTTI_MAX_DEPTH",
                "How deep agents may ask agents that ask agents."),
            key(
                "limits.memory", .size, .bytes(limits.memory), nil,
                "No session starts that would leave less memory free."),
            key(
                "limits.disk_floor", .size, .bytes(limits.diskFloor), nil,
                "No session starts while the disk has less space."),
            key(
                "limits.spool", .size, .bytes(limits.spool), nil, "A session whose recording grows over this is ended."),
            key(
                "limits.lag", .size, .bytes(limits.lag), nil, "No session starts while the recorder is this far behind."
            ),
            key(
                "limits.orphan", .duration(optional: true), limits.orphan.map { .duration($0) } ?? .none, nil,
                "A session that nobody follows any more ends after this."),
            key(
                "limits.grace", .duration(optional: false), .duration(limits.grace), nil,
                "From \"please end\" to \"killed\"."),
        ]
    }()

    /// The setting of that name.
    package static func named(_ name: String) -> SettingKey? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
