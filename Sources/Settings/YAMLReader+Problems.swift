import Yams

/// Says what the YAML library found wrong in words for people, with the place.
extension YAMLReader {
    static func problem(_ error: any Error, file: String, text: String) -> ConfigProblem {
        func at(_ mark: Mark) -> ConfigPosition {
            // The library points past the end when the text ends too early.
            ConfigPosition(file: file, line: max(1, mark.line), column: max(1, mark.column))
        }
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let around = context.map { " (\($0.text) that began in line \($0.mark.line))" } ?? ""
            return ConfigProblem(at(mark), problem + around, hint: hint(for: problem))
        case .composer(_, let problem, let mark, _):
            return ConfigProblem(
                at(mark), problem == "but found another document" ? "a second document begins here" : problem,
                hint: "a settings file is one document: remove the `---` between")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let first = at(context.mark)
            return ConfigProblem(
                second(key, after: first, in: text) ?? first,
                "`\(key)` stands here a second time, first in line \(first.line)", hint: "keep one of the two")
        case .reader(let problem, let offset, _, _):
            return ConfigProblem(position(offset: offset ?? 0, in: text, file: file), problem, hint: "remove it")
        default:
            return ConfigProblem(
                ConfigPosition(file: file, line: 1, column: 1), "the file cannot be read as YAML: \(error)",
                hint: "start again from: tutti init")
        }
    }

    private static func hint(for problem: String) -> String {
        if problem.contains("tab") || problem.contains("cannot start any token") {
            return "indent with spaces, and put text that begins with a special character in quotes"
        }
        if problem.contains("mapping values") { return "put text that holds `: ` in quotes" }
        return "check the indentation and the brackets and quotes in the lines above"
    }

    /// The library names only the first of two equal keys; the second stands below it in the same column.
    private static func second(_ key: String, after first: ConfigPosition, in text: String) -> ConfigPosition? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where index >= first.line {
            let indented = line.dropFirst(first.column - 1)
            guard line.prefix(first.column - 1).allSatisfy({ $0 == " " }) else { continue }
            for spelling in [key, "\"\(key)\"", "'\(key)'"] where indented.hasPrefix(spelling + ":") {
                return ConfigPosition(file: first.file, line: index + 1, column: first.column)
            }
        }
        return nil
    }

    private static func position(offset: Int, in text: String, file: String) -> ConfigPosition {
        let before = text.prefix(offset)
        let line = before.count { $0.isNewline } + 1
        let column = before.reversed().prefix { !$0.isNewline }.count + 1
        return ConfigPosition(file: file, line: line, column: column)
    }
}
