package import Model

/// One run as it is stored, with the counts of its jobs.
package struct RunRow: Sendable, Hashable {
    /// Grows with time; identifiers do not.
    package var row: Int64
    package var id: Identifier
    package var kind: String
    package var name: String?
    package var question: String?
    package var project: String?
    package var key: String?
    package var state: RunState
    package var spec: String
    package var owner: Identifier?
    /// The exit status that the run ended with.
    package var exit: Int32?
    /// What was made of all answers, as the coordinator wrote it; until the run is over, why it is being stopped.
    package var outcome: String?
    package var cancelRequestedAt: Timestamp?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    /// Number of jobs by state.
    package var jobs: [JobState: Int]
    /// All tokens and money of the run's sessions.
    package var usage: UsageSum
}

/// One job as it is stored.
package struct JobRow: Sendable, Hashable {
    package var row: Int64
    package var id: Identifier
    package var run: Identifier
    package var runName: String?
    package var position: Int
    package var kind: String
    package var module: String?
    package var path: String?
    package var key: String?
    package var state: JobState
    package var priority: Int
    package var pool: String?
    package var attempts: Int
    package var maxAttempts: Int
    package var dependencies: [Identifier]
    package var thread: Identifier?
    package var message: Identifier?
    package var spec: String
    package var failureClass: FailureClass?
    package var failure: String?
    /// A waiting job is not started before this moment.
    package var notBefore: Timestamp?
    package var cancelRequestedAt: Timestamp?
    /// Attempts that count against the retries: those that a provider postponed do not.
    package var tries: Int
    /// Since when a person holds it.
    package var heldAt: Timestamp?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
}

/// One session as it is stored.
package struct SessionRow: Sendable, Hashable {
    package var row: Int64
    package var id: Identifier
    package var job: Identifier
    package var run: Identifier
    package var runName: String?
    package var thread: Identifier?
    package var message: Identifier?
    package var module: String?
    package var attempt: Int
    package var maxAttempts: Int
    package var provider: String
    package var model: String?
    package var providerSession: String?
    package var state: SessionState
    /// True when the session goes on while no living coordinator follows it.
    package var isOrphaned: Bool
    package var workingDirectory: String
    package var folder: String
    /// How its provider was defined when it began, as JSON; it holds no secret.
    package var definition: String
    /// The version of the dialect that read what is stored of it.
    package var dialectVersion: Int
    package var owner: Identifier
    package var epoch: Int64
    package var host: HostRecord?
    /// Bytes of the spool whose events are stored.
    package var offset: Int64
    /// The newest event of the session, at most a second old.
    package var lastEvent: Int64
    /// Events of the session have larger numbers than this.
    package var firstEvent: Int64
    package var exit: ExitRecord?
    /// `tutti` when Tutti ended the process after a whole success.
    package var endedBy: String?
    package var failureClass: FailureClass?
    package var failure: String?
    /// The structured answer as JSON text; nil where the provider gave none.
    package var structuredOutput: String?
    /// What it is at, in a few words, at most a second old.
    package var activity: String?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var firstTokenAt: Timestamp?
    package var endedAt: Timestamp?
    package var usage: UsageSum
}

/// One message as it is stored.
package struct MessageRow: Sendable, Hashable {
    package var row: Int64
    package var id: Identifier
    package var thread: Identifier
    package var run: Identifier?
    package var job: Identifier?
    package var session: Identifier?
    package var module: String?
    package var role: MessageRole
    package var status: MessageStatus
    package var turn: Int
    /// The whole text, or what there is of it so far.
    package var content: String
    package var errorClass: FailureClass?
    package var error: String?
    /// JSON of the tokens and money, once it is over.
    package var usage: String?
    package var createdAt: Timestamp
    package var completedAt: Timestamp?
}

/// One thread as it is stored.
package struct ThreadRow: Sendable, Hashable {
    package var row: Int64
    package var id: Identifier
    package var module: String?
    package var project: String?
    package var title: String?
    package var createdAt: Timestamp
    package var messages: Int
}

/// One coordinator as it is stored.
package struct CoordinatorRow: Sendable, Hashable {
    package var id: Identifier
    package var epoch: Int64
    package var pid: Int32
    /// What it is: `ask`, `serve`, `recover`, …
    package var kind: String
    package var startedAt: Timestamp
    /// For people only: its age proves nothing.
    package var heartbeat: Timestamp
    /// When it gave its work back or lost it.
    package var endedAt: Timestamp?
    /// True while its lock file is held, which is the only proof of life.
    package var isAlive: Bool
}

/// A finished piece of a session: a block of text, a tool call, a table, a chart, a prompt.
package struct BlockRow: Sendable, Hashable {
    package var row: Int64
    package var session: Identifier?
    package var message: Identifier?
    /// `prompt`, `text`, `tool`, `table`, `chart`, `metric`.
    package var kind: String
    /// The block's or the tool call's own name in the stream.
    package var key: String?
    /// The tool's name.
    package var name: String?
    /// JSON of the tool's input.
    package var input: String?
    /// The text, the tool's output, or the figure's JSON.
    package var text: String?
    package var isError: Bool
    package var startedAt: Timestamp
    /// Nil while a tool is at work.
    package var endedAt: Timestamp?
}

/// Tokens and money summed up; the cost is known only in part when something had no price.
package struct UsageSum: Sendable, Hashable {
    /// The sum; `usage.cost` is nil when any part of it has no price.
    package var usage: Usage
    /// The money of those parts that have a price.
    package var knownCost: Money
    /// Something in the sum has no price.
    package var hasUnknownCost: Bool

    /// A sum of these parts.
    package init(usage: Usage, knownCost: Money, hasUnknownCost: Bool) {
        self.usage = usage
        self.knownCost = knownCost
        self.hasUnknownCost = hasUnknownCost
    }

    /// Nothing.
    package static let zero = UsageSum(usage: Usage(cost: .zero), knownCost: .zero, hasUnknownCost: false)

    /// Both together; the cost is unknown when either is.
    package static func + (left: UsageSum, right: UsageSum) -> UsageSum {
        UsageSum(
            usage: left.usage + right.usage, knownCost: left.knownCost + right.knownCost,
            hasUnknownCost: left.hasUnknownCost || right.hasUnknownCost)
    }
}
