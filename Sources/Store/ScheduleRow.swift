package import Model

/// What a schedule is: which batch, and when.
package struct ScheduleDraft: Sendable, Hashable {
    /// Who wrote down when it happens.
    package enum Origin: String, Sendable {
        /// An entry of the batch file.
        case file
        /// Somebody, on the command line.
        case command
    }

    package var id: Identifier
    /// Unique in the store.
    package var name: String
    /// The batch file, absolute.
    package var file: String
    /// The folder that it was added from, where settings are looked for.
    package var directory: String
    /// The file that `--config` named.
    package var configFile: String?
    package var origin: Origin
    package var cron: String
    /// Nil is the machine's.
    package var timeZone: String?
    package var overlap: String
    package var catchUp: String
    /// Nil is no limit.
    package var grace: Duration?
    package var jitter: Duration
    /// What it gives to inputs, by their types.
    package var inputs: JSONObject
    /// The files that its runs act on, with their SHA-256 at the time when a person added it.
    package var trusted: [String: String]
    package var createdAt: Timestamp

    /// A schedule of these parts.
    package init(
        id: Identifier = .random(), name: String, file: String, directory: String, configFile: String? = nil,
        origin: Origin, cron: String, timeZone: String? = nil, overlap: String = "skip", catchUp: String = "latest",
        grace: Duration? = nil, jitter: Duration = .zero, inputs: JSONObject = [:], trusted: [String: String] = [:],
        createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.file = file
        self.directory = directory
        self.configFile = configFile
        self.origin = origin
        self.cron = cron
        self.timeZone = timeZone
        self.overlap = overlap
        self.catchUp = catchUp
        self.grace = grace
        self.jitter = jitter
        self.inputs = inputs
        self.trusted = trusted
        self.createdAt = createdAt
    }
}

/// One schedule as it is stored: what it is, and how far it has come.
package struct ScheduleRow: Sendable, Hashable {
    package var draft: ScheduleDraft
    package var place: SchedulePlace
    /// Its newest run, with that run's occurrence; without one when a person started it.
    package var run: Identifier?
    package var runState: RunState?
    package var fired: Timestamp?
    /// Why its last occurrence did not become a run, and since when.
    package var trouble: String?
    package var troubleAt: Timestamp?

    package var id: Identifier { draft.id }
    package var name: String { draft.name }

    /// What the keys of its runs begin with; nothing else does.
    package var keyPrefix: String { ScheduleRow.keyPrefix(of: id) }

    /// What the keys of a schedule's runs begin with.
    package static func keyPrefix(of id: Identifier) -> String { "schedule:\(id.text):" }
}

/// How far a schedule has come: everything up to `last` was dealt with, but for the one that waits.
package struct SchedulePlace: Sendable, Hashable {
    package var last: Timestamp
    /// The occurrence that waits for the end of the run before.
    package var waiting: Timestamp?

    /// A place of these parts.
    package init(last: Timestamp, waiting: Timestamp? = nil) {
        self.last = last
        self.waiting = waiting
    }
}
