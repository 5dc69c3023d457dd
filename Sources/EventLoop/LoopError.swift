import CLibuv

/// What the system or libuv answered when the loop could not do something.
package struct LoopError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, on what.
    package let attempt: String
    /// The system's error number, positive.
    package let number: Int32

    /// A failure of `attempt`, as the system numbers it; libuv's negative numbers are accepted too.
    package init(_ attempt: String, number: Int32) {
        self.attempt = attempt
        self.number = number < 0 ? -number : number
    }

    /// The system's words for the number.
    package var reason: String {
        // libuv answers with a constant text for every number that it knows, and owns a copy for the others.
        if number == 0 { return "no error" }
        guard let text = unsafe uv_strerror(-number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }

    package var description: String { "\(attempt): \(reason)" }
}

/// Throws when libuv answered with an error.
func check(_ answer: Int32, _ attempt: @autoclosure () -> String) throws(LoopError) {
    if answer < 0 { throw LoopError(attempt(), number: answer) }
}
