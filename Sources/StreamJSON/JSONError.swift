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
