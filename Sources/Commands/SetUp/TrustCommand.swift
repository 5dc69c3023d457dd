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

    var shape: OutputShape? { .records(list ? ["file"] : ["file", "trust", "reasons", "changes"]) }

    func run(in context: CommandContext) throws {
        let trust = TrustStore(environment: context.environment)
        if list {
            let files = trust.trustedFiles
            return try Listing(
                records: files.map { ["file": .string($0)] }, columns: ["file"], identifier: "file", fields: ["file"]
            ) { surface in
                files.isEmpty ? ["no file is trusted"] : files.map { surface.safeLine($0) }
            }.present(options, on: context.output)
        }
        let configuration = try Configuration.load(
            directory: context.directory, explicit: file ?? options.config, environment: context.environment)
        guard let path = configuration.projectFile else {
            throw TuttiError(.notFound, "There is no tutti.yaml here to trust.", hint: "write one: tutti init")
        }
        if remove {
            let words = try trust.distrust(path) ? "is no longer trusted" : "was not trusted"
            return try present(path, "untrusted", context) { ["\($0.safeLine(path)) \(words)"] }
        }
        switch trust.state(of: configuration) {
        case .notNeeded:
            try present(path, "not_needed", context) { ["\($0.safeLine(path)) names nothing that needs trust"] }
        case .trusted: try present(path, "trusted", context) { ["\($0.safeLine(path)) is trusted"] }
        case .untrusted(let needs):
            if !diff { try trust.trust(configuration) }
            try present(path, diff ? "untrusted" : "trusted", context, reasons: needs.reasons) { surface in
                [surface.safeLine(path)]
                    + needs.reasons.map { "  " + surface.safeLine("\($0.text) (line \($0.position.line))") }
                    + (diff ? [] : ["trusted; undo: tutti trust --remove"])
            }
            if diff { throw Exit(.notAllowed) }
        case .changed(let needs, let lines):
            if !diff { try trust.trust(configuration) }
            try present(path, diff ? "changed" : "trusted", context, reasons: needs.reasons, changes: lines) {
                surface in
                lines.map { surface.safe($0) }
                    + (diff ? [] : ["trusted as it is now; undo: tutti trust --remove"])
            }
            if diff { throw Exit(.notAllowed) }
        }
    }

    private func present(
        _ path: String, _ state: String, _ context: CommandContext, reasons: [TrustNeeds.Reason] = [],
        changes: [String] = [], human: @escaping (Surface) -> [String]
    ) throws {
        let record: JSONObject = [
            "file": .string(path), "trust": .string(state),
            "reasons": .array(
                reasons.map { ["text": .string($0.text), "line": .integer(Int64($0.position.line))] }),
            "changes": .array(changes.map { .string($0) }),
        ]
        try Listing(
            records: [record], columns: ["file", "trust"], identifier: "file", isSingle: true, human: human
        ).present(options, on: context.output)
    }
}
