import ArgumentParser
import Model
import Settings

/// `tutti help [TOPIC|COMMAND]`.
struct HelpCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "help",
        abstract:
            "All commands, one command, or a topic: exit-codes, json, events, environment, settings, batch-files, serving."
    )

    @Argument(help: "A command, or exit-codes, json, events, environment, settings, batch-files, serving.")
    var topic: [String] = []
    @Option(
        help: ArgumentHelp(
            "With json: the schema of a type of event, or of what tutti batch prints.", valueName: "type")) var schema:
        String?
    @Flag(help: ArgumentHelp("A topic as a page of the manual.", visibility: .hidden)) var man = false
    @OptionGroup var options: GlobalOptions

    var isPaged: Bool { true }

    func run(in context: CommandContext) throws {
        if let schema {
            guard topic == ["json"] else {
                throw TuttiError(
                    .usage, "--schema belongs to the topic json.", hint: "tutti help json --schema \(schema)")
            }
            return context.output.json(.object(try SchemaCommand.printed(schema)))
        }
        guard let word = topic.first else {
            return context.output.write(HelpText.of(on: context.output.data))
        }
        if topic.count == 1, let page = HelpTopics.page(word) {
            return context.output.write(man ? page.roff : page.text(on: context.output.data))
        }
        if man {
            throw TuttiError(
                .usage, "--man belongs to the topics.", hint: "topics: " + HelpTopics.names.joined(separator: ", "))
        }
        guard let command = Root.command(topic) else {
            let words = HelpTopics.names + Root.verbs
            throw TuttiError(
                .usage,
                "There is no help on \"\(topic.joined(separator: " "))\".",
                hint: Suggestion.start(for: word, among: words)
                    + "topics: \(HelpTopics.names.joined(separator: ", ")); commands: tutti help")
        }
        context.output.write(HelpText.of(command, on: context.output.data))
    }
}
