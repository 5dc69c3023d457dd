package import Model
import Settings

/// The JSON Schema of a batch file, made from the table that the reader reads by, so the two cannot differ.
package enum BatchSchema {
    /// The schema, for editors.
    package static var document: JSONObject {
        var schema: JSONObject = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tutti batch file",
        ]
        for member in section(BatchKeys.file).members { schema[member.key] = member.value }
        schema["patternProperties"] = ["^x-": ["description": "Free for anchors; not read."]]
        var definitions: JSONObject = [
            "name": ["type": "string", "pattern": "^[A-Za-z](?!.*--)[A-Za-z0-9_-]{0,63}(?<!-)$"],
            "variable": ["pattern": "^(?!TUTTI_)[A-Za-z_][A-Za-z0-9_]*$"],
            "template": ["type": "string", "pattern": "\\$\\{\\{"],
            "count": [
                "anyOf": [
                    ["type": "integer", "minimum": 0],
                    ["type": "string", "pattern": "^([0-9]+|[0-9]+(\\.[0-9]+)?[kMG]|none)$"],
                ]
            ],
        ]
        let shared = SettingsSchema.document["$defs"]
        for name in ["duration", "size"] { definitions[name] = shared?[name] }
        for section in sections { definitions[section.name] = .object(self.section(section)) }
        schema["$defs"] = .object(definitions)
        return schema
    }

    /// The schema as indented JSON text, as it lies in `Config/batch.schema.json`.
    package static var text: String { SettingsSchema.indented(.object(document)) + "\n" }

    /// Every mapping with known keys but the file itself, in the order in which they are met.
    package static let sections: [BatchSection] = {
        var found: [BatchSection] = []
        func visit(_ shape: BatchShape) {
            switch shape {
            case .scalar, .any: break
            case .list(let element, _), .table(let element, _): visit(element)
            case .forms(let scalar, let list, let mapping): for form in [scalar, list, mapping] { form.map(visit) }
            case .section(let section):
                if found.contains(where: { $0.name == section.name }) { return }
                found.append(section)
                for key in section.keys { visit(key.shape) }
                section.free.map(visit)
            }
        }
        for key in BatchKeys.file.keys { visit(key.shape) }
        return found
    }()

    private static func section(_ section: BatchSection) -> JSONObject {
        var properties = JSONObject()
        for key in section.keys {
            var schema = schema(of: key.shape)
            schema["description"] = .string(key.summary)
            properties[key.name] = .object(schema)
        }
        var object: JSONObject = [
            "type": "object", "description": .string(section.summary), "properties": .object(properties),
            "additionalProperties": section.free.map { .object(schema(of: $0)) } ?? false,
        ]
        let required = section.keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { object["required"] = .array(required) }
        return object
    }

    private static func schema(of shape: BatchShape) -> JSONObject {
        switch shape {
        case .any: return [:]
        case .section(let section): return ["$ref": .string("#/$defs/\(section.name)")]
        case .scalar(let scalar, let template):
            let schema = schema(of: scalar)
            // A text is a template already.
            if !template || schema["type"] == "string" || scalar == .condition { return schema }
            return ["anyOf": [.object(schema), ["$ref": "#/$defs/template"]]]
        case .list(let element, let orSingle):
            let list: JSONObject = ["type": "array", "items": .object(schema(of: element))]
            return orSingle ? ["anyOf": [.object(list), .object(schema(of: element))]] : list
        case .table(let element, let name):
            return [
                "type": "object", "propertyNames": ["$ref": name == "variable" ? "#/$defs/variable" : "#/$defs/name"],
                "additionalProperties": .object(schema(of: element)),
            ]
        case .forms(let scalar, let list, let mapping):
            return ["anyOf": .array([scalar, list, mapping].compactMap { $0.map { .object(schema(of: $0)) } })]
        }
    }

    private static func schema(of scalar: BatchScalar) -> JSONObject {
        switch scalar {
        case .setting(.choice(["1"])): ["const": 1]
        case .setting(let kind): SettingsSchema.schema(of: kind)
        case .boolean: ["type": "boolean"]
        case .count: ["$ref": "#/$defs/count"]
        case .name: ["$ref": "#/$defs/name"]
        case .condition: ["type": "string", "pattern": "^\\s*\\$\\{\\{[\\s\\S]*\\}\\}\\s*$"]
        case .insidePath, .savePath: ["type": "string", "pattern": "^(?![/~])(?!(.*/)?\\.\\.(/|$)).*[^/]$"]
        case .cachePart:
            [
                "type": "string",
                "pattern": .string("^(\(BatchScalar.cacheWords.joined(separator: "|"))|files:.+|.*\\$\\{\\{.*)$"),
            ]
        // What reads as a number or as true is a text all the same.
        case .words: ["type": ["string", "number", "boolean"]]
        case .cron: ["type": "string", "pattern": "^ *[^ ]+( +[^ ]+){4} *$"]
        case .timeZone: ["type": "string"]
        }
    }
}
