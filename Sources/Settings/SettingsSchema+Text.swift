package import Model

extension SettingsSchema {
    /// The schema as indented JSON text, as it lies in `Config/tutti.schema.json`.
    package static var text: String { indented(.object(document)) + "\n" }

    /// A document as indented JSON: what is short stays on one line.
    package static func indented(_ value: JSONValue) -> String { indented(value, "") }

    private static func indented(_ value: JSONValue, _ indent: String) -> String {
        let inner = indent + "  "
        switch value {
        case .object(let object) where !object.members.isEmpty && value.text.utf8.count > 90:
            let lines = object.members.map { "\(inner)\(JSONValue.string($0.key).text): \(indented($0.value, inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        case .array(let elements) where !elements.isEmpty && value.text.utf8.count > 90:
            return "[\n\(elements.map { inner + indented($0, inner) }.joined(separator: ",\n"))\n\(indent)]"
        default: return value.text
        }
    }
}
