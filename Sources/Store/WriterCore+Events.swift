internal import GRDB
internal import Model

/// The log.
extension WriterCore {
    /// Adds a row to the log and returns its number.
    func log(
        _ type: EventType, at time: Timestamp, run: Int64? = nil, job: Int64? = nil, session: Int64? = nil,
        block: Int64? = nil, offset: Int64? = nil, data: String?
    ) throws -> Int64 {
        let row = EventInsert.Row(
            at: time.milliseconds, type: Int64(type.number), run: run, job: job, session: session, block: block,
            offset: offset)
        guard var data else { return try insert(row, data: nil) }
        return try data.withUTF8 { try insert(row, data: $0) }
    }

    /// The same for an event of identifiers.
    func log(_ event: Event) throws -> Int64 {
        var data = event.data
        var run: Int64?
        var job: Int64?
        var session: Int64?
        if let id = event.session {
            session = try trackRows[id] ?? row(id, in: "sessions", kind: "session")
        } else if let id = event.job {
            job = try row(id, in: "jobs", kind: "job")
        } else {
            if let id = event.run { run = try row(id, in: "runs", kind: "run") }
            if let module = event.module { data["module"] = .string(module) }
        }
        let number = try log(
            event.type, at: event.time, run: run, job: job, session: session, offset: event.offset, data: data.text)
        if let session, let track = tracks[session] {
            touched.insert(session)
            track.event = number
            track.offset = max(track.offset, event.offset ?? 0)
            try queueSave(track)
        }
        return number
    }
}

/// The data of the events that are written most, put together without an intermediate value.
enum EventData {
    /// Appends `{"block":…,"text":…}`.
    static func write(_ block: BlockKey, _ text: String, follows: Bool = false, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"block\":".utf8)
        // The key's text is put together here: as a string of its own it was made for every delta.
        JSONValue.write(block.message, to: &bytes)
        bytes.removeLast()
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: String(block.index).utf8)
        bytes.append(contentsOf: "\",\"text\":".utf8)
        JSONValue.write(text, to: &bytes)
        if follows { bytes.append(contentsOf: ",\"follows\":true".utf8) }
        bytes.append(UInt8(ascii: "}"))
    }

    /// What a usage event says: the increments by model, and the provider's own running sums where it states them.
    static func usage(_ report: UsageReport) -> String {
        var object: JSONObject = ["increments": .array(report.increments.map { .object(json($0)) })]
        if !report.stated.isEmpty { object["stated"] = .array(report.stated.map { .object(json($0)) }) }
        return object.text
    }

    /// One model's tokens and money; the cost is null when it is unknown.
    static func json(_ usage: ModelUsage) -> JSONObject {
        var object: JSONObject = ["model": .optional(usage.model)]
        let counts = usage.usage
        object["input"] = .integer(counts.input)
        object["cache_read"] = .integer(counts.cacheRead)
        object["cache_write"] = .integer(counts.cacheWrite)
        object["output"] = .integer(counts.output)
        object["reasoning"] = .integer(counts.reasoning)
        object["cost"] = .optional(counts.cost?.dollars)
        object["cost_micros"] = .optional(counts.cost?.micros)
        return object
    }
}
