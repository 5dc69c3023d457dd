package import Model
package import Providers

/// Everything that one session needs to be started, or to be followed by a coordinator that did not start it.
package struct SessionPlan: Sendable {
    package var id: Identifier
    /// The session's own folder. It is made by the start (0700); its parent must exist.
    package var folder: String
    /// Who is asked: how it is ended, and what its output means.
    package var definition: ProviderDefinition
    package var launch: Launch
    /// Where the provider works: the module's path.
    package var workingDirectory: String
    package var limits: SessionLimits
    /// The epoch of the coordinator; a host obeys only the highest that it has seen.
    package var epoch: Int64
    /// The folder of the coordinators' locks.
    package var locks: String
    /// The path of the store, for `tutti recover`.
    package var store: String
    /// The path of the tutti executable.
    package var tutti: String
    /// The path of the tutti-host executable; see ``HostExecutable/find(environment:executable:)``.
    package var host: String
    /// `TUTTI_SESSION` (always set, whatever stands here), `TUTTI_RUN`, `TUTTI_MODULE`, `TUTTI_DEPTH`.
    package var extraEnvironment: [String: String]
    /// True when the provider's standard input stays open for more messages: the session then does not end by itself after
    /// its result, but with ``SessionSupervisor/send(_:stdin:close:)`` or ``SessionSupervisor/end(_:cause:)``.
    package var keepsInputOpen: Bool
    /// What had been counted of the provider's own session that is gone on with; nil where one begins.
    package var countedUsage: Usage?
    /// True when the outcome must have the answer's text, which the slices hold too.
    package var keepsAnswer: Bool

    /// A plan of these parts.
    package init(
        id: Identifier, folder: String, definition: ProviderDefinition, launch: Launch, workingDirectory: String,
        limits: SessionLimits = SessionLimits(), epoch: Int64, locks: String, store: String, tutti: String,
        host: String, extraEnvironment: [String: String] = [:], keepsInputOpen: Bool = false,
        countedUsage: Usage? = nil, keepsAnswer: Bool = true
    ) {
        self.id = id
        self.folder = folder
        self.definition = definition
        self.launch = launch
        self.workingDirectory = workingDirectory
        self.limits = limits
        self.epoch = epoch
        self.locks = locks
        self.store = store
        self.tutti = tutti
        self.host = host
        self.extraEnvironment = extraEnvironment
        self.keepsInputOpen = keepsInputOpen
        self.countedUsage = countedUsage
        self.keepsAnswer = keepsAnswer
    }
}

/// How long a session may take for what, and how much it may write. Nil is no limit.
package struct SessionLimits: Sendable, Hashable {
    /// From the start of the host until it says that the provider runs.
    package var startup: Duration?
    /// From then until the provider's first byte.
    package var firstByte: Duration?
    /// Silence that nothing excuses.
    package var idle: Duration?
    /// Silence while a tool runs.
    package var toolIdle: Duration?
    /// From the provider's start to its end.
    package var total: Duration?
    /// From the result (or the last word after it) until the provider is ended, when no background task is open.
    package var afterResult: Duration?
    /// The same while background tasks are open.
    package var backgroundWait: Duration?
    /// From the first rung of the ladder to the last at most; and again as long until what is left then is killed without
    /// the host's help.
    package var grace: Duration?
    /// How long the host goes on when no coordinator lives.
    package var orphan: Duration?
    /// The most that the spool may hold; 0 is no limit.
    package var spoolBytes: Int64

    /// Limits that suit a coding agent with a person waiting.
    package init(
        startup: Duration? = .seconds(30), firstByte: Duration? = .seconds(60), idle: Duration? = .seconds(330),
        toolIdle: Duration? = .seconds(1800), total: Duration? = nil, afterResult: Duration? = .seconds(10),
        backgroundWait: Duration? = .seconds(600), grace: Duration? = .seconds(10),
        orphan: Duration? = .seconds(3600), spoolBytes: Int64 = 0
    ) {
        self.startup = startup
        self.firstByte = firstByte
        self.idle = idle
        self.toolIdle = toolIdle
        self.total = total
        self.afterResult = afterResult
        self.backgroundWait = backgroundWait
        self.grace = grace
        self.orphan = orphan
        self.spoolBytes = spoolBytes
    }
}

/// What the record says of a session that is followed by another coordinator than the one that started it.
package struct AttachedStanding: Sendable, Hashable {
    /// Events of the spool's bytes up to here are recorded.
    package var offset: Int64
    /// The record names a host: the provider was started, whatever the session's folder says now.
    package var wasStarted: Bool
    /// Why the session was being ended, when it was.
    package var ending: FailureClass?

    /// A standing of these parts.
    package init(offset: Int64, wasStarted: Bool = false, ending: FailureClass? = nil) {
        self.offset = offset
        self.wasStarted = wasStarted
        self.ending = ending
    }
}
