import Settings

/// Looks for words of a command in which a value would choose or become a program.
///
/// A value may come from a model or a stranger's file. As an argument it is data; behind `sh -c` it would be executed, and
/// as the first word it would choose what runs. Programs are known by ``ProgramSyntax``: those that it does not name are
/// taken to read their arguments as data.
struct CommandInspection {
    /// One word of a command.
    struct Word {
        let value: BatchValue
        /// What is written before the first inserted value.
        let literal: String
        let holdsValue: Bool
        /// True when the value may be a stranger's.
        let isUntrusted: Bool
    }

    /// What a value would do.
    enum Danger: Equatable {
        /// Choose what is executed.
        case chooses
        /// Be a part of what `program` executes; for a shell that has a place for arguments behind it.
        case executes(program: String, isShell: Bool)
    }

    private var words: [Word]
    private(set) var found: (word: BatchValue, danger: Danger)?
    /// Places at which a program's name stands for certain.
    private var commands = [0]
    private var inspected: Set<Int> = []

    /// How many words behind a name that may be a program's are looked at.
    private static let reach = 200

    /// Inspects `words`; `isUntrusted` says of a template whether a stranger may have chosen what it comes to.
    init(_ words: [BatchValue], isUntrusted: (Template) -> Bool) {
        self.words = words.map { value in
            guard let template = value.template else {
                return Word(value: value, literal: value.text ?? "", holdsValue: false, isUntrusted: false)
            }
            var literal = ""
            if case .text(let text)? = template.parts.first { literal = text }
            return Word(
                value: value, literal: literal, holdsValue: !template.insertions.isEmpty,
                isUntrusted: isUntrusted(template))
        }
        while let place = commands.popLast(), found == nil { inspectCommand(at: place) }
        // A program may stand anywhere, as behind `docker exec` or `sh -c '"$@"'`: of its options there is no doubt.
        var place = 1
        while found == nil, place < self.words.count {
            if !self.words[place].holdsValue, let syntax = ProgramSyntax.named(self.words[place].literal) {
                read(syntax, at: place, isCommand: false)
            }
            place += 1
        }
    }

    private mutating func inspectCommand(at place: Int) {
        guard words.indices.contains(place), inspected.insert(place).inserted else { return }
        let word = words[place]
        if word.isUntrusted { return note(place, .chooses) }
        if let syntax = ProgramSyntax.named(word.literal), !word.holdsValue {
            read(syntax, at: place, isCommand: true)
        } else if word.holdsValue {
            for syntax in ProgramSyntax.unnamed { read(syntax, at: place, isCommand: true) }
        }
    }

    /// Reads the words behind the program at `start`; only where it `isCommand` do its operands count.
    private mutating func read(_ syntax: ProgramSyntax, at start: Int, isCommand: Bool) {
        var reading = Reading(syntax: syntax, start: start, isCommand: isCommand)
        // The whole command where that is read once.
        let isBounded = !isCommand || !syntax.commandNames.isEmpty
        var place = start + 1
        var endsOptions = false
        while found == nil, !reading.isDone, place < words.count, !isBounded || place - start <= Self.reach {
            let literal = words[place].literal
            let isPlus = syntax.codeFlag != nil && literal.hasPrefix("+")
            if !endsOptions, literal == "--" || (literal == "-" && syntax.codeFlag != nil), !words[place].holdsValue {
                endsOptions = true
                reading.isBehindOption = false
                place += 1
            } else if !endsOptions, literal.hasPrefix("-") && literal != "-" || isPlus {
                place = option(at: place, &reading)
            } else {
                place = operand(at: place, &reading)
            }
        }
    }

    /// How far the reading of one program has come.
    private struct Reading {
        let syntax: ProgramSyntax
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
        var isDone = false
    }

    // MARK: Options

    /// Reads the option at `place`; gives where the next word stands.
    private mutating func option(at place: Int, _ reading: inout Reading) -> Int {
        let (syntax, word) = (reading.syntax, words[place])
        reading.isBehindOption = true
        let parts = word.literal.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let isWhole = parts.count > 1 || !word.holdsValue
        if syntax.commandNames.contains(name) {
            if reading.isCommand { commands.append(place + 1) }
            return place + 1
        }
        if let splitting = syntax.splitting, name == splitting.name, isWhole {
            return split(at: place, glued: parts.count > 1 ? String(parts[1]) : nil, reading)
        }
        if isWhole, syntax.codeNames.contains(name) {
            return text(at: place, option: name, isGlued: parts.count > 1, &reading)
        }
        if isWhole, syntax.valuedNames.contains(name) {
            reading.isBehindOption = false
            return place + (parts.count > 1 ? 1 : 2)
        }
        if word.literal.hasPrefix("--") {
            if !isWhole, word.isUntrusted, reading.isCommand { note(place, .chooses) }
            return place + 1
        }
        return letters(at: place, &reading)
    }

    /// Reads options of one letter each, `-eo`, and their values.
    private mutating func letters(at place: Int, _ reading: inout Reading) -> Int {
        let (syntax, word) = (reading.syntax, words[place])
        var rest = word.literal.dropFirst()
        var next = place + 1
        while let letter = rest.popFirst() {
            let isGlued = !rest.isEmpty || word.holdsValue
            if letter == syntax.splitting?.letter {
                return split(at: place, glued: isGlued ? String(rest) : nil, reading)
            }
            if letter == syntax.codeFlag {
                reading.awaitsText = true
                reading.option = word.holdsValue ? "-\(letter)" : word.literal
            } else if syntax.code.contains(letter) {
                // `node -pe TEXT`: both letters mean the one text behind them.
                let isCluster = !rest.isEmpty && !word.holdsValue && rest.allSatisfy { syntax.code.contains($0) }
                if isCluster, !syntax.isGuess { return text(at: place, option: word.literal, isGlued: false, &reading) }
                let option = isGlued ? "-\(letter)" : word.literal
                next = text(at: place, option: option, isGlued: isGlued, &reading)
                // `-ec` may be two options, where nobody knows.
                return syntax.isGuess && isGlued ? text(at: place, option: option, isGlued: false, &reading) : next
            } else if syntax.files.contains(letter) {
                reading.hasProgram = true
                reading.isBehindOption = false
                next = isGlued ? place + 1 : place + 2
                if reading.isCommand, words.indices.contains(next - 1), words[next - 1].isUntrusted {
                    note(next - 1, .chooses)
                }
                // `python -m MODULE`: what follows is the module's.
                if case .script = syntax.operands { reading.isDone = true }
                return next
            } else if syntax.valued.contains(letter) {
                reading.isBehindOption = false
                if syntax.codeFlag == nil { return isGlued ? place + 1 : place + 2 }
                // `bash -oe pipefail`: a shell goes on with its letters, and takes the next word.
                next += 1
            } else if syntax.glued.contains(letter) {
                return place + 1
            }
        }
        // `-${{ … }}` may be any option.
        if word.holdsValue, word.isUntrusted, reading.isCommand { note(place, .chooses) }
        return next
    }

    /// The text of a program is given at `place`, or in the word behind it.
    private mutating func text(at place: Int, option: String, isGlued: Bool, _ reading: inout Reading) -> Int {
        reading.option = option
        reading.hasProgram = true
        reading.isBehindOption = false
        execute(isGlued ? place : place + 1, reading)
        return isGlued ? place + 1 : place + 2
    }

    /// `env -S 'bash -c' …`: the text counts as words.
    private mutating func split(at place: Int, glued: String?, _ reading: Reading) -> Int {
        let holder = glued == nil ? place + 1 : place
        guard words.indices.contains(holder) else { return holder + 1 }
        let word = words[holder]
        if word.holdsValue {
            note(holder, .executes(program: "\(name(at: reading.start)) -S", isShell: false))
            return holder + 1
        }
        let texts = (glued ?? word.literal).split { " \t\n".contains($0) }.map { $0.filter { !"'\"".contains($0) } }
        words.replaceSubrange(
            place...holder,
            with: texts.map { Word(value: word.value, literal: $0, holdsValue: false, isUntrusted: false) })
        return place
    }

    // MARK: Operands

    /// Reads the word at `place`, which is no option; gives where the next one stands.
    private mutating func operand(at place: Int, _ reading: inout Reading) -> Int {
        let word = words[place]
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
            // Its own arguments follow.
            if reading.hasProgram || !word.holdsValue && !reading.isBehindOption { reading.isDone = true }
            if !reading.hasProgram, reading.isCommand, word.isUntrusted { note(place, .chooses) }
        case .text:
            reading.isDone = true
            if !reading.hasProgram, reading.isCommand { execute(place, reading) }
        case .texts(let count):
            guard reading.isCommand else { break }
            if reading.operands > count {
                execute(place, reading)
            } else if word.isUntrusted, word.literal.isEmpty {
                note(place, .chooses)
            }
        case .command(let count):
            if word.literal.contains("=") {
                reading.operands -= 1
            } else if reading.operands > count {
                if reading.isCommand { commands.append(place) }
                reading.isDone = true
            } else if word.isUntrusted, word.literal.isEmpty, reading.isCommand {
                note(place, .chooses)
            }
        }
        return place + 1
    }

    // MARK: What is found

    /// The word at `place` is executed: it must not hold a value.
    private mutating func execute(_ place: Int, _ reading: Reading) {
        guard words.indices.contains(place), words[place].holdsValue else { return }
        if reading.syntax.isMild, !words[place].isUntrusted { return }
        let program = [name(at: reading.start), reading.option].compactMap { $0 }.joined(separator: " ")
        note(place, .executes(program: program, isShell: reading.awaitsText && !reading.syntax.isGuess))
    }

    private func name(at place: Int) -> String {
        words[place].value.template?.source ?? words[place].literal.split(separator: "/").last.map(String.init) ?? ""
    }

    private mutating func note(_ place: Int, _ danger: Danger) {
        if found == nil { found = (words[place].value, danger) }
    }
}
