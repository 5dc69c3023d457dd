package import Model
package import Settings
import StreamJSON

/// One output of a job: where it is read from, and how.
package struct OutputDeclaration: Sendable, Hashable {
    /// The name, as in `jobs.JOB.outputs.NAME`.
    package var name: String
    /// What it is read from.
    package var source: OutputSource
    /// How it is read.
    package var type: OutputType
    /// The member that is meant, from outside to inside; none is the whole value.
    package var path: [String]
    /// Where its key stands.
    package var position: ConfigPosition

    /// The most lines of one output.
    static let maxLines = 1_000_000

    /// What the output is, given the text that its source has; throws when the text is not what the type says.
    ///
    /// Nothing is made of a text that has more bytes than a file may have that rows are read from, or more lines than a
    /// list may have elements.
    package func value(of text: String) throws(OutputError) -> JSONValue {
        try OutputError.bound(text, "output `\(name)`")
        if type == .lines {
            let lines = MatrixData.lineCount(text)
            guard lines <= OutputDeclaration.maxLines else {
                throw OutputError("output `\(name)` has \(lines) lines; \(OutputDeclaration.maxLines) are allowed")
            }
        }
        var value: JSONValue
        switch type {
        case .text where path.isEmpty: return .string(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        case .lines where path.isEmpty:
            return .array(text.split(whereSeparator: \.isNewline).map { .string(String($0)) })
        default:
            do throws(JSONError) { value = try JSONValue(parsing: text) } catch {
                throw OutputError("output `\(name)` needs JSON, and \"\(text.prefix(80))\" is none (\(error))")
            }
        }
        for member in path {
            guard let inner = value[member] else {
                throw OutputError("output `\(name)` needs the member `\(member)`, and there is none")
            }
            value = inner
        }
        switch (type, value) {
        case (.json, _), (.number, .integer), (.number, .number), (.boolean, .bool), (.text, .string): return value
        case (.text, .integer), (.text, .number), (.text, .bool): return .string(value.text)
        case (.lines, .string(let text)):
            return .array(text.split(whereSeparator: \.isNewline).map { .string(String($0)) })
        case (.lines, .array): return value
        default: throw OutputError("output `\(name)` needs a \(type.rawValue), not \(value.kind)")
        }
    }
}

/// Why an output could not be read.
package struct OutputError: Error, Sendable, Hashable {
    /// What was needed and what was there.
    package var message: String

    init(_ message: String) { self.message = message }

    /// Throws when `text`, which is `what`, has more bytes than may be read as values.
    static func bound(_ text: String, _ what: String) throws(OutputError) {
        guard text.utf8.count > MatrixData.maxBytes else { return }
        throw OutputError("\(what) has \(text.utf8.count) bytes; \(MatrixData.maxBytes) are allowed")
    }
}
