import Model

/// JSON Schemas of records whose fields a catalogue names. Fields are only ever added, so that unknown ones are allowed.
enum RecordSchema {
    /// The version of JSON Schema that all of them are written in.
    static let draft: JSONValue = "https://json-schema.org/draft/2020-12/schema"

    /// The schema of a document of `tutti batch`.
    static func document(_ entry: BatchCatalog.Entry) -> JSONObject {
        var document: JSONObject = [
            "$schema": draft, "title": .string(entry.name), "description": .string(entry.summary),
        ]
        let record = record(entry.fields)
        let schema: JSONObject = entry.isList ? ["type": "array", "items": .object(record)] : record
        for member in schema.members { document[member.key] = member.value }
        return document
    }

    /// An object of these fields; others are allowed.
    static func record(_ fields: [EventCatalog.Field]) -> JSONObject {
        [
            "type": "object", "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
            "properties": .object(
                JSONObject(
                    fields.map { field in
                        var schema = schema(of: field.kind)
                        schema["description"] = .string(field.summary)
                        return (key: field.name, value: .object(schema))
                    })),
        ]
    }

    private static func schema(of kind: EventCatalog.Kind) -> JSONObject {
        switch kind {
        case .text: return ["type": "string"]
        case .identifier: return ["type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{16}$"]
        case .count: return ["type": "integer"]
        case .flag: return ["type": "boolean"]
        case .exit: return ["enum": .array(ExitCode.allCases.map { .integer(Int64($0.rawValue)) })]
        case .words(let words): return ["enum": .array(words.map { .string($0) })]
        case .any: return [:]
        case .orNull(let kind): return ["anyOf": [.object(schema(of: kind)), ["type": "null"]]]
        case .list(let kind): return ["type": "array", "items": .object(schema(of: kind))]
        case .record(let fields): return record(fields)
        }
    }
}
