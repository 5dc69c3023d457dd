import Model
import StreamJSON

/// The times that a person gives a run when its jobs are asked again, in place of those that it had.
package struct RaisedTimes: Sendable, Hashable {
    /// How long one session may take.
    package var timeout: Duration?
    /// How long the whole run may take, from being taken up again.
    package var deadline: Duration?

    /// Gives these times; nil leaves the old one.
    package init(timeout: Duration?, deadline: Duration?) {
        self.timeout = timeout
        self.deadline = deadline
    }

    /// What a run keeps, with its new deadline.
    func applied(to document: JSONObject) -> JSONObject {
        var document = document
        if let deadline { document["deadline_ms"] = .milliseconds(deadline) }
        return document
    }
}
