package import Model
package import Settings

/// One time at which a batch runs by itself.
package struct ScheduleDeclaration: Sendable {
    /// What happens when the run before still goes.
    package enum Overlap: String, Sendable {
        case skip, queue, replace
    }

    /// Which of the times that passed are made up for.
    package enum CatchUp: String, Sendable {
        case none, latest, all
    }

    /// Five fields, checked.
    package var cron: String
    /// A name such as `Europe/Zurich`; nil is the machine's zone.
    package var timeZone: String?
    /// What happens when the run before still goes.
    package var overlap: Overlap
    /// Which of the times that passed while nobody was there are made up for.
    package var catchUp: CatchUp
    /// How late a run may begin; nil is no limit.
    package var grace: Duration?
    /// The most by which a run begins later than its time, at random; zero begins on time.
    package var jitter: Duration
    /// What it gives to inputs, by their types.
    package var given: JSONObject
    /// Where the entry stands.
    package var position: ConfigPosition

    init(_ value: BatchValue, given: JSONObject) {
        cron = value["cron"]?.text ?? ""
        timeZone = value["timezone"]?.text
        overlap = value["overlap"]?.text.flatMap(Overlap.init) ?? .skip
        catchUp = value["catch_up"]?.text.flatMap(CatchUp.init) ?? .latest
        grace = value["grace"]?.text.flatMap(Quantity.duration)
        jitter = value["jitter"]?.text.flatMap(Quantity.duration) ?? .zero
        self.given = given
        position = value.position
    }

    /// As it stands in the file.
    var json: JSONValue {
        var object: JSONObject = [
            "cron": .string(cron), "overlap": .string(overlap.rawValue), "catch_up": .string(catchUp.rawValue),
            "jitter": .string(Quantity.text(jitter)), "inputs": .object(given),
        ]
        if let timeZone { object["timezone"] = .string(timeZone) }
        if let grace { object["grace"] = .string(Quantity.text(grace)) }
        return .object(object)
    }
}

extension BatchFile {
    /// The value of every input in a run of `schedule`: what it gives, else the defaults.
    package func inputValues(of schedule: ScheduleDeclaration) -> JSONObject {
        JSONObject(inputs.map { ($0.name, schedule.given[$0.name] ?? $0.fallback ?? .null) })
    }
}
