import Model

/// The JSON Schemas of the lines of `tutti events` and `tutti ask --json`, made from the catalogue.
enum EventSchema {
    /// The schema of any line. Types that a version does not know are allowed; those that it knows must fit.
    static var document: JSONObject {
        [
            "$schema": RecordSchema.draft, "title": "tutti event", "type": "object",
            "required": ["v", "seq", "ts", "type"],
            "allOf": .array(
                EventCatalog.entries.map { entry in
                    [
                        "if": ["properties": ["type": ["const": .string(entry.type.rawValue)]]],
                        "then": ["$ref": .string("#/$defs/\(entry.type.rawValue)")],
                    ]
                }),
            "$defs": .object(
                JSONObject(
                    EventCatalog.entries.map { (key: $0.type.rawValue, value: .object(schema(of: $0))) })),
        ]
    }

    /// The schema of one type's lines. Fields are only ever added, so that unknown ones are allowed.
    static func document(_ type: EventType) -> JSONObject? {
        guard let entry = EventCatalog.entry(type) else { return nil }
        var document: JSONObject = ["$schema": RecordSchema.draft]
        for member in schema(of: entry).members { document[member.key] = member.value }
        return document
    }

    private static func schema(of entry: EventCatalog.Entry) -> JSONObject {
        var common = EventCatalog.common
        for index in common.indices {
            switch common[index].name {
            case "type": common[index].kind = .words([entry.type.rawValue])
            default: break
            }
        }
        var schema = RecordSchema.record(common + entry.fields)
        schema["title"] = .string(entry.type.rawValue)
        schema["description"] = .string(entry.summary)
        var properties = schema["properties"]?.object ?? [:]
        properties["v"] = ["const": 1, "description": "the version of these lines"]
        properties["ts"] = [
            "type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
            "description": "the wall clock in UTC, with milliseconds",
        ]
        schema["properties"] = .object(properties)
        return schema
    }
}
