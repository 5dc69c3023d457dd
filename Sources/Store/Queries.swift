package import Model

/// Which runs, jobs, sessions or messages are wanted. Empty sets and nils ask for everything.
package struct ListFilter: Sendable, Hashable {
    /// Words of states: of the kind that is listed.
    package var states: Set<String> = []
    package var modules: Set<String> = []
    package var runs: Set<Identifier> = []
    package var jobs: Set<Identifier> = []
    package var since: Timestamp?
    /// Only what is not over yet.
    package var unfinishedOnly = false
    /// At most so many, the newest first.
    package var limit: Int = 100

    /// A filter that lets everything through.
    package init() {}
}

/// What an identifier on the command line names.
package enum Named: Sendable, Hashable {
    case run(Identifier)
    case job(Identifier)
    case session(Identifier)
    case thread(Identifier)
    case message(Identifier)

    /// The identifier itself.
    package var id: Identifier {
        switch self {
        case .run(let id), .job(let id), .session(let id), .thread(let id), .message(let id): id
        }
    }

    /// `run`, `job`, `session`, `thread` or `message`.
    package var kind: String {
        switch self {
        case .run: "run"
        case .job: "job"
        case .session: "session"
        case .thread: "thread"
        case .message: "message"
        }
    }
}

/// A run with all that belongs to it.
package struct RunDetail: Sendable, Hashable {
    package var run: RunRow
    package var jobs: [JobRow]
    package var sessions: [SessionRow]
    package var messages: [MessageRow]
}

/// A session with the pieces of its answer.
package struct SessionDetail: Sendable, Hashable {
    package var session: SessionRow
    package var job: JobRow
    package var messages: [MessageRow]
    package var blocks: [BlockRow]
    package var usage: [ModelUsage]
}

/// The numbers above the table of `ps`.
package struct StoreCounts: Sendable, Hashable {
    package var queued = 0
    package var running = 0
    package var needsInput = 0
    /// Jobs that failed since the moment asked for.
    package var failed = 0
    /// Messages that are being streamed.
    package var processing = 0
    /// Tokens and money since the moment asked for.
    package var usage = UsageSum.zero

    /// No work at all.
    package init() {}
}

/// Which events are wanted. Empty sets ask for everything.
package struct EventFilter: Sendable, Hashable {
    package var types: Set<EventType> = []
    package var runs: Set<Identifier> = []
    package var jobs: Set<Identifier> = []
    package var sessions: Set<Identifier> = []

    /// A filter that lets everything through.
    package init() {}
}

/// One stored event, as cheap to print as to read.
package struct StoredEvent: Sendable, Hashable {
    package var sequence: Int64
    package var time: Timestamp
    package var type: EventType
    package var run: Identifier?
    package var job: Identifier?
    package var session: Identifier?
    package var module: String?
    /// The event's data as a JSON object.
    package var data: String
    package var offset: Int64?
}

/// Events after a cursor.
package struct EventPage: Sendable, Hashable {
    package var events: [StoredEvent]
    /// The cursor to go on from: everything up to here was looked at.
    package var next: Int64
    /// Set when events between the cursor and the oldest kept one are gone: the first number that is still there.
    package var gapUntil: Int64?
    /// The newest event of the log.
    package var newest: Int64
}

/// A search as a person types it.
package struct SearchQuery: Sendable, Hashable {
    package var text: String
    /// True for FTS5's own syntax; plain text otherwise, which never is an error.
    package var isSyntax = false
    package var modules: Set<String> = []
    package var runs: Set<Identifier> = []
    package var roles: Set<MessageRole> = []
    /// States of the sessions: `running`, `failed`, …
    package var states: Set<String> = []
    package var since: Timestamp?
    package var limit = 20

    /// A plain search for all words of `text`.
    package init(_ text: String) { self.text = text }
}

/// One place where a search found something.
package struct SearchHit: Sendable, Hashable {
    package var session: Identifier?
    package var job: Identifier?
    package var run: Identifier?
    package var runName: String?
    package var thread: Identifier?
    package var message: Identifier?
    package var module: String?
    package var role: MessageRole
    /// `prompt`, `text`, `tool`, `table`, …
    package var kind: String
    /// The tool's name.
    package var name: String?
    /// A few words around the place, with the found ones in « ».
    package var snippet: String
    package var time: Timestamp
    /// True when the text is still being streamed.
    package var isLive: Bool
}

/// What usage is summed by.
package enum UsageGrouping: String, Sendable, CaseIterable {
    case module, model, run, day, session
}

/// Tokens and money of one group.
package struct UsageRow: Sendable, Hashable {
    /// The module's or model's name, the identifier of the run or session, or the day as `2026-11-21` (UTC).
    package var key: String?
    /// A run's own name.
    package var name: String?
    package var sum: UsageSum
    package var sessions: Int
}
