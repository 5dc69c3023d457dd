package import Model

/// A broken file, where it is broken, and a part of what is said about it.
package struct Broken: Sendable, CustomStringConvertible {
    /// The whole file.
    package let text: String
    /// Its line and column, as `2:31`.
    package let place: String
    /// What the message holds.
    package let words: String

    /// A file whose first line is `version: 1`, so that the place of `text` counts from line 2.
    package init(_ text: String, _ place: String, _ words: String) {
        self.init(whole: "version: 1\n" + text, place, words)
    }

    /// A file that is nothing but `text`.
    package init(whole text: String, _ place: String, _ words: String) {
        self.text = text
        self.place = place
        self.words = words
    }

    /// The place and the words, by which a test names it.
    package var description: String { "\(place) \(words)" }

    /// What is not as it should be about `error`, which reading the file as `f` threw; nil when nothing is.
    package func mismatch(_ error: TuttiError?) -> String? {
        guard let error else { return "nothing is wrong with \(text)" }
        guard error.code == .badConfiguration else { return "the exit status is \(error.code): \(error.message)" }
        guard error.message.hasPrefix("f:\(place): ") else { return "it is said of another place: \(error.message)" }
        guard error.message.contains(words) else { return "it is said otherwise: \(error.message)" }
        return error.hint.isEmpty ? "no way out is said: \(error.message)" : nil
    }
}

/// The error that `body` throws, nil when it throws none or one of another type.
package func tuttiError(_ body: () throws -> Void) -> TuttiError? {
    do {
        try body()
        return nil
    } catch {
        return error as? TuttiError
    }
}
