import Model
import StreamJSON

/// Tells a failure's class from codex's messages, the only place where it states it.
enum CodexFailure {
    /// The failure of a `turn.failed` or a `Reconnecting` message.
    static func failure(_ message: String) -> Failure {
        // An HTTP 400 is passed on as the API's own JSON.
        if let body = try? JSONValue(parsing: message), let error = body["error"], let said = error["message"]?.string {
            let type = error["code"]?.string ?? error["type"]?.string ?? ""
            let named = FailureWords.ofMessage(said) ?? FailureWords.ofMessage(type) ?? .invalidRequest
            return Failure(named, EventSink.cut(said, to: 4096), httpStatus: 400)
        }
        let status = FailureWords.statusNamed(in: message)
        let named = status.flatMap(FailureWords.ofStatus) ?? FailureWords.ofMessage(message) ?? .serverError
        return Failure(named, EventSink.cut(message, to: 4096), httpStatus: status)
    }
}
