/// One provider's way to say things: lines of text, without their newlines.
protocol Dialect {
    /// The lines before the answer.
    func opening() -> [String]
    /// The lines of one tool call with its result.
    func toolCall(_ number: Int) -> [String]
    /// The lines that come before the first piece of an answer, and between `takeBack` and its second beginning.
    func begin() -> [String]
    /// The lines of one more piece; `last` says that the answer is whole with it. Empty when there are no deltas.
    func piece(_ text: String) -> [String]
    /// The lines that take back all pieces since `begin`.
    mutating func takeBack() -> [String]
    /// The lines that end the block whose text is `text`.
    func end(_ text: String) -> [String]
    /// The result. `outcome` is a word of `--outcome`.
    func result(_ text: String, outcome: String, backgroundOpen: Bool) -> [String]
    /// What a background task's end brings: a further answer and its result.
    func backgroundResult() -> [String]
}

/// How an outcome other than success is said: HTTP status, the provider's type of error, the words.
struct Trouble {
    let status: Int?
    let type: String
    let words: String

    init(_ outcome: String) {
        switch outcome {
        case "400": self.init(400, "invalid_request_error", "messages: the request is not valid")
        case "401": self.init(401, "authentication_error", "invalid x-api-key")
        case "429": self.init(429, "rate_limit_error", "This request would exceed the rate limit.")
        case "500": self.init(500, "api_error", "Internal server error")
        case "529": self.init(529, "overloaded_error", "Overloaded")
        case "billing": self.init(400, "invalid_request_error", "Credit balance is too low")
        case "refusal": self.init(nil, "refusal", "safeguards flagged this message")
        default: self.init(nil, outcome, outcome)
        }
    }

    private init(_ status: Int?, _ type: String, _ words: String) {
        self.status = status
        self.type = type
        self.words = words
    }
}
