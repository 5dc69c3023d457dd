import ArgumentParser
import Model
import Settings

/// `tutti help [TOPIC|COMMAND]`.
struct HelpCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "help", abstract: "All commands, one command, or a topic: exit-codes, json, environment.")

    @Argument(help: "A command, or exit-codes, json, environment.") var topic: [String] = []
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        guard let word = topic.first else {
            return context.output.write(Root.helpMessage(columns: 100) + "\n")
        }
        if let text = HelpTopics.text(word, context.output.data) { return context.output.write(text) }
        guard let command = Root.command(topic) else {
            let words = HelpTopics.names + Root.verbs
            throw TuttiError(
                .usage,
                "There is no help on \"\(topic.joined(separator: " "))\"\(Suggestion.clause(for: word, among: words)).",
                hint: "topics: \(HelpTopics.names.joined(separator: ", ")); commands: tutti help")
        }
        context.output.write(Root.helpMessage(for: command, columns: 100) + "\n")
    }
}
