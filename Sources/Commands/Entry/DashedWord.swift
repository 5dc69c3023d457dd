import Model

/// A question or a name that begins with a dash. The parser would read it as letters of short options, and where one of
/// them is `h`, print the help and ask nothing.
enum DashedWord {
    /// Throws the way to write it when one of `arguments` before `--` is no option, but looks like one.
    static func check(_ arguments: [String]) throws(TuttiError) {
        let front = arguments.prefix { $0 != "--" }
        guard let place = front.firstIndex(where: isWord) else { return }
        let word = ShellWords.line([arguments[place]])
        let groups = ArgumentNormalizer.groups
        let verb = front.prefix { !$0.hasPrefix("-") }.prefix(groups.contains(arguments[0]) ? 2 : 1)
        let name = verb.joined(separator: " ")
        throw TuttiError(
            .usage, "\(word) begins with a dash, and is no option of tutti \(name).",
            hint: "put it behind --: tutti \(name) … -- \(word)\nthe options: tutti help \(name)")
    }

    /// True of what cannot be an option: one that holds a space, or asks for help among other letters.
    private static func isWord(_ argument: String) -> Bool {
        guard argument.hasPrefix("-"), argument.count > 2, Int(argument) == nil else { return false }
        let name = argument.prefix { $0 != "=" }
        return name.contains(where: \.isWhitespace) || !name.hasPrefix("--") && name.contains("h")
    }
}
