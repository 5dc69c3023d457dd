import ArgumentParser
import Model
import Settings
import Store

/// `tutti export RUN …`: what was recorded, for other programs and for people who do not have the store.
struct ExportCommand: TuttiCommand {
    /// What is written.
    enum Form: String, CaseIterable {
        case json, ndjson, csv, md, joblog
    }

    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Runs as a file: JSON, events, a table, Markdown, or a job log.",
        usage: "tutti export RUN … [--format json|ndjson|csv|md|joblog] [-o FILE]",
        discussion: """
            json    all that is recorded, sessions with their pieces, in one document (what you get
                    without a --format, too)
            ndjson  the events, one JSON object a line, as tutti events prints them
            csv     one line for each job: its state, times, answer, and the tokens and cost of all its
                    attempts together
            md      questions and answers, for reading
            joblog  one line for each attempt that ended, in the columns of GNU parallel's --joblog.
                    Exitval is 0 for those that succeeded and not 0 for all others: the program's
                    own status where it has one, else 1
            """)

    @Argument(help: "Runs, or jobs and sessions of them.", completion: .identifiers) var ids: [String]
    @Option(name: [.short, .long], help: "The file to write, a new one (--yes replaces it).", completion: .file())
    var output: String?
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let form = try chosen()
        let store = try context.existingStore()
        let runs = try store.read { reader in
            var seen: Set<Identifier> = []
            return try ids.map { try Names.run($0, in: reader) }.filter { seen.insert($0).inserted }
        }
        let target = try ExportTarget(output, replacing: options.yes, context.output)
        switch form {
        case .json: try ExportedRuns.json(runs, store, at: context.now, to: target)
        case .ndjson: try ExportedRuns.events(runs, store, to: target)
        case .csv: try ExportedRuns.csv(runs, store, to: target)
        case .md: try ExportedRuns.markdown(runs, store, to: target)
        case .joblog: try ExportedRuns.jobLog(runs, store, to: target)
        }
        try target.finish()
    }

    private func chosen() throws(TuttiError) -> Form {
        let words = Form.allCases.map(\.rawValue)
        guard let word = options.format else {
            if let fields = options.json, fields != "*" {
                throw TuttiError(
                    .usage, "An export has all fields.", hint: "pick with: tutti show ID --json=\(fields)")
            }
            return .json
        }
        guard let form = Form(rawValue: word) else {
            throw TuttiError(
                .usage, "\"\(word)\" is no form of an export.",
                hint: Suggestion.start(for: word, among: words) + "one of: " + words.joined(separator: ", "))
        }
        return form
    }
}
