/// Brings what people type into the one form that the parser reads.
///
/// Global options may stand before the command's name; `--json` and `--watch` may stand without a value.
enum ArgumentNormalizer {
    private static let flags: Set<String> = [
        "--plain", "-q", "--quiet", "-v", "--verbose", "--no-input", "--no-pager", "--yes", "--json",
    ]
    private static let options: Set<String> = [
        "--format", "--color", "--progress", "--db", "--config", "-C", "--directory",
    ]
    /// Commands whose next word is part of their name.
    static let groups: Set<String> = ["provider", "module", "config", "queue", "batch", "schedule", "daemon"]

    /// `arguments` (without the program's name) with global options behind the command's name.
    static func normalize(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var leading = takeOptions(&rest)
        var result: [String] = []
        if let verb = rest.first, !verb.hasPrefix("-") {
            result.append(verb)
            rest = rest.dropFirst()
            if groups.contains(verb) {
                leading += takeOptions(&rest)
                if let word = rest.first, !word.hasPrefix("-") {
                    result.append(word)
                    rest = rest.dropFirst()
                }
            }
        }
        let words = body(rest)
        return (result + leading).map(withValue) + (result == ["queue", "prio"] ? withNumbers(words) : words)
    }

    /// Takes the global options that `rest` begins with.
    private static func takeOptions(_ rest: inout ArraySlice<String>) -> [String] {
        var taken: [String] = []
        while let first = rest.first, first.hasPrefix("-"), first != "--" {
            if flags.contains(first) || options.contains(where: { first.hasPrefix($0 + "=") })
                || first.hasPrefix("--json=")
            {
                taken.append(first)
                rest = rest.dropFirst()
            } else if options.contains(first), rest.count > 1 {
                taken += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return taken
    }

    /// A number below zero looks like an option to the parser; behind `--` it is a word. What belongs to options goes before.
    private static func withNumbers(_ words: [String]) -> [String] {
        guard !words.contains("--"), words.contains(where: isNegative) else { return words }
        var (front, back): ([String], [String]) = ([], [])
        var rest = words[...]
        while let word = rest.popFirst() {
            if isNegative(word) || !word.hasPrefix("-") {
                back.append(word)
            } else {
                front.append(word)
                if options.contains(word), let value = rest.popFirst() { front.append(value) }
            }
        }
        return front + ["--"] + back
    }

    private static func isNegative(_ word: String) -> Bool { word.hasPrefix("-") && Int(word) != nil }

    private static func body(_ arguments: ArraySlice<String>) -> [String] {
        guard let end = arguments.firstIndex(of: "--") else { return arguments.map(withValue) }
        return arguments[..<end].map(withValue) + arguments[end...]
    }

    private static func withValue(_ argument: String) -> String {
        switch argument {
        case "--json": "--json=*"
        case "--watch", "-w": "--watch=2s"
        default: argument.hasPrefix("-w=") ? "--watch=" + argument.dropFirst(3) : argument
        }
    }
}
