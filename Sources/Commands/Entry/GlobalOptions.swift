import ArgumentParser

/// Options that every command understands, before or after its name.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("json"),
        help: ArgumentHelp(
            "JSON: one document, or one object a line for ask and events; pick with --json=FIELDS, list with --json=?.",
            valueName: "fields"))
    var json: String?

    @Option(help: ArgumentHelp("table, csv, md, or a template like '{{id}} {{state}}'.", valueName: "form"))
    var format: String?

    @Flag(help: "Tab separated, no wrapping, no signs.")
    var plain = false

    @Flag(name: [.short, .long], help: "Only what was asked for; lists print identifiers.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Say more about what is done.")
    var verbose = false

    @Option(help: ArgumentHelp("auto, always or never.", valueName: "when"))
    var color: ColourChoice = .auto

    @Option(help: ArgumentHelp("auto, tty, plain, json or quiet.", valueName: "how"))
    var progress: ProgressChoice = .auto

    @Option(help: ArgumentHelp("The store to use.", valueName: "path"))
    var db: String?

    @Option(help: ArgumentHelp("The project's configuration file.", valueName: "file"))
    var config: String?

    @Option(
        name: [.customShort("C"), .long], help: ArgumentHelp("Work as if started in this folder.", valueName: "dir"))
    var directory: String?

    @Flag(help: "Print at once, not through a pager.")
    var noPager = false

    @Flag(help: "Never ask a question.")
    var noInput = false

    @Flag(help: "Answer every question with yes.")
    var yes = false
}

/// How a run is shown while it goes on.
enum ProgressChoice: String, Sendable, CaseIterable, ExpressibleByArgument {
    case auto, tty, plain, json, quiet
}

extension ColourChoice: ExpressibleByArgument {}
