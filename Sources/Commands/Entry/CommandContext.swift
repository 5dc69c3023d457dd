import Coordinator
import Glibc
import Model
import Settings
import Store

/// What a command may touch: the environment, the output, the store and the configuration.
struct CommandContext: Sendable {
    let environment: [String: String]
    let output: Output
    /// The folder that relative paths start from.
    let directory: String
    private let database: String?
    let configurationFile: String?
    let noInput: Bool
    let progress: ProgressChoice
    let wantsJSON: Bool
    let options: GlobalOptions

    /// The context of a command with these options.
    init(
        _ options: GlobalOptions, environment: [String: String],
        streams: TuttiCommandLine.Streams = TuttiCommandLine.Streams()
    ) throws(TuttiError) {
        self.environment = environment
        let colour = options.color
        output = Output(
            data: Terminal.surface(streams.data, colour: colour, environment: environment),
            notes: Terminal.surface(streams.notes, colour: colour, environment: environment), quiet: options.quiet,
            verbose: options.verbose, rows: RowMemory(environment: environment), dataDescriptor: streams.data,
            notesDescriptor: streams.notes)
        if let folder = options.directory, chdir(folder) != 0 {
            throw TuttiError(
                .notFound, "Cannot work in \(folder): \(String(cString: strerror(errno))).",
                hint: "name a folder that exists with -C DIR")
        }
        directory = CommandContext.workingDirectory()
        database = options.db
        configurationFile = options.config
        noInput = options.noInput || environment["TUTTI_NO_INPUT"].map { !$0.isEmpty && $0 != "0" } ?? false
        let wanted = environment["TUTTI_PROGRESS"].flatMap { $0.isEmpty ? nil : $0 } ?? ProgressChoice.auto.rawValue
        try CommandContext.check("TUTTI_PROGRESS", wanted, ProgressChoice.allCases.map(\.rawValue))
        let coloured = environment["TUTTI_COLOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ColourChoice.auto.rawValue
        try CommandContext.check("TUTTI_COLOR", coloured, ColourChoice.allCases.map(\.rawValue))
        progress = options.progress != .auto ? options.progress : ProgressChoice(rawValue: wanted) ?? .auto
        wantsJSON = options.json != nil
        self.options = options
    }

    /// A variable with a wrong word in it is told, not passed over.
    private static func check(_ name: String, _ word: String, _ known: [String]) throws(TuttiError) {
        guard !known.contains(word) else { return }
        throw TuttiError(
            .badConfiguration, "\(name) is \"\(word)\".",
            hint: Suggestion.start(for: word, among: known) + "one of: " + known.joined(separator: ", "))
    }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The moment by the wall clock.
    var now: Timestamp { WallClock.now() }

    /// All settings that hold here.
    ///
    /// `project` is the folder whose project is meant, where that is not the one that the command works in.
    func configuration(project: String? = nil) throws(TuttiError) -> Configuration {
        let flags = database.map { [Configuration.Flag(key: "store", flag: "--db", value: $0)] } ?? []
        return try Configuration.load(
            directory: directory, project: project, explicit: configurationFile, environment: environment, flags: flags)
    }

    /// The settings that can be read, for commands that only read the store or steer what is under way.
    ///
    /// A typo in a file must not take from a person the means to stop what it started: such a file is told of on one line,
    /// and nothing of it holds but where the store lies. Where even that cannot be read, the line says which store is used.
    func readableConfiguration() throws -> Configuration {
        let flags = database.map { [Configuration.Flag(key: "store", flag: "--db", value: $0)] } ?? []
        var broken: [BrokenSettings] = []
        let configuration = try Configuration.load(
            directory: directory, explicit: configurationFile, environment: environment, flags: flags,
            passingOver: { broken.append($0) })
        for file in broken {
            var line = "warning: \(output.notes.safeLine(file.line)); passed over"
            // Flags and variables are stronger than any file.
            switch configuration.origin(of: "store") {
            case .flag, .environment: break
            default:
                guard file.mayNameStore else { break }
                let place = try StorePlace.resolve(configuration: configuration, environment: environment)
                line += "; it may name another store than the one that is used, \(output.notes.safeLine(place.path))"
            }
            output.note(once: line)
        }
        return configuration
    }

    /// Where the store lies.
    func storePath() throws -> String {
        let place = try StorePlace.resolve(configuration: try readableConfiguration(), environment: environment)
        if let notice = place.notice { output.note(once: "note: " + notice) }
        return place.path
    }

    /// The store for reading; nil when nothing was ever recorded there.
    func storeForReading() throws -> Store? {
        let path = try storePath()
        if access(path, F_OK) != 0, errno == ENOENT { return nil }
        return try Store.open(path, access: .readOnly, stateHome: stateHome)
    }

    /// The store of a configuration that was read already, for reading; nil when nothing was ever recorded there.
    func storeForReading(_ configuration: Configuration) throws -> Store? {
        let path = try StorePlace.resolve(configuration: configuration, environment: environment).path
        if access(path, F_OK) != 0, errno == ENOENT { return nil }
        return try Store.open(path, access: .readOnly, stateHome: stateHome)
    }

    /// The store for reading, or an error for commands that name something in it.
    func existingStore() throws -> Store {
        guard let store = try storeForReading() else {
            throw TuttiError(
                .notFound, "Nothing is recorded yet: there is no store at \(try storePath()).",
                hint: "ask something first: tutti ask \"…\" MODULE, or see how it looks: tutti demo")
        }
        return store
    }

    /// The store for writing; created when there is none.
    func storeForWriting() throws -> Store {
        try Store.open(try storePath(), access: .readWrite, stateHome: stateHome)
    }

    /// The store for writing that `--db` names, without a look at any settings; without `--db` the usual one.
    func storeForRecovery() throws -> Store {
        guard let database else { return try storeForWriting() }
        let place = try StorePlace.named(database, directory: directory, environment: environment)
        return try Store.open(place.path, access: .readWrite, stateHome: stateHome)
    }

    /// The store of a configuration that was read already, for writing.
    func storeForWriting(_ configuration: Configuration) throws -> Store {
        let place = try StorePlace.resolve(configuration: configuration, environment: environment)
        if let notice = place.notice { output.note(once: "note: " + notice) }
        return try Store.open(place.path, access: .readWrite, stateHome: stateHome)
    }

    /// Whether standard input is a terminal.
    var isInputTerminal: Bool { isatty(0) == 1 }

    /// The folder under which every store keeps its spools and locks.
    var stateHome: String { Places(environment: environment).state }
}

/// Reads the wall clock, for people and for records.
enum WallClock {
    /// The moment now.
    static func now() -> Timestamp { .now }

    /// Seconds that local time is ahead of UTC at `moment`.
    static func utcOffset(at moment: Timestamp) -> Int64 {
        var seconds = time_t(moment.milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return Int64(parts.tm_gmtoff)
    }
}
