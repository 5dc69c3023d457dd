internal import GRDB
internal import Model

/// The WHERE clause of a list, and what stands for its question marks.
struct Conditions {
    private var parts: [String] = []
    private(set) var arguments = StatementArguments()

    /// The clause with its keyword; empty when everything is wanted.
    var clause: String { parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND ") }

    /// The conditions after others: ` AND …`, or nothing.
    var continuation: String { parts.map { " AND " + $0 }.joined() }

    /// Adds a condition without arguments.
    mutating func add(_ condition: String) { parts.append(condition) }

    /// Adds a condition with one argument.
    mutating func add(_ condition: String, _ argument: some DatabaseValueConvertible) {
        parts.append(condition)
        arguments += [argument]
    }

    /// Adds "column is one of `values`"; nothing when there are none. `%` in `around` stands for the condition.
    mutating func anyOf(_ column: String, _ values: some Collection<String>, around: String = "%") {
        guard !values.isEmpty else { return }
        let marks = values.map { _ in "?" }.joined(separator: ", ")
        let pieces = around.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        parts.append("\(pieces[0])\(column) IN (\(marks))\(pieces.count > 1 ? pieces[1] : "")")
        arguments += StatementArguments(Array(values))
    }
}

/// From columns to words. What no program of ours can have written is told as damage.
extension StoreReader {
    func identifier(_ text: String) throws -> Identifier {
        guard let id = Identifier(text) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(text) is not an identifier")
        }
        return id
    }

    func optionalIdentifier(_ text: String?) -> Identifier? { text.flatMap { Identifier($0) } }

    func word<Word: RawRepresentable<String>>(_ text: String) throws -> Word {
        guard let word = Word(rawValue: text) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(text) is not a \(Word.self)")
        }
        return word
    }

    func optionalWord<Word: RawRepresentable<String>>(_ text: String?) -> Word? { text.flatMap { Word(rawValue: $0) } }

    func time(_ milliseconds: Int64?) -> Timestamp? { milliseconds.map { Timestamp(milliseconds: $0) } }
}
