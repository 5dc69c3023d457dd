/// Reads the words of one program by its syntax.
extension CommandInspection {
    /// How far the reading of one program has come.
    struct Reading {
        var syntax: ProgramSyntax
        /// The program as messages say it: `npm exec`.
        var name: String
        let start: Int
        let isCommand: Bool
        /// The option by which the program text was given, or is awaited as the first operand.
        var option: String?
        /// An option gave the text, or the file.
        var hasProgram = false
        var awaitsText = false
        var operands = 0
        /// True behind an option that may take the next word.
        var isBehindOption = false
        var endsOptions = false
        var isDone = false

        /// What follows is read by another syntax: that of a word of the program's own.
        mutating func enter(_ syntax: ProgramSyntax, _ word: String) {
            self.syntax = syntax
            name += " \(word)"
            (option, hasProgram, awaitsText, operands, isBehindOption) = (nil, false, false, 0, false)
        }
    }

    /// Reads the words behind the program at `start`; only where it `isCommand` do its operands count.
    mutating func read(_ syntax: ProgramSyntax, at start: Int, isCommand: Bool) {
        let name =
            words[start].value.template?.source ?? words[start].literal.split(separator: "/").last.map(String.init)
        var reading = Reading(syntax: syntax, name: name ?? "", start: start, isCommand: isCommand)
        // The whole command where that is read once.
        let isBounded = !isCommand || !syntax.commandNames.isEmpty
        var place = start + 1
        while found == nil, !reading.isDone, place < words.count, !isBounded || place - start <= Self.reach {
            let (syntax, literal) = (reading.syntax, words[place].literal)
            let isPlus = syntax.codeFlag != nil && literal.hasPrefix("+")
            let isFirst = place == start + 1
            let ends = literal == "--" || (literal == "-" && syntax.codeFlag != nil)
            if !reading.endsOptions, ends, !words[place].holdsValue {
                reading.endsOptions = true
                reading.isBehindOption = false
                place += 1
            } else if !reading.endsOptions, literal.hasPrefix("-") && literal != "-" || isPlus {
                place = option(at: place, &reading)
            } else if syntax.bundles, isFirst, !words[place].holdsValue {
                place = bundle(at: place, reading)
            } else {
                place = operand(at: place, &reading)
            }
        }
    }

    /// Reads letters of options that share the first word, without a dash: their values are the words behind it.
    private mutating func bundle(at place: Int, _ reading: Reading) -> Int {
        var next = place + 1
        for letter in words[place].literal {
            if reading.syntax.code.contains(letter) {
                var reading = reading
                reading.option = String(letter)
                execute(next, reading)
                next += 1
            } else if reading.syntax.valued.contains(letter) {
                next += 1
            }
        }
        return next
    }

    /// Reads the word at `place`, which is no option as it is written; gives where the next one stands.
    private mutating func operand(at place: Int, _ reading: inout Reading) -> Int {
        let word = words[place]
        let mayBeOption = isReadAsOption(word, reading)
        reading.operands += 1
        defer { reading.isBehindOption = false }
        if reading.awaitsText {
            execute(place, reading)
            reading.isDone = true
            return place + 1
        }
        switch reading.syntax.operands {
        case .data: break
        case .script:
            let isProgram = !reading.hasProgram && reading.isCommand
            if isProgram { noteFile(place) }
            if isProgram, word.isStrangers { note(place, .chooses) }
            if isProgram, folderIsStrangers, !word.isAbsolute, !reading.isBehindOption { note(place, .folder) }
            // Its own arguments follow.
            if reading.hasProgram || !word.holdsValue && !reading.isBehindOption { reading.isDone = true }
        case .text:
            if !reading.hasProgram, reading.isCommand { execute(place, reading) }
            reading.hasProgram = true
            reading.isDone = !reading.syntax.permutes
        case .texts(let count):
            guard reading.isCommand else { break }
            if reading.operands > count {
                execute(place, reading)
            } else if word.isStrangers, word.literal.isEmpty {
                note(place, .chooses)
            }
        case .code(let count):
            if reading.isCommand { noteFile(place) }
            if reading.isCommand, word.isStrangers, reading.operands > count || word.literal.isEmpty {
                note(place, .chooses)
            }
        case .subcommand(let table): subcommand(table, at: place, &reading)
        case .command(let count):
            if let sign = word.literal.firstIndex(of: "=") {
                reading.operands -= 1
                let name = String(word.literal[..<sign])
                if word.isStrangers, reading.isCommand, ProgramVariables.chooseProgram(name) { note(place, .chooses) }
            } else if reading.operands > count {
                if reading.isCommand { commands.append(place) }
                reading.isDone = true
            } else if word.isStrangers, word.literal.isEmpty, reading.isCommand {
                note(place, .chooses)
            }
        }
        if mayBeOption { note(place, .option(of: reading.name)) }
        return place + 1
    }

    /// True when a stranger's value begins the word, at a place where the program still reads options, and an option may
    /// be the text of a program: `sed -e p "-e1e touch x"`.
    private func isReadAsOption(_ word: Word, _ reading: Reading) -> Bool {
        guard reading.isCommand, !reading.endsOptions, !reading.awaitsText, word.isStrangers, word.literal.isEmpty
        else {
            return false
        }
        if reading.syntax.codeEndsOptions, reading.hasProgram { return false }
        // It is judged as the program that it names.
        if case .command = reading.syntax.operands { return false }
        return reading.syntax.executesByOption && !reading.syntax.isGuess
    }

    private mutating func subcommand(_ table: [String: ProgramSyntax], at place: Int, _ reading: inout Reading) {
        let word = words[place]
        if word.isStrangers, reading.isCommand { note(place, .chooses) }
        if let next = table[word.literal], !word.holdsValue {
            reading.enter(next, word.literal)
        } else if !reading.isBehindOption {
            reading.isDone = true
        }
    }

    /// The word at `place` is executed: it must not hold a value.
    mutating func execute(_ place: Int, _ reading: Reading) {
        guard words.indices.contains(place), words[place].holdsValue else { return }
        if reading.syntax.isMild, words[place].origin == .person { return }
        let program = [reading.name, reading.option].compactMap { $0 }.joined(separator: " ")
        note(place, .executes(program: program, isShell: reading.awaitsText && !reading.syntax.isGuess))
    }

    /// The word at `place` names what is executed or loaded.
    mutating func load(_ place: Int, glued: Bool, _ reading: Reading) {
        guard reading.isCommand, words.indices.contains(place) else { return }
        let word = words[place]
        if word.isStrangers { return note(place, .chooses) }
        if !glued { noteFile(place) }
        if folderIsStrangers, !glued, !word.isAbsolute, word.holdsValue || word.literal.contains("/") {
            note(place, .folder)
        }
    }
}
