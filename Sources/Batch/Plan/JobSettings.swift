package import Model
package import Settings

/// The settings of one row as typed values; what nobody says is nil, and holds as the project's settings have it.
package struct JobSettings: Sendable, Hashable {
    /// Everything, by the keys of the file.
    package var json: JSONObject

    init(_ json: JSONObject) { self.json = json }

    /// What holds when neither the batch nor the project's settings say anything, by dotted path.
    package static var builtIn: [(path: String, value: JSONValue)] {
        let unsaid = JobSettings([:])
        return [
            ("workspace.kind", "folder"), ("priority", .integer(Int64(unsaid.priority))),
            ("fail_fast", .bool(unsaid.failFast)),
        ]
    }

    /// The attempts of a command of which no `retry` is said.
    package static let commandAttempts = 1

    /// Who answers: a built-in provider or one of the settings.
    package var provider: String? { json["provider"]?.string }
    /// Which model is asked for.
    package var model: String? { json["model"]?.string }
    /// The module that is asked, by its name.
    package var module: String? { json["module"]?.string }
    /// The folder that is asked, or that the command runs in.
    package var workdir: String? { json["workdir"]?.string }
    /// Who goes first among those that wait: from -20 to 20, the higher the earlier; 0 when nobody says.
    package var priority: Int { Int(json["priority"]?.integer ?? 0) }
    /// The label under which it shares places with others; the run when nil.
    package var fairShare: String? { json["fair_share"]?.string }
    /// No two jobs with the same key go at one time.
    package var key: String? { json["key"]?.string }
    /// The pools that it takes a place in, beside its provider's.
    package var pools: [String] { texts(json["pools"]) }
    /// The most rows of the job at one time; nil is no limit of its own.
    package var maxParallel: Int? { json["max_parallel"]?.integer.map(Int.init) }
    /// True when the rows that have not started are left out once one has failed.
    package var failFast: Bool { json["fail_fast"]?.bool ?? false }
    /// True when the rows wait until the first has written the prompt cache.
    package var sharesPrefix: Bool { json["prefix"]?.string == "shared" }
    /// The file with the JSON Schema that the answer must fit.
    package var schema: String? { json["output"]?["schema"]?.string }
    /// The file inside the batch's folder that the answer is written to.
    package var save: String? { json["output"]?["save"]?.string }
    /// The command that must succeed, empty when there is none.
    package var verify: [String] { texts(json["verify"]) }
    /// The words that say what must be the same for an earlier answer to be taken; empty is no cache.
    package var cacheKey: [String] { texts(json["cache"]?["key"]) }
    /// How old an earlier answer may be; nil is any age.
    package var cacheAge: Duration? { duration(json["cache"]?["ttl"]) }
    /// Variables that are passed on, by name.
    package var allowedVariables: [String]? { json["env"]?["allow"].map(texts) }
    /// Variables that are set for the provider or the command, in the order of the file.
    package var variables: [(name: String, value: String)] {
        (json["env"]?["set"]?.object?.members ?? []).map { ($0.key, $0.value.string ?? $0.value.text) }
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
    ///
    /// A `command` is tried once where its batch says nothing of retries: that it failed is its result, and it may have done
    /// what must not be done twice.
    package func retry(over base: RetrySettings, ofCommand isCommand: Bool = false) -> RetrySettings {
        var retry = base
        guard let said = json["retry"] else {
            if isCommand { retry.attempts = JobSettings.commandAttempts }
            return retry
        }
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
    /// Dollars.
    package var money: Money?
    /// Tokens that went in and came out.
    package var tokens: Int64?
    /// Sessions, further attempts included.
    package var sessions: Int64?
    /// Time of all its sessions together.
    package var time: Duration?
    /// What is done when one of them is reached.
    package var reaction: BudgetReaction

    /// The budget under a key `budget`.
    package init(_ json: JSONValue?) {
        money = json?["usd"]?.string.flatMap(Quantity.money)
        tokens = json?["tokens"]?.string.flatMap(Quantity.count)
        sessions = json?["sessions"]?.string.flatMap(Quantity.count)
        time = json?["time"]?.string.flatMap(Quantity.duration)
        reaction = json?["on_reach"]?.string.flatMap(BudgetReaction.init) ?? .stopNew
    }
}
