import ArgumentParser
import Model
import Settings

/// `tutti trust`: allows what a project's settings name to be run.
struct TrustCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Allows what a project's settings name to be run.",
        usage: "tutti trust [FILE] [--diff | --list | --remove]")

    @Argument(help: "A settings file, or the project's when left out.", completion: .file()) var file: String?
    @Flag(help: "Only show what it would run, or what changed.") var diff = false
    @Flag(help: "All files that are trusted.") var list = false
    @Flag(help: "Trust it no longer.") var remove = false
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let trust = TrustStore(environment: context.environment)
        if list {
            let listing = Listing(
                records: trust.trustedFiles.map { ["file": .string($0)] }, columns: ["file"], identifier: "file",
                fields: ["file"]
            ) { surface in
                trust.trustedFiles.isEmpty ? ["no file is trusted"] : trust.trustedFiles.map { surface.safeLine($0) }
            }
            return try listing.present(options, on: context.output)
        }
        let configuration = try Configuration.load(
            directory: context.directory, explicit: file ?? options.config, environment: context.environment)
        guard let path = configuration.projectFile else {
            throw TuttiError(.notFound, "There is no tutti.yaml here to trust.", hint: "write one: tutti init")
        }
        if remove {
            let was = try trust.distrust(path)
            return context.output.line(was ? "\(path) is no longer trusted" : "\(path) was not trusted")
        }
        let surface = context.output.data
        switch trust.state(of: configuration) {
        case .notNeeded: context.output.line("\(surface.safeLine(path)) names nothing that needs trust")
        case .trusted: context.output.line("\(surface.safeLine(path)) is trusted")
        case .untrusted(let needs):
            context.output.lines(
                ["\(surface.safeLine(path))"]
                    + needs.reasons.map { "  " + surface.safeLine("\($0.text) (line \($0.position.line))") })
            if diff { throw Exit(.notAllowed) }
            try trust.trust(configuration)
            context.output.line("trusted; undo: tutti trust --remove")
        case .changed(_, let lines):
            context.output.lines(lines.map { surface.safeLine($0) })
            if diff { throw Exit(.notAllowed) }
            try trust.trust(configuration)
            context.output.line("trusted as it is now; undo: tutti trust --remove")
        }
    }
}
