import ArgumentParser
import Batch
import Model
import Settings

/// `tutti schema`: JSON Schemas of what people write and programs read.
struct SchemaCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "JSON Schemas: settings (the default), batch, event, or one type of event.",
        usage: "tutti schema [settings|batch|batch-plan|batch-job|batch-problems|event|TYPE]",
        discussion:
            "batch is a batch file, batch-… what tutti batch prints as JSON. TYPE is a type of event: run.finished, "
            + "text.delta, …")
    @Argument(
        help: "settings, batch, batch-plan, batch-job, batch-problems, event, or a type of event.",
        completion: .list(SchemaCommand.names))
    var name = "settings"
    @OptionGroup var options: GlobalOptions

    /// What there are schemas of.
    static let names =
        ["settings", "batch"] + BatchCatalog.entries.map(\.name) + ["event"] + EventCatalog.entries.map(\.type.rawValue)

    func run(in context: CommandContext) throws {
        func present(_ document: JSONObject, _ text: String) {
            if options.json != nil { context.output.json(.object(document)) } else { context.output.write(text) }
        }
        switch name {
        case "settings": present(SettingsSchema.document, SettingsSchema.text)
        case "batch": present(BatchSchema.document, BatchSchema.text)
        case "event": context.output.json(.object(EventSchema.document))
        default:
            context.output.json(.object(try SchemaCommand.printed(name)))
        }
    }

    /// The schema of a type of event, or of a document that a command prints; a word that is neither is refused.
    static func printed(_ name: String) throws(TuttiError) -> JSONObject {
        if let entry = BatchCatalog.entry(name) { return RecordSchema.document(entry) }
        if let type = EventType(rawValue: name), let document = EventSchema.document(type) { return document }
        if EventType(rawValue: name) != nil {
            throw TuttiError(
                .notFound, "The type \(name) is a name that is kept; no event of it is written.",
                hint: "types with a schema: " + EventCatalog.entries.map(\.type.rawValue).joined(separator: ", "))
        }
        throw TuttiError(
            .usage, "There is no schema \"\(name)\".",
            hint: Suggestion.start(for: name, among: names) + "one of: " + names.joined(separator: ", "))
    }
}
