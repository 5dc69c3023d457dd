import ArgumentParser

/// What the argument parser says of a command, as wide as a surface allows.
enum HelpText {
    /// The help of `command`, or of all.
    static func of(_ command: (any ParsableCommand.Type)? = nil, on surface: Surface) -> String {
        let width = surface.helpWidth
        let text = command.map { Root.helpMessage(for: $0, columns: width) } ?? Root.helpMessage(columns: width)
        return wrapped(text, width) + "\n"
    }

    /// `text` with its lines of usage wrapped, which the parser leaves as long as they were written.
    static func wrapped(_ text: String, _ width: Int) -> String {
        let mark = "USAGE: "
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            guard line.hasPrefix(mark), line.count > width else { return String(line) }
            let lines = SideBySide.wrap(String(line.dropFirst(mark.count)), width - mark.count)
            let indent = String(repeating: " ", count: mark.count)
            return lines.enumerated().map { ($0 == 0 ? mark : indent) + $1 }.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
