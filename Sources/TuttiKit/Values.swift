import Model
import Store

/// A module's whole answer, and where it is recorded.
public struct Answer: Sendable, Hashable {
    /// The run, for `tutti show` and for `Tutti.events`.
    public let run: String
    /// The conversation with the module.
    public let thread: String
    /// The answer's own message.
    public let message: String
    public let module: String
    public let text: String
}

/// One message of a thread, as the store's view `messages` shows it.
public struct Message: Sendable, Hashable {
    public let id: String
    public let thread: String
    public let module: String?
    /// `user` or `assistant`.
    public let role: String
    /// `processing`, `completed`, `failed` or `cancelled`.
    public let status: String
    /// The text so far.
    public let content: String
    /// Why it failed, in words.
    public let error: String?

    init(_ row: MessageRow) {
        id = row.id.text
        thread = row.thread.text
        module = row.module
        role = row.role.rawValue
        status = row.status.rawValue
        content = row.content
        error = row.error
    }
}

/// One event of the log.
public struct RecordedEvent: Sendable, Hashable {
    /// The number by which one goes on after it.
    public let sequence: Int64
    /// `text.delta`, `session.completed`, …
    public let type: String
    /// The whole event as one JSON line.
    public let json: String

    init(_ event: StoredEvent) {
        sequence = event.sequence
        type = event.type.rawValue
        json = event.line
    }
}
