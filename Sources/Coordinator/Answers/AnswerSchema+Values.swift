import Model

extension AnswerSchema {
    /// What the value of the word `key` must be where it is something else; nil where it can stand. An impossible value would
    /// fit no answer, and each would be paid for before anybody saw why.
    static func wanted(_ value: JSONValue, of key: String) -> String? {
        switch key {
        case "type":
            let names = value.string.map { [$0] } ?? value.array.flatMap { strings($0) } ?? []
            return !names.isEmpty && names.allSatisfy(types.contains)
                ? nil : "one of \(types.sorted().joined(separator: ", ")), or a list of them"
        case "required": return value.array.flatMap { strings($0) } == nil ? "a list of names" : nil
        case "enum": return value.array?.isEmpty == false ? nil : "a list of values"
        case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
            return value.integer.map { $0 >= 0 } == true ? nil : "a whole number from 0 on"
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
            return value.number == nil ? "a number" : nil
        case "multipleOf": return value.number.map { $0 > 0 } == true ? nil : "a number above 0"
        case "uniqueItems": return value.bool == nil ? "true or false" : nil
        default: return nil
        }
    }

    private static let types: Set<String> = ["null", "boolean", "string", "array", "object", "number", "integer"]

    /// The elements, when each of them is text.
    private static func strings(_ elements: [JSONValue]) -> [String]? {
        let strings = elements.compactMap(\.string)
        return strings.count == elements.count ? strings : nil
    }
}
