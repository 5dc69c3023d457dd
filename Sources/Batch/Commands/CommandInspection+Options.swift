/// Reads the options of one program by its syntax.
extension CommandInspection {
    /// Reads the option at `place`; gives where the next word stands.
    mutating func option(at place: Int, _ reading: inout Reading) -> Int {
        let (syntax, word) = (reading.syntax, words[place])
        reading.isBehindOption = true
        let parts = word.literal.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let isGlued = parts.count > 1
        let isWhole = isGlued || !word.holdsValue
        if syntax.commandNames.contains(name) {
            if reading.isCommand { commands.append(place + 1) }
            return place + 1
        }
        if let splitting = syntax.splitting, name == splitting.name, isWhole {
            return split(at: place, glued: isGlued ? String(parts[1]) : nil, reading)
        }
        guard isWhole else {
            // `--${{ … }}` may be any option.
            if word.literal.hasPrefix("--") {
                if word.isStrangers, reading.isCommand { note(place, .chooses) }
                return place + 1
            }
            return letters(at: place, &reading)
        }
        if syntax.codeNames.contains(name) { return text(at: place, option: name, isGlued: isGlued, &reading) }
        if syntax.fileNames.contains(name) { return file(at: place, isGlued: isGlued, &reading) }
        let holder = isGlued ? place : place + 1
        if syntax.loadNames.contains(name) {
            reading.isBehindOption = false
            load(holder, glued: isGlued, reading)
            return holder + 1
        }
        if syntax.valuedNames.contains(name) {
            reading.isBehindOption = false
            if syntax.folders.contains(name) { enterFolder(holder) }
            return holder + 1
        }
        return word.literal.hasPrefix("--") ? place + 1 : letters(at: place, &reading)
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
            if letter == syntax.module { return module(at: place, glued: isGlued ? String(rest) : nil, &reading) }
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
                return file(at: place, isGlued: isGlued, &reading)
            } else if syntax.loads.contains(letter) {
                reading.isBehindOption = false
                load(isGlued ? place : place + 1, glued: isGlued, reading)
                return isGlued ? place + 1 : place + 2
            } else if syntax.valued.contains(letter) {
                reading.isBehindOption = false
                if syntax.folders.contains(String(letter)) { enterFolder(isGlued ? place : place + 1) }
                if syntax.codeFlag == nil { return isGlued ? place + 1 : place + 2 }
                // `bash -oe pipefail`: a shell goes on with its letters, and takes the next word.
                next += 1
            } else if syntax.glued.contains(letter) {
                return place + 1
            }
        }
        // `-${{ … }}` may be any option.
        if word.holdsValue, word.isStrangers, reading.isCommand { note(place, .chooses) }
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

    /// The file that is executed is named at `place`, or in the word behind it.
    private mutating func file(at place: Int, isGlued: Bool, _ reading: inout Reading) -> Int {
        let holder = isGlued ? place : place + 1
        reading.hasProgram = true
        reading.isBehindOption = false
        load(holder, glued: isGlued, reading)
        // `php -f FILE`: what follows is the file's.
        if case .script = reading.syntax.operands { reading.isDone = true }
        return holder + 1
    }

    /// `python -m MODULE`: what follows is the module's.
    private mutating func module(at place: Int, glued: String?, _ reading: inout Reading) -> Int {
        let holder = glued == nil ? place + 1 : place
        guard words.indices.contains(holder) else { return holder + 1 }
        if reading.isCommand, words[holder].isStrangers { note(holder, .chooses) }
        let name = glued ?? words[holder].literal
        if let syntax = reading.syntax.modules[name], !words[holder].holdsValue {
            reading.enter(syntax, "-m \(name)")
        } else {
            reading.isDone = true
        }
        return holder + 1
    }

    /// What follows is looked for in the folder that is named at `place`.
    private mutating func enterFolder(_ place: Int) {
        if words.indices.contains(place), words[place].isStrangers { folderIsStrangers = true }
    }

    /// `env -S 'bash -c' …`: the text counts as words.
    private mutating func split(at place: Int, glued: String?, _ reading: Reading) -> Int {
        let holder = glued == nil ? place + 1 : place
        guard words.indices.contains(holder) else { return holder + 1 }
        let word = words[holder]
        if word.holdsValue {
            note(holder, .executes(program: "\(reading.name) -S", isShell: false))
            return holder + 1
        }
        let texts = (glued ?? word.literal).split { " \t\n".contains($0) }.map { $0.filter { !"'\"".contains($0) } }
        words.replaceSubrange(place...holder, with: texts.map { Word($0, of: word) })
        return place
    }
}
