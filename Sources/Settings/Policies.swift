package import Model

/// How long a session may take over each of its steps; nil is no limit.
package struct TimeoutSettings: Sendable, Hashable {
    /// Until the provider process runs.
    package var startup: Duration?
    /// Until it prints its first byte.
    package var firstByte: Duration?
    /// Silence while no tool runs.
    package var idle: Duration?
    /// Silence while a tool runs.
    package var tool: Duration?
    /// The whole session.
    package var total: Duration?
    /// Between the result and the end of the process, when no background task is open.
    package var afterResult: Duration?
    /// Between the result and the end of its background tasks.
    package var background: Duration?

    /// Time-outs of these lengths.
    package init(
        startup: Duration? = .seconds(60), firstByte: Duration? = .seconds(120), idle: Duration? = .seconds(300),
        tool: Duration? = .seconds(1800), total: Duration? = .seconds(1800), afterResult: Duration? = .seconds(10),
        background: Duration? = .seconds(600)
    ) {
        self.startup = startup
        self.firstByte = firstByte
        self.idle = idle
        self.tool = tool
        self.total = total
        self.afterResult = afterResult
        self.background = background
    }
}

/// When and how often a failed session is tried again.
package struct RetrySettings: Sendable, Hashable {
    /// How the delay grows from attempt to attempt.
    package enum Function: String, Sendable, CaseIterable {
        case constant, linear, exponential
    }

    /// Attempts in all, the first one included.
    package var attempts: Int
    /// Before the second attempt.
    package var delay: Duration
    /// No delay grows over this.
    package var maxDelay: Duration
    /// How the delays grow from one attempt to the next.
    package var function: Function
    /// Each delay is changed at random by up to this part of itself, 0 to 1.
    package var jitter: Double
    /// The failures that are worth another attempt.
    package var when: Set<FailureClass>

    /// A policy of these values.
    package init(
        attempts: Int = 3, delay: Duration = .seconds(2), maxDelay: Duration = .seconds(300),
        function: Function = .exponential, jitter: Double = 0.2, when: Set<FailureClass> = RetrySettings.usual
    ) {
        self.attempts = attempts
        self.delay = delay
        self.maxDelay = maxDelay
        self.function = function
        self.jitter = jitter
        self.when = when
    }

    /// The classes that Tutti retries by itself.
    package static let usual = Set(FailureClass.allCases.filter { $0.reaction == .retry })
}

/// Bounds that protect the machine.
package struct LimitSettings: Sendable, Hashable {
    /// The most sessions at one time, whatever `jobs` or `-j` say.
    package var jobs: Int
    /// How deep agents may ask agents.
    package var depth: Int
    /// Memory in bytes that stays free: no session starts that is likely to take of it.
    package var memory: Int64
    /// No session starts while the disk of the spools has less than this.
    package var diskFloor: Int64
    /// A session whose recording grows over this is ended.
    package var spool: Int64
    /// No session starts while the recorder is this many bytes behind.
    package var lag: Int64
    /// A host whose coordinators are all gone ends its session after this; nil is never.
    package var orphan: Duration?
    /// From "please end" to "killed".
    package var grace: Duration

    /// Limits of these values.
    package init(
        jobs: Int = 1000, depth: Int = 3, memory: Int64 = 256 << 20, diskFloor: Int64 = 512 << 20,
        spool: Int64 = 1 << 30,
        lag: Int64 = 64 << 20, orphan: Duration? = .seconds(600), grace: Duration = .seconds(10)
    ) {
        self.jobs = jobs
        self.depth = depth
        self.memory = memory
        self.diskFloor = diskFloor
        self.spool = spool
        self.lag = lag
        self.orphan = orphan
        self.grace = grace
    }
}
