/// Any JSON value, with the order of its keys and its integers kept exactly.
///
/// What Tutti writes (event data, `--json` documents, control messages) is built of these; what it reads on the hot path
/// is not (see `StreamJSON`).
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The member of an object, or nil when this is no object or has no such key.
    package subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { return object[key] }
        return nil
    }

    /// The text of a string value.
    package var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The value as an integer: an integer, or a number without a fraction.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The value as a floating-point number.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value of a boolean.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The elements of an array.
    package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The members of an object.
    package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

    /// A string, or null for nil.
    package static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// An integer, or null for nil.
    package static func optional(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
}

/// The members of a JSON object in the order in which they were written.
package struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The members, first to last. Keys are unique when built through this type's own calls.
    package private(set) var members: [(key: String, value: JSONValue)]

    /// An object of these members.
    package init(_ members: [(key: String, value: JSONValue)] = []) { self.members = members }

    /// An object of these members, in this order.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { (key: $0.0, value: $0.1) }
    }

    /// The value of the last member named `key` (as most readers resolve a doubled key); setting nil removes it.
    package subscript(key: String) -> JSONValue? {
        get { members.last { $0.key == key }?.value }
        set {
            guard let newValue else {
                members.removeAll { $0.key == key }
                return
            }
            if let index = members.lastIndex(where: { $0.key == key }) {
                members[index].value = newValue
            } else {
                members.append((key: key, value: newValue))
            }
        }
    }

    /// True when both have the same members in the same order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    }

    /// Mixes in the members in their order.
    package func hash(into hasher: inout Hasher) {
        for member in members {
            hasher.combine(member.key)
            hasher.combine(member.value)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// True or false.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list of these values.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object of these members, in this order.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }
}
