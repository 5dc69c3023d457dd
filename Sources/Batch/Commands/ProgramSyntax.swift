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
        /// All of them, after so many, name what is executed.
        case code(after: Int)
        /// The first is a word of the program's own with a syntax of its own; one that is not here executes nothing.
        case subcommand([String: ProgramSyntax])
        case data
    }

    /// Letters of options whose value is the text of a program.
    var code = ""
    /// The same by their long names, dashes included.
    var codeNames: [String] = []
    /// The letter that makes the first operand the text of a program, as shells have it.
    var codeFlag: Character?
    /// True where all that follows the text of a program is its arguments.
    var codeEndsOptions = false
    /// Letters of options whose value names what is executed.
    var files = ""
    /// The same by their long names.
    var fileNames: [String] = []
    /// Letters of options whose value names what is loaded, and executed, beside the program.
    var loads = ""
    /// The same by their long names.
    var loadNames: [String] = []
    /// The letter of the option whose value is the name of a module that is executed with the words behind it.
    var module: Character?
    /// Modules that execute their arguments.
    var modules: [String: ProgramSyntax] = [:]
    /// Letters of other options with a value, in the same word or in the next.
    var valued = ""
    /// The same by their long names.
    var valuedNames: [String] = []
    /// Letters, and long names, of those whose value is the folder in which everything else is looked for.
    var folders: [String] = []
    /// Letters whose value can only stand in the same word.
    var glued = ""
    /// The letter, and the long name, of an option whose value is split into further words.
    var splitting: (letter: Character, name: String)?
    /// Long names after which another program begins.
    var commandNames: [String] = []
    var operands = Operands.script
    /// True where options are read behind operands as well.
    var permutes = false
    /// True where the first word is letters of options also without a dash: `tar xf`.
    var bundles = false
    /// True where only a value that a stranger may have chosen does harm: it is a program for small things, and people
    /// write their own values into it.
    var isMild = false
    /// True where nobody knows which program it is, so that its letters are guesses.
    var isGuess = false

    /// True when some option executes what it is given.
    var executesByOption: Bool {
        !(code + files + loads).isEmpty || !(codeNames + fileNames + loadNames).isEmpty || codeFlag != nil
            || module != nil
    }

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

    /// The programs that execute what they are given, and those that start another one.
    static let known: [String: ProgramSyntax] = {
        var known: [String: ProgramSyntax] = [:]
        for (names, syntax) in interpreters + tools + packages + wrappers {
            for name in names.split(separator: " ") { known[String(name)] = syntax }
        }
        return known
    }()
}
