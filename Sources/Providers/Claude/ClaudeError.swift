import Model
import StreamJSON

/// What claude says of one failure, in its error line and in its result.
struct ClaudeError: Sendable {
    var error: String?
    var apiError: String?
    var apiErrorType: String?
    var status: Int?
    var message: String
    /// When the line was written, in seconds since 1970.
    var writtenAt: Double?

    init(_ line: JSONMembers, message: String) {
        error = line["error"]?.string
        apiError = line["api_error"]?.string
        apiErrorType = line["api_error_type"]?.string
        status = line["api_error_status"]?.integer.flatMap { Int(exactly: $0) }
        writtenAt = line["timestamp"]?.string.flatMap(ClaudeRejection.seconds)
        self.message = message
    }

    /// The class that the error line's own word names, where it does not mislead.
    static func ofWord(_ word: String?) -> FailureClass? {
        switch word {
        case "authentication_failed"?, "oauth_org_not_allowed"?, "account_on_hold"?, "verification_required"?,
            "cloud_credential_error"?:
            .auth
        case "billing_error"?: .billing
        case "rate_limit"?: .rateLimit
        case "overloaded"?: .overload
        case "model_not_found"?: .invalidRequest
        case "max_output_tokens"?: .outputLimit
        default: nil
        }
    }

    private static func ofType(_ type: String?) -> FailureClass? {
        switch type {
        case "authentication_error"?, "permission_error"?: .auth
        case "billing_error"?: .billing
        case "rate_limit_error"?: .rateLimit
        case "overloaded_error"?: .overload
        case "not_found_error"?: .invalidRequest
        case "request_too_large"?: .contextTooLong
        case "timeout_error"?: .network
        default: nil
        }
    }

    private static func ofApiError(_ word: String?) -> FailureClass? {
        switch word {
        case "connection_failed"?: .network
        case "max_output_tokens"?: .outputLimit
        default: nil
        }
    }

    private static func ofTerminalReason(_ reason: String?) -> FailureClass? {
        switch reason {
        case "aborted_streaming"?, "aborted_tools"?: .cancelled
        case "prompt_too_long"?, "blocking_limit"?: .contextTooLong
        case "budget_exhausted"?: .budget
        case "max_turns"?: .turnLimit
        case "structured_output_retry_exhausted"?: .structuredOutput
        default: nil
        }
    }

    private static func ofSubtype(_ subtype: String) -> FailureClass? {
        switch subtype {
        case "error_max_turns": .turnLimit
        case "error_max_budget_usd": .budget
        case "error_max_structured_output_retries": .structuredOutput
        default: nil
        }
    }

    /// The class of a result that is no success.
    ///
    /// What names its cause exactly goes first; the words of the message come before what is said of too many causes
    /// (`invalid_request_error`, 400, `api_error`), and the error line's own word only where nothing else is said.
    static func classify(
        subtype: String, terminalReason: String?, stopReason: String?, result: ClaudeError, line: ClaudeError?
    ) -> FailureClass {
        let status = result.status ?? line?.status
        let type = result.apiErrorType ?? line?.apiErrorType
        if let exact = ofSubtype(subtype) ?? ofTerminalReason(terminalReason) { return exact }
        if stopReason == "refusal" { return .refusal }
        if let exact = ofApiError(result.apiError ?? line?.apiError) ?? ofType(type) { return exact }
        if let exact = status.flatMap(FailureWords.ofStatus) { return exact }
        if let named = ofWord(line?.error) ?? FailureWords.ofMessage(result.message) { return named }
        if type == "invalid_request_error" || status == 400 { return .invalidRequest }
        return .serverError
    }
}

/// The account's limit is used up until some moment.
struct ClaudeRejection: Sendable {
    var kind: String
    /// Seconds since 1970, within what ``moment(_:)`` lets through.
    var resetsAt: Int64?

    /// `seconds` since 1970 where a calendar of four digits has that moment, nil where it cannot be meant.
    static func moment(_ seconds: Int64) -> Int64? { (0..<253_402_300_800).contains(seconds) ? seconds : nil }

    /// A moment in seconds since 1970 as people read it.
    static func iso(_ seconds: Int64) -> String { Timestamp(milliseconds: seconds * 1000).iso8601 }

    /// The moment of `2026-11-21T03:27:54.229Z` in seconds since 1970; nil for anything else.
    static func seconds(_ iso: String) -> Double? {
        let fields = iso.split { !$0.isNumber }.compactMap { Int($0) }
        guard iso.hasSuffix("Z"), fields.count == 7 || fields.count == 6, fields[0] > 1969, fields[0] < 10_000,
            (1...12).contains(fields[1]), (1...31).contains(fields[2]), (0..<24).contains(fields[3]),
            (0..<60).contains(fields[4]), (0...60).contains(fields[5])
        else { return nil }
        // Days since 1970 by counting years from March, so that the leap day is the last of its year.
        let year = fields[1] > 2 ? fields[0] : fields[0] - 1
        let month = (fields[1] + 9) % 12
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + fields[2] - 1 - 719_468
        return Double(days * 86400 + fields[3] * 3600 + fields[4] * 60 + fields[5])
    }
}
