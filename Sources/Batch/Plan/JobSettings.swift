package import Model
package import Settings

/// The settings of one row as typed values; what nobody says is nil, and holds as the project's settings have it.
package struct JobSettings: Sendable, Hashable {
    /// Everything, by the keys of the file.
    package var json: JSONObject

    init(_ json: JSONObject) { self.json = json }

    package var provider: String? { json["provider"]?.string }
    package var model: String? { json["model"]?.string }
    package var module: String? { json["module"]?.string }
    package var workdir: String? { json["workdir"]?.string }
    package var approvals: String? { json["approvals"]?.string }
    package var mcp: String? { json["mcp"]?.string }
    package var priority: Int { Int(json["priority"]?.integer ?? 0) }
    package var fairShare: String? { json["fair_share"]?.string }
    /// No two jobs with the same key go at one time.
    package var key: String? { json["key"]?.string }
    package var pools: [String] { texts(json["pools"]) }
    package var maxParallel: Int? { json["max_parallel"]?.integer.map(Int.init) }
    package var failFast: Bool { json["fail_fast"]?.bool ?? false }
    /// True when the rows wait until the first has written the prompt cache.
    package var sharesPrefix: Bool { json["prefix"]?.string == "shared" }
    package var allowedTools: [String]? { json["tools"]?["allow"].map(texts) }
    package var deniedTools: [String] { texts(json["tools"]?["deny"]) }
    package var schema: String? { json["output"]?["schema"]?.string }
    package var save: String? { json["output"]?["save"]?.string }
    /// The command that must succeed, empty when there is none.
    package var verify: [String] { texts(json["verify"]) }
    package var onFailure: [String] { texts(json["on_failure"]) }
    package var cacheKey: [String] { texts(json["cache"]?["key"]) }
    package var cacheAge: Duration? { duration(json["cache"]?["ttl"]) }
    /// Variables that are passed on, by name.
    package var allowedVariables: [String]? { json["env"]?["allow"].map(texts) }
    package var variables: [(name: String, value: String)] {
        (json["env"]?["set"]?.object?.members ?? []).map { ($0.key, $0.value.string ?? $0.value.text) }
    }
    /// Where secrets come from: a file, or a command of one or more words.
    package var secrets: [(name: String, file: String?, command: [String])] {
        (json["env"]?["secrets"]?.object?.members ?? []).map {
            ($0.key, $0.value["file"]?.string, texts($0.value["command"]))
        }
    }
    package var workspace: (kind: String, base: String?, keep: String?) {
        let workspace = json["workspace"]
        return (workspace?["kind"]?.string ?? "folder", workspace?["base"]?.string, workspace?["keep"]?.string)
    }
    /// Who is asked instead, and after which failures; nil is after any.
    package var fallbacks: [(provider: String, model: String?, when: Set<FailureClass>?)] {
        (json["fallback"]?.array ?? []).compactMap { entry in
            guard let provider = entry["provider"]?.string else { return nil }
            return (
                provider, entry["model"]?.string, entry["when"].map { Set(texts($0).compactMap(FailureClass.init)) }
            )
        }
    }

    /// The retries, on top of those that hold otherwise.
    package func retry(over base: RetrySettings) -> RetrySettings {
        var retry = base
        guard let said = json["retry"] else { return base }
        if let attempts = said["attempts"]?.integer { retry.attempts = Int(attempts) }
        if let delay = duration(said["delay"]) { retry.delay = delay }
        if let delay = duration(said["max_delay"]) { retry.maxDelay = delay }
        if let function = said["function"]?.string.flatMap(RetrySettings.Function.init) { retry.function = function }
        if let jitter = said["jitter"]?.number { retry.jitter = jitter }
        if let classes = said["when"] { retry.when = Set(texts(classes).compactMap(FailureClass.init)) }
        return retry
    }

    /// The time-outs, on top of those that hold otherwise.
    package func timeouts(over base: TimeoutSettings) -> TimeoutSettings {
        var timeouts = base
        func read(_ name: String, _ path: WritableKeyPath<TimeoutSettings, Duration?>) {
            guard let said = json["timeout"]?[name] else { return }
            timeouts[keyPath: path] = duration(said)
        }
        read("startup", \.startup)
        read("first_byte", \.firstByte)
        read("idle", \.idle)
        read("tool", \.tool)
        read("total", \.total)
        read("after_result", \.afterResult)
        read("background", \.background)
        return timeouts
    }

    /// How long it may wait between being ready and being started.
    package var queueTimeout: Duration? { duration(json["timeout"]?["queue"]) }
    /// What it may use.
    package var budget: BatchBudget { BatchBudget(json["budget"]) }

    private func texts(_ value: JSONValue?) -> [String] { (value?.array ?? []).map { $0.string ?? $0.text } }

    private func duration(_ value: JSONValue?) -> Duration? { value?.string.flatMap(Quantity.duration) }
}

/// What may be used, and what is done when it is; nil is no limit.
package struct BatchBudget: Sendable, Hashable {
    package enum Reaction: String, Sendable {
        case stopNew = "stop_new"
        case interrupt, kill
    }

    package var money: Money?
    package var tokens: Int64?
    package var sessions: Int64?
    package var time: Duration?
    package var reaction: Reaction

    /// The budget under a key `budget`.
    package init(_ json: JSONValue?) {
        money = json?["usd"]?.string.flatMap(Quantity.money)
        tokens = json?["tokens"]?.string.flatMap(BatchScalar.count)
        sessions = json?["sessions"]?.string.flatMap(BatchScalar.count)
        time = json?["time"]?.string.flatMap(Quantity.duration)
        reaction = json?["on_reach"]?.string.flatMap(Reaction.init) ?? .stopNew
    }
}
