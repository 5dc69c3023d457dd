import Model

/// Tool calls in the few words that fit on a line.
enum ToolCall {
    /// The keys whose value says the most about a call, best first.
    private static let telling = [
        "command", "pattern", "query", "words", "file_path", "path", "url", "notebook_path", "description", "prompt",
        "name",
    ]

    /// `NAME VALUE`, with the most telling value of the input.
    static func line(name: String, input: JSONValue?) -> String {
        guard let value = input.flatMap(telling) else { return name }
        return "\(name) \(value)"
    }

    private static func telling(_ input: JSONValue) -> String? {
        switch input {
        case .object(let object):
            for key in telling {
                guard let value = object[key] else { continue }
                if let text = value.string {
                    guard key == "pattern" || key == "query" else { return text }
                    return "\"\(text)\"" + (object["path"]?.string.map { " \($0)" } ?? "")
                }
                if let words = value.array { return words.compactMap(\.string).joined(separator: " ") }
            }
            return object.members.lazy.compactMap { $0.value.string }.first { !$0.isEmpty }
        case .string(let text):
            guard let parsed = JSONReader.value(text), parsed.object != nil else { return text.isEmpty ? nil : text }
            return telling(parsed)
        default: return nil
        }
    }
}
