import Model

extension Expression.Filter {
    /// The most bytes that one expression may come to.
    static let maxBytes = 16 << 20

    /// Changes `value`; `argument` is the value in the brackets.
    func apply(to value: JSONValue, _ argument: JSONValue?, at offset: Int) throws(ExpressionError) -> JSONValue {
        switch (self, value) {
        case (.json, _): return .string(try bounded(value.text, at: offset))
        case (.length, .array(let elements)): return .integer(Int64(elements.count))
        case (.length, .object(let object)): return .integer(Int64(object.members.count))
        case (.length, .string(let text)): return .integer(Int64(text.count))
        case (.lines, .string(let text)):
            _ = try bounded(text, at: offset)
            return .array(text.split(whereSeparator: \.isNewline).map { .string(String($0)) })
        case (.trim, .string(let text)):
            let start = text.drop { $0.isWhitespace }
            return .string(
                String(start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)]))
        case (.first, .array(let elements)), (.last, .array(let elements)):
            if let element = self == .first ? elements.first : elements.last { return element }
            throw ExpressionError(
                offset, "an empty list has no \(rawValue) element", hint: "use | default(…)", kind: .missing)
        case (.join, .array(let elements)):
            guard let separator = (argument ?? "\n").string else {
                throw ExpressionError(offset, "`join` needs a text in its brackets", hint: "write it as join(\", \")")
            }
            var parts: [String] = []
            for element in elements { parts.append(try Template.text(of: element, at: offset)) }
            return .string(try bounded(parts.joined(separator: separator), at: offset))
        case (.sections, .array(let elements)):
            var parts: [String] = []
            for (index, element) in elements.enumerated() {
                parts.append(try section(element, number: index + 1, at: offset))
            }
            return .string(try bounded(parts.joined(separator: "\n\n"), at: offset))
        case (.otherwise, _): return value == .null ? argument ?? .null : value
        default:
            let needed =
                switch self {
                case .length: "a list, an object or a text"
                case .lines, .trim: "a text"
                default: "a list"
                }
            throw ExpressionError(
                offset, "`\(rawValue)` needs \(needed), not \(value.kind)", hint: "see what it is with | json")
        }
    }

    /// One result under a heading: its key, and its text as it is.
    private func section(_ element: JSONValue, number: Int, at offset: Int) throws(ExpressionError) -> String {
        guard case .object(let object) = element else {
            return "## \(number)\n\n\(try Template.text(of: element, at: offset))"
        }
        let title = object["key"]?.string ?? object["job"]?.string ?? String(number)
        return "## \(title)\n\n\(object["text"]?.string ?? element.text)"
    }

    private func bounded(_ text: String, at offset: Int) throws(ExpressionError) -> String {
        guard text.utf8.count <= Self.maxBytes else {
            throw ExpressionError(
                offset, "`\(rawValue)` comes to \(text.utf8.count) bytes; \(Self.maxBytes) are allowed",
                hint: "merge in two steps, or ask for shorter answers")
        }
        return text
    }
}
