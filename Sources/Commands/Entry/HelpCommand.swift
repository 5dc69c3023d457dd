import ArgumentParser
import Model
import Settings

/// `tutti help [TOPIC|COMMAND]`.
struct HelpCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "help", abstract: "All commands, one command, or a topic: exit-codes, json, environment.")

    @Argument(help: "A command, or exit-codes, json, environment.") var topic: [String] = []
    @Option(help: ArgumentHelp("With json: the schema of a type of event.", valueName: "type")) var schema: String?
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        if let schema {
            guard topic == ["json"] else {
                throw TuttiError(
                    .usage, "--schema belongs to the topic json.", hint: "tutti help json --schema \(schema)")
            }
            return context.output.json(.object(try SchemaCommand.event(schema)))
        }
        guard let word = topic.first else {
            return context.output.write(Root.helpMessage(columns: 100) + "\n")
        }
        if let text = HelpTopics.text(word, context.output.data) { return context.output.write(text) }
        guard let command = Root.command(topic) else {
            let words = HelpTopics.names + Root.verbs
            throw TuttiError(
                .usage,
                "There is no help on \"\(topic.joined(separator: " "))\".",
                hint: Suggestion.start(for: word, among: words)
                    + "topics: \(HelpTopics.names.joined(separator: ", ")); commands: tutti help")
        }
        context.output.write(Root.helpMessage(for: command, columns: 100) + "\n")
    }
}
