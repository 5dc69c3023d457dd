package import Model

/// Checks an answer against a JSON Schema.
///
/// Knows the words that people write for answers (draft 2020-12): `type`, `properties`, `required`,
/// `additionalProperties`, `items`, `prefixItems`, `minItems`, `maxItems`, `uniqueItems`, `enum`, `const`, `minimum`,
/// `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `minLength`, `maxLength`, `minProperties`,
/// `maxProperties`, `anyOf`, `oneOf`, `allOf`, `not`, and `$ref` within the document. Words that only describe (`title`,
/// `description`, `default`, `examples`, `format`, `$comment`, …) are ignored; a word that would restrict and is not
/// known is refused when the schema is read, so that nothing passes unchecked.
package struct AnswerSchema: Sendable {
    /// The schema as it was read.
    package let root: JSONValue

    private static let restricting: Set<String> = [
        "type", "properties", "required", "additionalProperties", "items", "prefixItems", "minItems", "maxItems",
        "uniqueItems", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "minProperties", "maxProperties", "anyOf", "oneOf", "allOf", "not", "$ref",
    ]
    private static let describing: Set<String> = [
        "$schema", "$id", "$defs", "definitions", "$comment", "$anchor", "title", "description", "default", "examples",
        "example", "format", "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType",
    ]

    /// Reads a schema; throws a `TuttiError` (exit 65) that names the place of a word that is not known.
    package init(_ root: JSONValue, file: String) throws {
        self.root = root
        try AnswerSchema.inspect(root, at: "#", file: file, depth: 0)
    }

    private static func inspect(_ schema: JSONValue, at place: String, file: String, depth: Int) throws {
        func refuse(_ what: String) -> TuttiError {
            TuttiError(
                .badInput, "\(file): \(place): \(what).",
                hint: "Known words: \(restricting.sorted().joined(separator: ", ")).")
        }
        guard depth < 64 else { throw refuse("the schema is nested more than 64 deep") }
        if schema.bool != nil { return }
        guard let object = schema.object else { throw refuse("a schema is an object, true or false") }
        for (key, value) in object.members {
            let inner = "\(place)/\(key)"
            switch key {
            case "properties", "$defs", "definitions":
                guard let members = value.object?.members else { throw refuse("`\(key)` is not an object") }
                for member in members {
                    try inspect(member.value, at: "\(inner)/\(member.key)", file: file, depth: depth + 1)
                }
            case "items", "additionalProperties", "not": try inspect(value, at: inner, file: file, depth: depth + 1)
            case "anyOf", "oneOf", "allOf", "prefixItems":
                guard let choices = value.array, !choices.isEmpty else { throw refuse("`\(key)` is not a list") }
                for (index, choice) in choices.enumerated() {
                    try inspect(choice, at: "\(inner)/\(index)", file: file, depth: depth + 1)
                }
            case "$ref":
                guard value.string?.hasPrefix("#") == true else { throw refuse("`$ref` leaves the file") }
            default:
                if let wanted = AnswerSchema.wanted(value, of: key) { throw refuse("`\(key)` is not \(wanted)") }
                guard restricting.contains(key) || describing.contains(key) else {
                    throw refuse("the word `\(key)` is not known")
                }
            }
        }
    }

    /// The first reason why `value` does not fit, as a sentence with its place; nil when it fits.
    package func mismatch(_ value: JSONValue) -> String? { mismatch(value, root, at: "$", depth: 0) }

    private func mismatch(_ value: JSONValue, _ schema: JSONValue, at place: String, depth: Int) -> String? {
        guard depth < 128 else { return "\(place) is nested too deep to be checked." }
        if let everything = schema.bool { return everything ? nil : "\(place) is not allowed." }
        guard let rules = schema.object else { return nil }
        if let reference = rules["$ref"]?.string {
            guard let target = resolve(reference) else { return "The schema has no \(reference)." }
            if let reason = mismatch(value, target, at: place, depth: depth + 1) { return reason }
        }
        if let reason = mismatchOfType(value, rules, at: place) { return reason }
        if let constant = rules["const"], !same(constant, value) { return "\(place) is not \(constant.text)." }
        if let choices = rules["enum"]?.array, !choices.contains(where: { same($0, value) }) {
            return "\(place) is none of \(JSONValue.array(choices).text)."
        }
        if let reason = mismatchOfNumber(value, rules, at: place) { return reason }
        if let text = value.string {
            let length = Int64(text.unicodeScalars.count)
            if let least = rules["minLength"]?.integer, length < least { return "\(place) is shorter than \(least)." }
            if let most = rules["maxLength"]?.integer, length > most { return "\(place) is longer than \(most)." }
        }
        if let reason = mismatchOfArray(value, rules, at: place, depth: depth) { return reason }
        if let reason = mismatchOfObject(value, rules, at: place, depth: depth) { return reason }
        return mismatchOfChoices(value, rules, at: place, depth: depth)
    }

    private func mismatchOfType(_ value: JSONValue, _ rules: JSONObject, at place: String) -> String? {
        guard let type = rules["type"] else { return nil }
        let names = type.string.map { [$0] } ?? type.array?.compactMap(\.string) ?? []
        let fits = names.contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
                ("number", .integer), ("number", .number), ("integer", .integer):
                true
            case ("integer", .number(let number)): number == number.rounded()
            default: false
            }
        }
        return fits ? nil : "\(place) is not of type \(names.joined(separator: " or "))."
    }

    private func mismatchOfNumber(_ value: JSONValue, _ rules: JSONObject, at place: String) -> String? {
        guard let number = value.number else { return nil }
        if let least = rules["minimum"]?.number, number < least { return "\(place) is less than \(least)." }
        if let most = rules["maximum"]?.number, number > most { return "\(place) is more than \(most)." }
        if let bound = rules["exclusiveMinimum"]?.number, number <= bound {
            return "\(place) is not more than \(bound)."
        }
        if let bound = rules["exclusiveMaximum"]?.number, number >= bound {
            return "\(place) is not less than \(bound)."
        }
        if let step = rules["multipleOf"]?.number, step > 0 {
            let quotient = number / step
            if abs(quotient - quotient.rounded()) > 1e-9 { return "\(place) is not a multiple of \(step)." }
        }
        return nil
    }

    private func mismatchOfArray(_ value: JSONValue, _ rules: JSONObject, at place: String, depth: Int) -> String? {
        guard let elements = value.array else { return nil }
        if let least = rules["minItems"]?.integer, elements.count < least {
            return "\(place) has fewer than \(least) items."
        }
        if let most = rules["maxItems"]?.integer, elements.count > most {
            return "\(place) has more than \(most) items."
        }
        if rules["uniqueItems"]?.bool == true, Set(elements).count < elements.count {
            return "\(place) repeats an item."
        }
        let prefix = rules["prefixItems"]?.array ?? []
        for (index, element) in elements.enumerated() {
            let schema = index < prefix.count ? prefix[index] : rules["items"]
            guard let schema else { continue }
            if let reason = mismatch(element, schema, at: "\(place)[\(index)]", depth: depth + 1) { return reason }
        }
        return nil
    }

    private func mismatchOfObject(_ value: JSONValue, _ rules: JSONObject, at place: String, depth: Int) -> String? {
        guard let object = value.object else { return nil }
        for name in rules["required"]?.array?.compactMap(\.string) ?? [] where object[name] == nil {
            return "\(place) has no `\(name)`."
        }
        if let least = rules["minProperties"]?.integer, object.members.count < least {
            return "\(place) has fewer than \(least) members."
        }
        if let most = rules["maxProperties"]?.integer, object.members.count > most {
            return "\(place) has more than \(most) members."
        }
        let properties = rules["properties"]?.object
        for member in object.members {
            let inner = "\(place).\(member.key)"
            if let schema = properties?[member.key] {
                if let reason = mismatch(member.value, schema, at: inner, depth: depth + 1) { return reason }
            } else if let schema = rules["additionalProperties"] {
                if schema.bool == false {
                    return "\(place) has a member `\(member.key)` that the schema does not name."
                }
                if let reason = mismatch(member.value, schema, at: inner, depth: depth + 1) { return reason }
            }
        }
        return nil
    }

    private func mismatchOfChoices(_ value: JSONValue, _ rules: JSONObject, at place: String, depth: Int) -> String? {
        for schema in rules["allOf"]?.array ?? [] {
            if let reason = mismatch(value, schema, at: place, depth: depth + 1) { return reason }
        }
        if let choices = rules["anyOf"]?.array {
            let reasons = choices.map { mismatch(value, $0, at: place, depth: depth + 1) }
            if !reasons.contains(where: { $0 == nil }) { return reasons.compactMap { $0 }.first }
        }
        if let choices = rules["oneOf"]?.array {
            let fitting = choices.count { mismatch(value, $0, at: place, depth: depth + 1) == nil }
            if fitting != 1 { return "\(place) fits \(fitting) of the choices where exactly one is wanted." }
        }
        if let schema = rules["not"], mismatch(value, schema, at: place, depth: depth + 1) == nil {
            return "\(place) fits what the schema forbids."
        }
        return nil
    }

    /// Equal as JSON Schema means it: numbers by value, objects without regard to order.
    private func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let first = left.number, let second = right.number { return first == second }
        switch (left, right) {
        case (.array(let first), .array(let second)):
            return first.count == second.count && zip(first, second).allSatisfy { same($0, $1) }
        case (.object(let first), .object(let second)):
            return first.members.count == second.members.count
                && first.members.allSatisfy { member in second[member.key].map { same(member.value, $0) } ?? false }
        default: return left == right
        }
    }

    private func resolve(_ reference: String) -> JSONValue? {
        var value = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }
}
