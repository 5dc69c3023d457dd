import Model
import Settings

/// What the argument parser says, with a way out.
enum ParserMessage {
    /// The words to do next for `message`, which the parser gave for a command named `verb`.
    static func hint(_ message: String, verb: String) -> String {
        let help = "see: tutti help " + verb
        // "The value 'dun' is invalid for '--for <for>'. Please provide one of 'done', 'running' or 'any'."
        let quoted = message.split(separator: "'", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
        if verb == "submit", message.contains("nexpected argument") || message.contains("nknown option") {
            return "put -- before the command: tutti submit -- " + quoted.joined(separator: " ")
        }
        if verb == "queue prio", message.contains("'<priority>'"), let id = quoted.first {
            return "the priority comes first: tutti queue prio 5 \(id)"
        }
        guard message.contains(" is invalid for "), quoted.count > 2,
            let near = Suggestion.nearest(to: quoted[0], among: quoted[2...])
        else { return help }
        return "did you mean \(near)? " + help
    }
}

extension Suggestion {
    /// `did you mean x? ` for the beginning of a hint; nothing when no candidate is near.
    static func start(for word: String, among candidates: some Sequence<String>) -> String {
        nearest(to: word, among: candidates).map { "did you mean \($0)? " } ?? ""
    }
}
