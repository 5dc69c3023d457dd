/// The types of events in the log, as every surface names them.
package enum EventType: String, Sendable, CaseIterable, Codable {
    case runStarted = "run.started"
    case runFinished = "run.finished"
    case jobQueued = "job.queued"
    case jobWaiting = "job.waiting"
    case jobParked = "job.parked"
    case jobSkipped = "job.skipped"
    case jobFinished = "job.finished"
    case sessionQueued = "session.queued"
    case sessionStarted = "session.started"
    case sessionFirstToken = "session.first_token"
    case sessionCompleted = "session.completed"
    case sessionFailed = "session.failed"
    case sessionCancelled = "session.cancelled"
    case sessionRetrying = "session.retrying"
    case sessionLost = "session.lost"
    case sessionOrphaned = "session.orphaned"
    case sessionAdopted = "session.adopted"
    case messageStarted = "message.started"
    case messageCompleted = "message.completed"
    case textDelta = "text.delta"
    case textReset = "text.reset"
    case textBlock = "text.block"
    case thinkingDelta = "thinking.delta"
    case toolStarted = "tool.started"
    case toolCompleted = "tool.completed"
    case table, chart, metric
    case planStep = "plan.step"
    case progress, usage
    case needsInput = "needs_input"
    case delivery, status, raw, gap, heartbeat, error
}

/// One row of the event log: what every live view, follower and replay reads.
package struct Event: Sendable, Hashable {
    /// The log's row id: the same number as an SSE `id` and `--from`. 0 before the commit.
    package var sequence: Int64
    package var time: Timestamp
    package var type: EventType
    package var run: Identifier?
    package var job: Identifier?
    package var session: Identifier?
    /// The module's name.
    package var module: String?
    /// What is particular to the type.
    package var data: JSONObject
    /// Where the event's bytes end in the session's spool; nil for events that come from no bytes.
    package var offset: Int64?

    /// An event of these parts.
    package init(
        sequence: Int64 = 0, time: Timestamp, type: EventType, run: Identifier? = nil, job: Identifier? = nil,
        session: Identifier? = nil, module: String? = nil, data: JSONObject = [:], offset: Int64? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.type = type
        self.run = run
        self.job = job
        self.session = session
        self.module = module
        self.data = data
        self.offset = offset
    }

    /// The names in an event's line that its data cannot have.
    package static let ownNames: Set<String> = ["v", "seq", "ts", "type", "run", "job", "session", "module"]

    /// The event as its JSON line: `v, seq, ts, type`, what it belongs to, then its data.
    ///
    /// Data can hold what a provider printed, so a member of it never takes the place of one of the event's own.
    package var json: JSONObject {
        var object: JSONObject = [
            "v": 1, "seq": .integer(sequence), "ts": .string(time.iso8601), "type": .string(type.rawValue),
        ]
        if let run { object["run"] = .string(run.text) }
        if let job { object["job"] = .string(job.text) }
        if let session { object["session"] = .string(session.text) }
        if let module { object["module"] = .string(module) }
        for member in data.members where object[member.key] == nil { object[member.key] = member.value }
        return object
    }
}
