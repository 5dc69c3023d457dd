/// The exit statuses of the command line, which are also the `exit` field of JSON output.
package enum ExitCode: Int32, Sendable, CaseIterable {
    case success = 0
    /// Finished, at least one session failed.
    case someFailed = 1
    /// Some results, but fewer than asked for.
    case quorumMissed = 2
    case timedOut = 3
    /// Somebody must answer and nobody can.
    case needsInput = 4
    case cancelledByOther = 5
    case budget = 6
    case usage = 64
    case badInput = 65
    /// No such run, session, module or file.
    case notFound = 66
    case providerUnavailable = 69
    case internalError = 70
    case cannotCreate = 73
    /// The store cannot be read or written, or its disk is full.
    case storeFailed = 74
    case tryAgain = 75
    case protocolUnknown = 76
    /// Not trusted, or no permission.
    case notAllowed = 77
    case badConfiguration = 78
    case interrupted = 130
    case brokenPipe = 141
    case terminated = 143
}

/// An error for the person who must act: what was tried, on what, what the system said, and what to do next.
package struct TuttiError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Decides the exit status.
    package var code: ExitCode
    /// What was tried, on what, and what was answered; one or more lines.
    package var message: String
    /// What the person can do next.
    package var hint: String

    /// An error with its way out.
    package init(_ code: ExitCode, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message)\n  \(hint)" }
}
