import Settings

/// Who may have chosen a value.
enum ValueOrigin: Comparable {
    /// Whoever wrote the file, or gives it its inputs.
    case person
    /// Whoever named a file that a pattern of the file fits.
    case fileName
    /// A model, a command, or the content of a file.
    case stranger
}

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
        /// True when it is a path from the root of the file system, whatever is inserted.
        let isAbsolute: Bool
        let origin: ValueOrigin

        init(_ value: BatchValue, origin: (Template) -> ValueOrigin) {
            self.value = value
            guard let template = value.template else {
                literal = value.text ?? ""
                (holdsValue, isAbsolute, self.origin) = (false, literal.hasPrefix("/"), .person)
                return
            }
            var literal = ""
            if case .text(let text)? = template.parts.first { literal = text }
            self.literal = literal
            holdsValue = !template.insertions.isEmpty
            isAbsolute = literal.hasPrefix("/") || template.beginsWithFolder
            self.origin = origin(template)
        }

        /// The path behind `${{ batch.folder }}/`, where nothing else is inserted.
        var pathInFolder: String? {
            guard let template = value.template, template.beginsWithFolder, template.parts.count == 2,
                case .text(let text) = template.parts[1], text.hasPrefix("/")
            else { return nil }
            return String(text.drop { $0 == "/" })
        }

        /// A word that came of a text in `holder`.
        init(_ text: String, of holder: Word) {
            value = holder.value
            literal = text
            (holdsValue, isAbsolute, origin) = (false, text.hasPrefix("/"), .person)
        }

        var isStrangers: Bool { origin == .stranger }
    }

    /// What a value would do.
    enum Danger: Equatable {
        /// Choose what is executed.
        case chooses
        /// Be a part of what `program` executes; for a shell that has a place for arguments behind it.
        case executes(program: String, isShell: Bool)
        /// Be read as an option by `program`, which executes what some options say.
        case option(of: String)
        /// Choose the folder in which a program is looked for by its relative path.
        case folder
    }

    var words: [Word]
    private(set) var found: (word: BatchValue, danger: Danger)?
    /// The words that name files which are executed, as far as is known.
    private(set) var executed: [Word] = []
    /// Places at which a program's name stands for certain.
    var commands = [0]
    /// True when a stranger chooses the folder in which relative paths are looked for.
    var folderIsStrangers: Bool
    private var inspected: Set<Int> = []

    /// How many words behind a name that may be a program's are looked at.
    static let reach = 200

    /// Inspects `words`; `origin` says of a template who may have chosen what it comes to.
    init(_ words: [BatchValue], folderIsStrangers: Bool = false, origin: (Template) -> ValueOrigin) {
        self.words = words.map { Word($0, origin: origin) }
        self.folderIsStrangers = folderIsStrangers
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
        if word.isStrangers { return note(place, .chooses) }
        if word.holdsValue || word.literal.contains("/") { executed.append(word) }
        if folderIsStrangers, !word.isAbsolute, word.holdsValue || word.literal.contains("/") {
            return note(place, .folder)
        }
        if let syntax = ProgramSyntax.named(word.literal), !word.holdsValue {
            read(syntax, at: place, isCommand: true)
        } else if word.holdsValue {
            for syntax in ProgramSyntax.unnamed { read(syntax, at: place, isCommand: true) }
        }
    }

    /// The word at `place` names a file that is executed, whatever its folder.
    mutating func noteFile(_ place: Int) { executed.append(words[place]) }

    mutating func note(_ place: Int, _ danger: Danger) {
        if found == nil { found = (words[place].value, danger) }
    }
}

extension Template {
    /// True when it begins with `${{ batch.folder }}`.
    fileprivate var beginsWithFolder: Bool {
        guard case .insertion(.member(.root("batch", _), "folder", _), _, _)? = parts.first else { return false }
        return true
    }
}
