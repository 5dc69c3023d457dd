/// Why a session did not succeed, in the words that retries and people decide by.
package enum FailureClass: String, Sendable, CaseIterable, Codable {
    // From the provider.
    case auth, quota
    case rateLimit = "rate_limit"
    case overload
    case serverError = "server_error"
    case network, billing
    case invalidRequest = "invalid_request"
    case contextTooLong = "context_too_long"
    case refusal
    case outputLimit = "output_limit"
    case turnLimit = "turn_limit"
    case structuredOutput = "structured_output"
    case noResult = "no_result"
    case protocolError = "protocol"
    // From the process.
    case startFailed = "start_failed"
    case crash, lost
    case neverStarted = "never_started"
    case spoolFull = "spool_full"
    case spoolTruncated = "spool_truncated"
    case oversize
    // From Tutti.
    case startTimeout = "start_timeout"
    case firstByteTimeout = "first_byte_timeout"
    case idleTimeout = "idle_timeout"
    case totalTimeout = "total_timeout"
    case queueTimeout = "queue_timeout"
    case orphanTimeout = "orphan_timeout"
    case budget
    case storeFull = "store_full"
    case verifyFailed = "verify_failed"
    case cancelled

    /// What Tutti does by itself about a failure of this class.
    package enum Reaction: String, Sendable {
        /// Try again after a growing delay.
        case retry
        /// Wait for the provider's own time, then try again.
        case park
        /// Queue it again as if the attempt had never been: nothing ran, so nothing is counted.
        case requeue
        /// Give up: another try would end the same way, or only a person may decide about it.
        case fail
    }

    /// What Tutti does by itself about this class.
    package var reaction: Reaction {
        switch self {
        case .rateLimit, .overload, .serverError, .network, .crash, .lost, .startTimeout, .firstByteTimeout,
            .idleTimeout, .noResult, .structuredOutput:
            .retry
        case .quota: .park
        case .neverStarted: .requeue
        default: .fail
        }
    }

    /// What a person can do about this class, as one sentence without a final stop.
    ///
    /// `ID` in it stands for what failed: see ``advice(on:)``.
    package var advice: String {
        switch self {
        case .auth: "sign in to the provider (or set its key) and retry; see: tutti doctor"
        case .quota: "wait until the provider's limit resets, or use another provider with --provider"
        case .rateLimit: "lower -j, or retry in a while"
        case .overload, .serverError: "the provider has trouble; retry in a while"
        case .network: "check the network and the provider's address, then retry"
        case .billing: "the provider's account has no credit; add some, then retry"
        case .invalidRequest: "read the message, change the question or the provider's settings, then retry"
        case .contextTooLong: "ask a shorter question or attach less"
        case .refusal: "the model declined; rephrase the question"
        case .outputLimit: "ask for a shorter answer"
        case .turnLimit: "raise the provider's turn limit, or ask for less"
        case .structuredOutput: "the answer did not fit the schema; simplify it or retry"
        case .noResult:
            "the provider ended without a result; see its output: tutti logs --raw ID, tutti logs --stderr ID"
        case .protocolError: "the provider printed what Tutti does not know; see: tutti logs --raw ID"
        case .startFailed: "mend what it names; of the provider's command see: tutti provider ls, tutti doctor"
        case .crash: "see what it printed: tutti logs --stderr ID"
        case .lost: "its host process was killed; retry"
        case .neverStarted: "nothing was asked and nothing was paid; it is started again by itself"
        case .spoolFull: "free disk space, then retry"
        case .spoolTruncated: "something shortened the recording; retry"
        case .oversize: "the output passed its limit; raise `limits.spool`, or ask for less"
        case .startTimeout, .firstByteTimeout: "the provider did not begin to answer; see: tutti logs --stderr ID"
        case .idleTimeout: "the provider fell silent; raise `timeout.idle`, or retry"
        case .totalTimeout:
            "allow more time: tutti retry ID --timeout TIME (or --deadline TIME for all of its run), or ask for less"
        case .queueTimeout: "raise the queue time-out or -j"
        case .orphanTimeout: "it may have been paid for, so only you ask again: tutti retry ID; see: tutti logs ID"
        case .budget:
            "allow more in all: tutti retry ID --max-cost DOLLARS (or --max-sessions, --max-tokens, --max-time)"
        case .storeFull: "free disk space where the store lies, then retry"
        case .verifyFailed: "see what the check printed"
        case .cancelled: "run it again with: tutti retry ID"
        }
    }

    /// The same with the identifier of what failed, to be typed as it is.
    package func advice(on id: String) -> String { advice.replacing(" ID", with: " " + id) }
}

/// One failure: its class and what was seen.
package struct Failure: Sendable, Hashable, Codable {
    /// Decides what is done about it.
    package var `class`: FailureClass
    /// What was tried and what the provider or the system said, for a person.
    package var message: String
    /// The provider's own wish, when it named one: seconds from the failure until another try makes sense. Not negative, and
    /// at most some thirty years.
    package var retryAfterSeconds: Double?
    /// The HTTP status that the provider reported.
    package var httpStatus: Int?

    /// A failure of this class.
    package init(
        _ class: FailureClass, _ message: String, retryAfterSeconds: Double? = nil, httpStatus: Int? = nil
    ) {
        self.class = `class`
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds.map { min(max(0, $0), 1e9) }
        self.httpStatus = httpStatus
    }
}
