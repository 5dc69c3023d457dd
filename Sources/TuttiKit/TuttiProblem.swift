import Model

/// What went wrong, for the person who must act.
public struct TuttiProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// A failure class (`rate_limit`, `total_timeout`, …), or the exit status of the command line as a number.
    public let code: String
    /// What was tried, on what, and what was answered.
    public let message: String
    /// What to do next.
    public let hint: String

    public var description: String { "\(message) \(hint)" }

    static let nothingWasAsked = TuttiProblem(
        code: "internal", message: "The run has no answer.", hint: "Look at it: tutti show @last")

    /// Runs `body` and turns Tutti's own errors into this type.
    static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as TuttiError {
            throw TuttiProblem(code: String(error.code.rawValue), message: error.message, hint: error.hint)
        }
    }
}
