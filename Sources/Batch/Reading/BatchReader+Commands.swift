import Model
import Settings

extension BatchReader {
    /// Programs that take a program as an argument, and the letter of the option before it.
    private static let interpreters: [String: Character] = [
        "sh": "c", "bash": "c", "dash": "c", "zsh": "c", "ksh": "c", "ash": "c", "fish": "c", "python": "c",
        "python3": "c",
        "perl": "e", "ruby": "e", "node": "e",
    ]

    /// Refuses commands in which a value would choose or become a program.
    ///
    /// A value may come from a model or a stranger's file. As an argument it is data; in the text behind `sh -c` it would be
    /// executed, and as the first word it would choose what runs.
    mutating func checkCommands(of job: JobDeclaration) {
        let commands = ["run", "verify"].compactMap { job.settings[$0] } + (job.matrix?.commands.map(\.words) ?? [])
        for words in commands.map(\.elements) {
            guard let program = words.first else { continue }
            let rowsAreData = job.matrix.map { $0.isLate || !$0.commands.isEmpty } ?? false
            if let template = program.template, template.isLate || (rowsAreData && template.namesRow) {
                complain(
                    source.place(ofOpening: template.insertions.first?.opening ?? 0, offset: 0, from: program.position),
                    "the result of a job would choose the program that runs", hint: "write the program out")
            }
            checkTexts(of: words)
        }
    }

    private mutating func checkTexts(of words: [BatchValue]) {
        // `env`, `nice` and the like may stand before the interpreter.
        for (index, word) in words.enumerated() {
            guard let name = word.text?.split(separator: "/").last.map(String.init),
                let letter = Self.interpreters[name]
            else { continue }
            for (place, option) in words.enumerated().dropFirst(index + 1) {
                guard let text = option.text, text.hasPrefix("-") else { break }
                guard !text.hasPrefix("--"), text.contains(letter), place + 1 < words.count else { continue }
                let program = words[place + 1]
                guard let first = program.template?.insertions.first else { return }
                complain(
                    source.place(ofOpening: first.opening, offset: 0, from: program.position),
                    "a value would become a part of the program that `\(name) \(text)` runs",
                    hint: letter == "c" && name.hasSuffix("sh")
                        ? "give it as an argument: [\(name), \(text), 'echo \"$1\"', \(name), \"${{ … }}\"]"
                        : "give it as an argument behind the program")
                return
            }
            return
        }
    }
}
