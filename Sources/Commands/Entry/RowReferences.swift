import Model

/// Puts identifiers in the place of `%3`, wherever a command takes one.
enum RowReferences {
    /// Commands whose words are identifiers, some of them only after a second word.
    private static let taking: Set<String> = [
        "show", "logs", "events", "wait", "diff", "cancel", "retry", "replay", "why", "export", "queue hold",
        "queue release", "queue move", "queue prio", "batch reload", "schedule rm", "schedule run-now",
    ]

    /// `arguments` with every reference resolved against `rows`, the last table's identifiers.
    ///
    /// Throws when a reference names a row that was not there. Nothing is read when there is no reference.
    static func expand(_ arguments: [String], rows: () -> [String]) throws(TuttiError) -> [String] {
        guard let verb = arguments.first else { return arguments }
        let takes = taking.contains(verb) || taking.contains(arguments.prefix(2).joined(separator: " "))
        var result: [String] = []
        // What stands behind it are somebody else's words.
        let end = verb == "submit" ? arguments.firstIndex(of: "--") ?? arguments.count : arguments.count
        for (index, word) in arguments.enumerated() {
            guard index < end else {
                result.append(word)
                continue
            }
            let isTaken = takes || index > 0 && arguments[index - 1] == "--run"
            if isTaken, let number = number(word) {
                result.append(try row(number, word, rows()))
            } else if word.hasPrefix("--run="), let number = number(String(word.dropFirst(6))) {
                result.append("--run=" + (try row(number, word, rows())))
            } else {
                result.append(word)
            }
        }
        return result
    }

    private static func number(_ word: String) -> Int? {
        guard word.first == "%", word.count > 1, word.dropFirst().allSatisfy(\.isASCII) else { return nil }
        return Int(word.dropFirst())
    }

    private static func row(_ number: Int, _ word: String, _ rows: [String]) throws(TuttiError) -> String {
        guard !rows.isEmpty else {
            throw TuttiError(
                .notFound, "\(word) is a row of the last table in this terminal, and none was shown here.",
                hint: "show one first: tutti ps -a")
        }
        guard number >= 1, number <= rows.count else {
            throw TuttiError(
                .notFound, "\(word): the last table in this terminal has \(Amounts.count(rows.count, "row")).",
                hint: "show it again: tutti ps -a")
        }
        return rows[number - 1]
    }
}
