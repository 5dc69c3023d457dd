import ArgumentParser
import Glibc
import Model
import Providers
import Settings
import Store

/// `tutti provider parse NAME FILE`: what a recorded output means, without starting anything.
struct ProviderParseCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse", abstract: "What a recorded output means; starts nothing.",
        usage: "tutti provider parse NAME FILE [--exit N | --signal N] [--events] [--json]")

    @Argument(help: "A provider.", completion: .providers) var name: String
    @Argument(help: "The recorded standard output; - is standard input.", completion: .file()) var file: String
    @Option(help: "The exit status that the process ended with.") var exit: Int32?
    @Option(help: "The signal that ended it.") var signal: Int32?
    @Option(help: ArgumentHelp("What it wrote to standard error.", valueName: "file")) var stderr: String?
    @Flag(help: "All events, one JSON object a line.") var events = false
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let definition = try context.configuration().providers.definition(name)
        let bytes = try FileBytes.read(file)
        let errors = try stderr.map { String(decoding: try FileBytes.read($0), as: UTF8.self) } ?? ""
        if exit == nil, signal == nil {
            context.output.note(
                "note: how it ended is taken as unknown, as after the death of its host; say it with --exit N or --signal N"
            )
        }
        let parsed = ParsedRecording(bytes, of: definition, status: exit, signal: signal, stderr: errors)
        if events {
            return context.output.jsonLines(parsed.events.map { JSONValue.object(ParsedEvent.json($0)).text })
        }
        let listing = Listing(
            records: [parsed.json], columns: ["state", "class", "text"], identifier: "state", isSingle: true
        ) {
            ProviderParseCommand.lines(parsed, on: $0)
        }
        try listing.present(options, on: context.output)
    }

    private static func lines(_ parsed: ParsedRecording, on surface: Surface) -> [String] {
        var lines = ["state   " + StateMark.words(parsed.outcome.state.rawValue, on: surface)]
        if let failure = parsed.outcome.failure {
            lines.append("class   \(failure.class.rawValue)")
            lines.append("error   " + surface.safeLine(failure.message))
        }
        for tool in parsed.tools {
            let end = tool.isError.map { $0 ? "error" : "ok" } ?? "not ended"
            lines.append("tool    \(surface.safeLine(tool.name))   \(end)")
        }
        for entry in parsed.usage {
            lines.append(
                "usage   \(surface.safeLine(entry.model ?? "not named"))   "
                    + UsageText.line(
                        UsageSum(
                            usage: entry.usage, knownCost: entry.usage.cost ?? .zero,
                            hasUnknownCost: entry.usage.cost == nil)))
        }
        if parsed.rawCount > 0 {
            lines.append("raw     \(Amounts.count(parsed.rawCount, "line")) not known to the dialect")
        }
        lines.append("")
        return lines
            + surface.safe(parsed.outcome.text).split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
    }
}
