import ArgumentParser

/// What `ask` can be told beside the question.
struct AskOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "A module, folder or tag; again for more.") var module: [String] = []
    @Flag(help: "Every module of the project.") var all = false
    @Option(help: "Every module with this tag.") var tag: [String] = []
    @Option(name: [.customShort("x"), .long], help: "All but this module.") var exclude: [String] = []
    @Option(help: "Who answers: a built-in provider or one of the settings.") var provider: String?
    @Option(help: "Which model is asked for.") var model: String?
    @Option(help: ArgumentHelp("Instructions beside the question.", valueName: "file")) var system: String?
    @Option(
        help: ArgumentHelp(
            "A file that is added to the question, - for standard input; again for more.", valueName: "file"))
    var attach: [String] = []
    @Option(name: [.short, .long], help: "How many sessions go at one time.") var jobs: Int?
    @Option(parsing: .unconditional, help: "From -20 to 20; higher ones start first.") var priority = 0
    @Option(help: "How long one session may take: 10m.") var timeout: String?
    @Option(help: "How long the whole run may take: 1h.") var deadline: String?
    @Option(help: "Attempts after the first one; claude and codex go on in their session.") var retries: Int?
    @Option(help: "Start nothing more, and end what runs, at so many dollars.") var maxCost: String?
    @Option(help: "End the run after failures: soon,fail=3 or now,fail=20%.") var halt: String?
    @Option(name: .customLong("any"), help: "The first so many answers are enough.") var enough: Int?
    @Option(
        help:
            "concat, vote, json, or a prompt of several words that a provider answers about all answers; prompt:WORD for one."
    ) var merge: String?
    @Option(help: ArgumentHelp("A JSON Schema that every answer must fit.", valueName: "file")) var schema: String?
    @Flag(name: [.short, .long], help: "Hand the run to the background and return.") var detach = false
    @Option(help: "A name for the run.") var name: String?
    @Option(help: "Asking again with the same key starts nothing.") var key: String?
    @Flag(name: [.customShort("n"), .long], help: "Only show who would be asked, and how.") var dryRun = false
    @Option(help: "Which failures count: any, all or none.") var exitStatus: ExitRule = .any
}

/// Which failures make the exit status 1.
enum ExitRule: String, CaseIterable, ExpressibleByArgument {
    case any, all, none
}
