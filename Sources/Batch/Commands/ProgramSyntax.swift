/// How a program reads its words, as far as that decides what it executes.
struct ProgramSyntax: Sendable {
    /// What the words mean that are no options.
    enum Operands: Sendable {
        /// The first is a file that is executed, the others are its arguments.
        case script
        /// The first is the text of a program, unless an option gave one.
        case text
        /// All of them, after so many, are put together and executed.
        case texts(after: Int)
        /// After so many, and after `NAME=VALUE`, another program begins.
        case command(after: Int)
        case data
    }

    /// Letters of options whose value is the text of a program.
    var code = ""
    /// The same by their long names, dashes included.
    var codeNames: [String] = []
    /// The letter that makes the first operand the text of a program, as shells have it.
    var codeFlag: Character?
    /// Letters of options whose value names what is executed.
    var files = ""
    /// Letters of other options with a value, in the same word or in the next.
    var valued = ""
    /// The same by their long names.
    var valuedNames: [String] = []
    /// Letters whose value can only stand in the same word.
    var glued = ""
    /// The letter, and the long name, of an option whose value is split into further words.
    var splitting: (letter: Character, name: String)?
    /// Long names after which another program begins.
    var commandNames: [String] = []
    var operands = Operands.script
    /// True where only a value that a stranger may have chosen does harm: it is a program for small things, and people
    /// write their own values into it.
    var isMild = false
    /// True where nobody knows which program it is, so that its letters are guesses.
    var isGuess = false

    /// The syntax of `program`, a name or a path, whatever its version: `/usr/bin/python3.11`, `bash-5.2`.
    static func named(_ program: String) -> ProgramSyntax? {
        guard program.utf8.count <= 4096, let name = program.split(separator: "/").last else { return nil }
        if let syntax = known[String(name)] { return syntax }
        guard let digit = name.firstIndex(where: \.isNumber) else { return nil }
        var stem = name[..<digit]
        while let last = stem.last, last == "-" || last == "." { stem.removeLast() }
        return known[String(stem)]
    }

    /// The option letters and names by which most interpreters take a program: for one whose name is not known yet.
    static let unnamed: [ProgramSyntax] = [
        ProgramSyntax(codeFlag: "c", valued: "oO", operands: .data, isMild: true, isGuess: true),
        ProgramSyntax(
            code: "ceEpr",
            codeNames: ["--eval", "--exec", "--execute", "--command", "--print", "--run", "--expression"],
            operands: .data, isMild: true, isGuess: true),
    ]
}
