package import Model
package import Scheduler
import Sessions

/// Everything about a run that whoever goes on with it must know, as the store keeps it beside the run.
///
/// It holds no secret: providers are named, and what the configuration says of them is read again where a new attempt
/// begins. The question itself is in the threads' first messages.
package struct RunSpec: Sendable {
    /// The folder whose configuration names the modules and providers, and the file that `--config` named.
    package var directory: String
    package var configFile: String?
    package var slots: Int
    package var retry: RetryPolicy
    package var halt: HaltRule?
    package var enough: Int?
    package var deadline: Duration?
    package var merge: Merge?
    /// The provider that merges, when the merge is a prompt.
    package var mergeProvider: String
    /// The JSON Schema that each answer must fit, as text.
    package var schema: String?
    /// Instructions beside the question.
    package var system: String?
    package var model: String?
    /// The run whose question was changed into this one's.
    package var from: Identifier?
    /// A person waits for it.
    package var isInteractive = false
    /// How deep the agent was that asked; 0 for a person. Whoever goes on with the run may be a process of somebody else.
    package var depth = 0
    /// What the run may use in all, and what is done when it has.
    package var budget: RunBudget?
    /// What the command line allowed a batch to cost; it is in the budget.
    package var maxCost: Money?
    /// What a day may cost, of whichever run.
    package var days: [DayBudget] = []
    /// The pools that the settings or the batch declare.
    package var pools: [DeclaredPool] = []
    /// Added to what each job of a batch says, within −20 and 20.
    package var priority = 0
    /// Jobs of the batch that were left out.
    package var leftOut: [String] = []
    /// The run whose answers stand for those of this one.
    package var resumed: ResumedRun?

    /// A spec of these parts.
    package init(
        directory: String, configFile: String? = nil, slots: Int, retry: RetryPolicy = RetryPolicy(),
        halt: HaltRule? = nil, enough: Int? = nil, deadline: Duration? = nil,
        merge: Merge? = nil, mergeProvider: String, schema: String? = nil, system: String? = nil, model: String? = nil
    ) {
        self.directory = directory
        self.configFile = configFile
        self.slots = slots
        self.retry = retry
        self.halt = halt
        self.enough = enough
        self.deadline = deadline
        self.merge = merge
        self.mergeProvider = mergeProvider
        self.schema = schema
        self.system = system
        self.model = model
    }

    /// What holds for the run as a whole.
    package var rules: RunRules.Policy { RunRules.Policy(halt: halt, enough: enough, deadline: deadline) }

    /// The spec as JSON; `init(_:)` reads it back.
    package var json: JSONObject {
        var object: JSONObject = [
            "directory": .string(directory), "slots": .integer(Int64(slots)),
            "attempts": .integer(Int64(retry.attempts)),
            "retry": .object(retry.json),
            "merge_provider": .string(mergeProvider),
        ]
        object["config"] = configFile.map { .string($0) }
        object["halt"] = halt.map { .string($0.text) }
        object["enough"] = enough.map { .integer(Int64($0)) }
        object["deadline_ms"] = deadline.map { .milliseconds($0) }
        object["merge"] = merge.map { .string($0.text) }
        object["schema"] = schema.map { .string($0) }
        object["system"] = system.map { .string($0) }
        object["model"] = model.map { .string($0) }
        object["from"] = from.map { .string($0.text) }
        if isInteractive { object["interactive"] = true }
        if depth > 0 { object["depth"] = .integer(Int64(depth)) }
        object["budget"] = budget.map { .object($0.json) }
        object["most_nanos"] = maxCost.map { .integer($0.nanos) }
        if !days.isEmpty { object["days"] = .array(days.map { .object($0.json) }) }
        if !pools.isEmpty { object["pools"] = .array(pools.map { .object($0.json) }) }
        if priority != 0 { object["priority"] = .integer(Int64(priority)) }
        if !leftOut.isEmpty { object["left_out"] = .array(leftOut.map { .string($0) }) }
        object["resumed"] = resumed.map { .object($0.json) }
        return object
    }

    /// Reads what `json` wrote; nil when it is something else.
    package init?(_ value: JSONValue) {
        guard let directory = value["directory"]?.string, let slots = value["slots"]?.integer,
            let attempts = value["attempts"]?.integer, let provider = value["merge_provider"]?.string
        else { return nil }
        let policy = RetryPolicy(json: value["retry"], attempts: Int(attempts))
        self.init(
            directory: directory, configFile: value["config"]?.string, slots: Int(slots), retry: policy,
            halt: value["halt"]?.string.flatMap { HaltRule($0) }, enough: value["enough"]?.integer.map { Int($0) },
            deadline: value["deadline_ms"]?.duration, merge: value["merge"]?.string.map { Merge($0) },
            mergeProvider: provider, schema: value["schema"]?.string, system: value["system"]?.string,
            model: value["model"]?.string)
        from = value["from"]?.string.flatMap { Identifier($0) }
        isInteractive = value["interactive"]?.bool ?? false
        depth = value["depth"]?.integer.flatMap { Int(exactly: $0) } ?? 0
        budget = value["budget"].map { RunBudget(json: $0) }
        // As earlier versions wrote it.
        if let most = value["max_cost_nanos"]?.integer {
            budget = RunBudget(BudgetLimit(money: Money(nanos: most)), .interrupt)
        }
        maxCost = value["most_nanos"]?.integer.map { Money(nanos: $0) }
        days = (value["days"]?.array ?? []).compactMap { DayBudget(json: $0) }
        pools = (value["pools"]?.array ?? []).compactMap { DeclaredPool(json: $0) }
        priority = Int(value["priority"]?.integer ?? 0)
        leftOut = (value["left_out"]?.array ?? []).compactMap(\.string)
        resumed = value["resumed"].flatMap { ResumedRun(json: $0) }
    }
}

extension SessionLimits {
    /// The limits as JSON: milliseconds, and null for none.
    var json: JSONObject {
        func wait(_ duration: Duration?) -> JSONValue { duration.map { .milliseconds($0) } ?? .null }
        return [
            "startup_ms": wait(startup), "first_byte_ms": wait(firstByte), "idle_ms": wait(idle),
            "tool_ms": wait(toolIdle), "total_ms": wait(total), "after_result_ms": wait(afterResult),
            "background_ms": wait(backgroundWait), "grace_ms": wait(grace), "orphan_ms": wait(orphan),
            "spool_bytes": .integer(spoolBytes),
        ]
    }

    /// Reads what `json` wrote.
    init(json value: JSONValue) {
        self.init(
            startup: value["startup_ms"]?.duration, firstByte: value["first_byte_ms"]?.duration,
            idle: value["idle_ms"]?.duration, toolIdle: value["tool_ms"]?.duration,
            total: value["total_ms"]?.duration, afterResult: value["after_result_ms"]?.duration,
            backgroundWait: value["background_ms"]?.duration, grace: value["grace_ms"]?.duration,
            orphan: value["orphan_ms"]?.duration, spoolBytes: value["spool_bytes"]?.integer ?? 0)
    }
}

extension JSONValue {
    /// Whole milliseconds of `duration`.
    package static func milliseconds(_ duration: Duration) -> JSONValue { .integer(duration.wholeMilliseconds) }

    /// Milliseconds read as a duration.
    package var duration: Duration? { integer.map { .milliseconds($0) } }
}

extension Duration {
    /// Whole milliseconds, cut off.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? (seconds < 0 ? .min : .max) : product + attoseconds / 1_000_000_000_000_000
    }
}
