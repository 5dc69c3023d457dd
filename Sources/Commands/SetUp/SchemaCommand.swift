import ArgumentParser
import Model
import Settings

/// `tutti schema`: JSON Schemas of what people write and programs read.
struct SchemaCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "JSON Schemas: settings (the default) or event.",
        usage: "tutti schema [settings|event]")
    @Argument(help: "settings or event.", completion: .list(["settings", "event"])) var name = "settings"
    @OptionGroup var options: GlobalOptions

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
            throw TuttiError(
                .usage, "There is no schema \"\(name)\"\(Suggestion.clause(for: name, among: ["settings", "event"])).",
                hint: "one of: settings, event")
        }
    }
}

/// The JSON Schema of one line of `tutti events` and `tutti ask --json`.
enum EventSchema {
    /// The schema. Members that it does not name may come with any type; fields are only ever added.
    static var document: JSONObject {
        let id: JSONValue = ["type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{16}$"]
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "tutti event", "type": "object",
            "required": ["v", "seq", "ts", "type"],
            "properties": [
                "v": ["const": 1], "seq": ["type": "integer", "minimum": 0],
                "ts": ["type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$"],
                "type": ["enum": .array(EventType.allCases.map { .string($0.rawValue) })], "run": id, "job": id,
                "session": id, "module": ["type": "string"],
                "exit": ["enum": .array(ExitCode.allCases.map { .integer(Int64($0.rawValue)) })],
            ],
        ]
    }
}
