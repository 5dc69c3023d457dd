import Model
import Providers

/// The part of a provider's definition that reads its output and ends its process, as the store keeps it.
///
/// No command, argument or variable: those may hold secrets, and whoever follows a session does not start it.
enum StoredDefinition {
    /// The definition as JSON.
    static func json(_ definition: ProviderDefinition) -> JSONObject {
        var object: JSONObject = ["name": .string(definition.name), "kind": .string(definition.kind.rawValue)]
        if definition.isPartOfTutti || definition.name == BatchDrafts.command { object["free"] = true }
        if definition.kind == .jsonl { object["fields"] = .object(json(definition.fields)) }
        if let recording = definition.recording {
            object["recording"] = [
                "dialect": .string(recording.dialect.rawValue), "fields": .object(json(recording.fields)),
            ]
        }
        return object
    }

    /// The definition that `json` wrote; nil for what this version does not know.
    static func definition(_ value: JSONValue) -> ProviderDefinition? {
        guard let name = value["name"]?.string, let kind = value["kind"]?.string.flatMap(ProviderKind.init) else {
            return nil
        }
        var definition = ProviderDefinition.builtIn(kind)
        definition.name = name
        if let stored = value["fields"] { definition.fields = fields(stored) }
        if let recording = value["recording"], let dialect = recording["dialect"]?.string.flatMap(ProviderKind.init) {
            definition.recording = Recording(
                dialect: dialect, fields: recording["fields"].map { fields($0) } ?? FieldPaths())
        }
        return definition
    }

    private static func json(_ fields: FieldPaths) -> JSONObject {
        var object = JSONObject()
        for (name, path) in FieldPaths.names { object[name] = fields[keyPath: path].map { .string($0) } }
        if fields.usageIsCumulative { object["cumulative"] = true }
        return object
    }

    private static func fields(_ value: JSONValue) -> FieldPaths {
        var fields = FieldPaths()
        for (name, path) in FieldPaths.names { fields[keyPath: path] = value[name]?.string }
        fields.usageIsCumulative = value["cumulative"]?.bool ?? false
        return fields
    }
}
