import Model
import StreamJSON

/// Finds the JSON in an answer, and words the question for an answer that must be JSON.
enum AnswerText {
    /// The answer as JSON: the provider's own structured output, else the text, else the text inside one code fence.
    static func json(_ outcome: Outcome) -> JSONValue? {
        if let structured = outcome.structuredOutput, let value = try? JSONValue(parsing: structured) { return value }
        return json(outcome.text)
    }

    /// The text as JSON, also when it stands in a code fence.
    static func json(_ text: String) -> JSONValue? {
        if let value = try? JSONValue(parsing: text) { return value }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let open = lines.firstIndex(where: { $0.hasPrefix("```") }) else { return nil }
        guard let close = lines[(open + 1)...].firstIndex(where: { $0.hasPrefix("```") }) else { return nil }
        return try? JSONValue(parsing: lines[(open + 1)..<close].joined(separator: "\n"))
    }

    /// The prompt that asks for JSON of `schema`.
    static func prompt(_ question: String, schema: String) -> String {
        """
        \(question)

        Answer with one JSON value and nothing else. It must fit this JSON Schema:
        \(schema)
        """
    }

    /// The prompt that sends an answer back because of `mismatch`.
    static func repair(_ question: String, schema: String, answer: String, mismatch: String) -> String {
        """
        \(prompt(question, schema: schema))

        An earlier answer was refused: \(mismatch) It was:
        \(answer.prefix(65_536))
        """
    }
}
