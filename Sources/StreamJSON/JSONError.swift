/// Why a text is not JSON, and where that was seen.
package struct JSONError: Error, Sendable, Hashable {
    /// What is wrong.
    package enum Reason: String, Sendable, Hashable {
        /// The text ends in the middle of a value.
        case incomplete
        /// A byte stands where it cannot stand.
        case unexpected
        /// Something follows the value.
        case trailing
        /// Arrays and objects lie deeper in each other than the limit.
        case tooDeep = "too deep"
    }

    package var reason: Reason
    /// The offset in bytes from the start of the text.
    package var position: Int
}

extension JSONError: CustomStringConvertible {
    /// The reason and its place in words, to stand in a sentence.
    package var description: String {
        switch reason {
        case .incomplete: "it ends in the middle of a value, after \(position) bytes"
        case .unexpected: "byte \(position + 1) cannot stand where it stands"
        case .trailing: "something follows the value, from byte \(position + 1) on"
        case .tooDeep: "its values lie too deep in each other at byte \(position + 1)"
        }
    }
}
