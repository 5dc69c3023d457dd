package import Model
package import Scheduler
package import Sessions

/// What one job of a run needs beyond its columns in the store.
package struct JobSpec: Sendable, Hashable {
    /// The provider's name in the configuration.
    package var provider: String
    package var model: String?
    package var limits: SessionLimits
    /// The module whose settings hold, where the job is not called like it.
    package var module: String?
    /// Its own rules of trying again; nil takes the run's.
    package var retry: RetryPolicy?
    /// Which part of a batch it is; nil for an `ask`.
    package var place: BatchPlace?
    /// The pools that it takes a slot in beside its provider's.
    package var pools: [Pool] = []
    /// The label under which it shares slots; nil is the run.
    package var share: String?
    /// From being ready to being started; nil is for ever.
    package var queueTimeout: Duration?
    /// Failures after which another provider is asked.
    package var elsewhere: Set<FailureClass> = []
    /// What its attempts may use together.
    package var budget: RunBudget?
    /// A hash over what was asked, of a part of a batch that has begun: a later run tells by it whether it would ask the same.
    package var asked: String?
    /// The structured answer, as JSON text, of a job that an earlier answer stood for; others have it in their session.
    package var keptResult: String?
    /// Where an earlier answer is from that stood for this job's: `cache`, or a run's identifier.
    package var keptFrom: String?
    /// The text of the schema that the answer of the live attempt must fit, as it was when the attempt began: whoever takes it
    /// over judges by the same, whatever has become of the file.
    package var schema: String?
    /// Under which key the answer of the live attempt is kept for later runs. The files that it was made of may be others by
    /// now.
    package var cacheKey: String?
    /// The provider's own session that the live attempt goes on with; nil where it began anew.
    package var resumed: String?
    /// Bytes that are missing from its answer, as they stood in lines that were too long to be read.
    package var unreadBytes: Int64 = 0
    /// How many attempts it had when a person asked again, or another plan did: those are no history of what is asked now.
    package var begun = 0
    /// The words of the command that it is, where it is not a question and stands in no batch.
    package var command: [String]?

    /// A spec of these parts.
    package init(provider: String, model: String? = nil, limits: SessionLimits) {
        self.provider = provider
        self.model = model
        self.limits = limits
    }

    /// The spec as JSON; `init(_:)` reads it back.
    package var json: JSONObject {
        var object: JSONObject = ["provider": .string(provider), "limits": .object(limits.json)]
        object["model"] = model.map { .string($0) }
        object["module"] = module.map { .string($0) }
        if let retry {
            object["attempts"] = .integer(Int64(retry.attempts))
            object["retry"] = .object(retry.json)
        }
        object["place"] = place.map { .object($0.json) }
        if !pools.isEmpty { object["pools"] = .array(pools.map { .string($0.text) }) }
        object["share"] = share.map { .string($0) }
        object["queue_ms"] = queueTimeout.map { .milliseconds($0) }
        object["command"] = command.map { .array($0.map { .string($0) }) }
        if !elsewhere.isEmpty { object["elsewhere"] = .array(elsewhere.map(\.rawValue).sorted().map { .string($0) }) }
        object["budget"] = budget.map { .object($0.json) }
        object["schema"] = schema.map { .string($0) }
        object["cache_key"] = cacheKey.map { .string($0) }
        object["resumed"] = resumed.map { .string($0) }
        if unreadBytes > 0 { object["unread_bytes"] = .integer(unreadBytes) }
        if begun > 0 { object["begun"] = .integer(Int64(begun)) }
        object["asked"] = asked.map { .string($0) }
        object["kept_result"] = keptResult.map { .string($0) }
        object["kept_from"] = keptFrom.map { .string($0) }
        return object
    }

    /// Reads what `json` wrote; nil when it is something else.
    package init?(_ value: JSONValue) {
        guard let provider = value["provider"]?.string, let limits = value["limits"] else { return nil }
        self.init(provider: provider, model: value["model"]?.string, limits: SessionLimits(json: limits))
        module = value["module"]?.string
        retry = value["attempts"]?.integer.map { RetryPolicy(json: value["retry"], attempts: Int($0)) }
        place = value["place"].flatMap { BatchPlace(json: $0) }
        pools = (value["pools"]?.array ?? []).compactMap { $0.string.flatMap { Pool($0) } }
        share = value["share"]?.string
        queueTimeout = value["queue_ms"]?.duration
        command = value["command"]?.array.map { $0.compactMap(\.string) }
        elsewhere = Set((value["elsewhere"]?.array ?? []).compactMap { $0.string.flatMap(FailureClass.init) })
        budget = value["budget"].map { RunBudget(json: $0) }
        schema = value["schema"]?.string
        cacheKey = value["cache_key"]?.string
        resumed = value["resumed"]?.string
        unreadBytes = value["unread_bytes"]?.integer ?? 0
        begun = value["begun"]?.integer.map { Int($0) } ?? 0
        asked = value["asked"]?.string
        keptResult = value["kept_result"]?.string
        keptFrom = value["kept_from"]?.string
    }
}

/// Which part of a batch a job is.
package struct BatchPlace: Sendable, Hashable {
    /// What the job does for the batch.
    package enum Role: String, Sendable {
        /// One row: a question or a command.
        case row
        /// Makes the rows of a job when all is there that they are made of.
        case matrix
        /// The command that prints the values of an axis.
        case axis
        /// Nothing: the file had it no longer before it began.
        case removed
    }

    package var role: Role
    /// The job's name in the file.
    package var job: String
    /// The number of the row from 0; nil for a job without a matrix.
    package var row: Int?
    /// The axis that the command is for.
    package var axis: String?
    /// Which of the earlier plans of its run it goes by, as it had begun when the file was edited; nil is the newest. The run
    /// keeps it, not the part.
    package var version: Int?

    /// A part of the job `job`.
    package init(_ role: Role, of job: String, row: Int? = nil, axis: String? = nil) {
        self.role = role
        self.job = job
        self.row = row
        self.axis = axis
    }

    /// The place as JSON; `init(json:)` reads it back.
    package var json: JSONObject {
        var object: JSONObject = ["role": .string(role.rawValue), "job": .string(job)]
        object["row"] = row.map { .integer(Int64($0)) }
        object["axis"] = axis.map { .string($0) }
        return object
    }

    /// Reads what `json` wrote; nil when it is something else.
    package init?(json value: JSONValue) {
        guard let role = value["role"]?.string.flatMap(Role.init), let job = value["job"]?.string else { return nil }
        self.init(role, of: job, row: value["row"]?.integer.map { Int($0) }, axis: value["axis"]?.string)
    }
}

extension RetryPolicy {
    /// The policy as JSON, without its attempts.
    var json: JSONObject {
        [
            "delay_ms": .milliseconds(backoff.delay), "factor": .number(backoff.factor),
            "max_ms": .milliseconds(backoff.maximum), "jitter": .number(backoff.jitter),
            "park_ms": .milliseconds(longestPark),
            "when": .array(classes.map(\.rawValue).sorted().map { .string($0) }),
        ]
    }

    /// Reads what `json` wrote.
    init(json value: JSONValue?, attempts: Int) {
        var backoff = Backoff()
        backoff.delay = value?["delay_ms"]?.duration ?? backoff.delay
        backoff.factor = value?["factor"]?.number ?? backoff.factor
        backoff.maximum = value?["max_ms"]?.duration ?? backoff.maximum
        backoff.jitter = value?["jitter"]?.number ?? backoff.jitter
        self.init(attempts: attempts, backoff: backoff)
        longestPark = value?["park_ms"]?.duration ?? longestPark
        if let words = value?["when"]?.array {
            classes = Set(words.compactMap { $0.string.flatMap(FailureClass.init) })
        }
    }
}
