/// The record of how a provider process ended, written by its host once the whole tree was gone.
package struct ExitRecord: Sendable, Hashable, Codable {
    /// The exit status, nil when a signal ended it.
    package var status: Int32?
    /// The signal that ended it, nil when it exited.
    package var signal: Int32?
    package var coreDumped: Bool
    /// Length of the spool in bytes after the tree was empty.
    package var spoolLength: Int64
    /// Who began the ending, when it was not the provider itself: `total_timeout`, `orphan_timeout`, `spool_size`,
    /// `spool_full`, `request` (a coordinator asked the host), nil otherwise.
    package var endedBy: String?
    /// The system's word when the provider could not be started (`endedBy` is then `start_failed`).
    package var startError: String?
    /// Processor time of the tree in milliseconds, and peak memory in KiB.
    package var userMilliseconds: Int64
    package var systemMilliseconds: Int64
    package var maxResidentKiB: Int64
    /// Wall clock, for people.
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    /// From start to end by the monotonic clock, in milliseconds.
    package var durationMilliseconds: Int64
    /// How many processes of the tree were left when the provider itself had ended, and were ended by the host.
    package var leftovers: Int

    /// A record of these readings.
    package init(
        status: Int32?, signal: Int32?, coreDumped: Bool = false, spoolLength: Int64, endedBy: String? = nil,
        startError: String? = nil, userMilliseconds: Int64 = 0, systemMilliseconds: Int64 = 0,
        maxResidentKiB: Int64 = 0, startedAt: Timestamp, endedAt: Timestamp, durationMilliseconds: Int64 = 0,
        leftovers: Int = 0
    ) {
        self.status = status
        self.signal = signal
        self.coreDumped = coreDumped
        self.spoolLength = spoolLength
        self.endedBy = endedBy
        self.startError = startError
        self.userMilliseconds = userMilliseconds
        self.systemMilliseconds = systemMilliseconds
        self.maxResidentKiB = maxResidentKiB
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.durationMilliseconds = durationMilliseconds
        self.leftovers = leftovers
    }
}

/// What is known about a session's end when its dialect is asked for the verdict.
package struct Ending: Sendable, Hashable {
    /// Nil when the host died without leaving a record.
    package var exit: ExitRecord?
    /// The class that Tutti itself ended the session for (a time-out, a cancel, a budget), nil otherwise.
    package var cause: FailureClass?
    /// First and last 64 KiB of standard error.
    package var stderr: String

    /// An ending of these facts.
    package init(exit: ExitRecord?, cause: FailureClass? = nil, stderr: String = "") {
        self.exit = exit
        self.cause = cause
        self.stderr = stderr
    }
}

/// The verdict on a session.
package struct Outcome: Sendable, Hashable {
    /// `completed`, `failed`, `cancelled` or `lost`.
    package var state: SessionState
    /// Why it is not `completed`.
    package var failure: Failure?
    /// The answer to the question (turn 0): its complete blocks in order, or what was said before it was cut; empty where the
    /// stream was told not to keep it.
    package var text: String
    /// The answer as JSON when a schema was asked for.
    package var structuredOutput: String?
    /// `tutti` when Tutti ended the process after a whole success.
    package var endedBy: String?
    /// Bytes of lines that were too long to be read and may have been parts of the answer; 0 when it is whole.
    package var unreadBytes: Int64 = 0

    /// A verdict of these parts.
    package init(
        state: SessionState, failure: Failure? = nil, text: String = "", structuredOutput: String? = nil,
        endedBy: String? = nil
    ) {
        self.state = state
        self.failure = failure
        self.text = text
        self.structuredOutput = structuredOutput
        self.endedBy = endedBy
    }
}
