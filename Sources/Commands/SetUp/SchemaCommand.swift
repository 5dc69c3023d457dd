import ArgumentParser
import Model
import Settings

/// `tutti schema`: JSON Schemas of what people write and programs read.
struct SchemaCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "JSON Schemas: settings (the default), event, or one type of event.",
        usage: "tutti schema [settings|event|TYPE]", discussion: "TYPE is a type of event: run.finished, text.delta, …")
    @Argument(help: "settings, event, or a type of event.", completion: .list(SchemaCommand.names))
    var name = "settings"
    @OptionGroup var options: GlobalOptions

    /// What there are schemas of.
    static let names = ["settings", "event"] + EventCatalog.entries.map(\.type.rawValue)

    func run(in context: CommandContext) throws {
        switch name {
        case "settings":
            if options.json != nil {
                context.output.json(.object(SettingsSchema.document))
            } else {
                context.output.write(SettingsSchema.text)
            }
        case "event": context.output.json(.object(EventSchema.document))
        default:
            context.output.json(.object(try SchemaCommand.event(name)))
        }
    }

    /// The schema of a type of event; a word that is none is refused.
    static func event(_ name: String) throws(TuttiError) -> JSONObject {
        if let type = EventType(rawValue: name), let document = EventSchema.document(type) { return document }
        if EventType(rawValue: name) != nil {
            throw TuttiError(
                .notFound, "The type \(name) is a name that is kept; no event of it is written.",
                hint: "types with a schema: " + names.dropFirst(2).joined(separator: ", "))
        }
        throw TuttiError(
            .usage, "There is no schema \"\(name)\".",
            hint: Suggestion.start(for: name, among: names) + "one of: " + names.joined(separator: ", "))
    }
}
