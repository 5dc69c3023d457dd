import Model

/// Tells a failure's class from what a provider says of it, where it says it only to people.
enum FailureWords {
    /// The class of an HTTP status; nil when it says nothing on its own (2xx, 400).
    static func ofStatus(_ status: Int) -> FailureClass? {
        switch status {
        case 401, 403, 407: .auth
        case 402: .billing
        case 404, 405, 422: .invalidRequest
        case 408, 504: .network
        case 413: .contextTooLong
        case 429: .rateLimit
        case 529, 503: .overload
        case 500...: .serverError
        default: nil
        }
    }

    private static let words: [(FailureClass, [String])] = [
        (.quota, ["usage limit", "insufficient_quota", "exceeded your current quota", "usage_not_included"]),
        (.billing, ["credit balance", "insufficient credit", "billing", "payment required"]),
        (
            .auth,
            [
                "invalid api key", "not logged in", "please run /login", "authentication", "unauthorized",
                "missing environment variable", "oauth token", "api key", "not signed in", "log in again",
            ]
        ),
        (
            .contextTooLong,
            [
                "prompt is too long", "context_length", "context window", "context length", "payload too large",
                "input exceeds the maximum length",
            ]
        ),
        (.outputLimit, ["max_output_tokens", "output token maximum", "output limit"]),
        (.refusal, ["content_filter", "safeguards flagged", "refused", "usage policy"]),
        (.overload, ["overloaded", "at capacity"]),
        (.rateLimit, ["rate limit", "rate_limit", "too many requests"]),
        (.serverError, ["server error", "high demand", "internal error"]),
        (
            .network,
            [
                "timed out", "timeout", "econnrefused", "econnreset", "connection", "stream disconnected",
                "error sending request", "network", "unable to connect", "enotfound",
            ]
        ),
        (
            .invalidRequest,
            ["no conversation found", "invalid_prompt", "invalid request", "may not exist", "not found"]
        ),
    ]

    /// The class that the words of `message` name; nil when they name none.
    static func ofMessage(_ message: String) -> FailureClass? {
        let message = EventSink.cut(message, to: 4096).lowercased()
        for (failure, words) in words where words.contains(where: { contains(message, $0) }) { return failure }
        return nil
    }

    /// The number after `status ` in a message such as `unexpected status 401 Unauthorized`.
    static func statusNamed(in message: String) -> Int? {
        for word in ["unexpected status ", "last status: ", "HTTP "] {
            guard let position = position(of: word, in: message) else { continue }
            let digits = message.utf8.dropFirst(position + word.utf8.count).prefix { $0 >= 0x30 && $0 <= 0x39 }
            if digits.count == 3, let status = Int(Substring(digits)) { return status }
        }
        return nil
    }

    /// True when `text` holds `word`.
    static func contains(_ text: String, _ word: String) -> Bool { position(of: word, in: text) != nil }

    /// The offset in bytes of `word` in `text`.
    private static func position(of word: String, in text: String) -> Int? {
        let (text, word) = (Array(text.utf8), Array(word.utf8))
        guard let first = word.first, text.count >= word.count else { return nil }
        for index in 0...(text.count - word.count) where text[index] == first {
            if text[index..<(index + word.count)].elementsEqual(word) { return index }
        }
        return nil
    }
}
