package import Model

/// The JSON Schema of `tutti.yaml`, made from the same table that the loader reads by, so the two cannot differ.
package enum SettingsSchema {
    /// The schema, for `tutti schema` and for editors.
    package static var document: JSONObject {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "tutti.yaml",
            "description": "Who can be asked in a project, and how.",
            "type": "object",
            "additionalProperties": false,
            "required": ["version"],
            "patternProperties": ["^x-": ["description": "Free for anchors; not read."]],
            "properties": .object(properties),
            "$defs": .object(definitions),
        ]
    }

    private static var properties: JSONObject {
        var properties: JSONObject = ["version": ["const": 1, "description": "Always 1."]]
        for key in SettingKey.all {
            let parts = key.name.split(separator: ".").map(String.init)
            guard parts.count == 2 else {
                properties[key.name] = schema(of: key)
                continue
            }
            guard parts[0] != "timeout" else {
                properties["timeout"] = ["$ref": "#/$defs/timeout"]
                continue
            }
            var section = properties[parts[0]]?.object ?? open(["description": .string(sections[parts[0]] ?? "")])
            var members = section["properties"]?.object ?? [:]
            members[parts[1]] = schema(of: key)
            section["properties"] = .object(members)
            properties[parts[0]] = .object(section)
        }
        properties["modules"] = [
            "description": "The folders that can be asked, by name.", "type": "object",
            "propertyNames": ["$ref": "#/$defs/name"], "additionalProperties": ["$ref": "#/$defs/module"],
        ]
        properties["pools"] = [
            "description":
                "Limits on sessions at one time, over all runs: of a provider by its name, or of a name that batches use.",
            "type": "object", "propertyNames": ["$ref": "#/$defs/name"],
            "additionalProperties": ["$ref": "#/$defs/pool"],
        ]
        properties["providers"] = [
            "description": "Providers derived from built-in ones; the same name changes a built-in one.",
            "type": "object", "propertyNames": ["$ref": "#/$defs/name"],
            "additionalProperties": ["$ref": "#/$defs/provider"],
        ]
        return properties
    }

    private static var definitions: JSONObject {
        var timeout: JSONObject = [:]
        for key in SettingKey.all where key.name.hasPrefix("timeout.") {
            timeout[String(key.name.dropFirst("timeout.".count))] = schema(of: key)
        }
        return [
            // Letters of any script, as far as every reader of such patterns can say that.
            "name": [
                "type": "string",
                "pattern":
                    "^[^\\x00-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\xA9][^\\x00-\\x2C\\x2F\\x3A-\\x40\\x5B-\\x5E\\x60\\x7B-\\xA9]{0,63}$",
            ],
            "duration": [
                "type": ["string", "integer"],
                "pattern":
                    "^(0|([0-9]+(\\.[0-9]+)?d)?([0-9]+(\\.[0-9]+)?h)?([0-9]+(\\.[0-9]+)?m)?([0-9]+(\\.[0-9]+)?s)?([0-9]+(\\.[0-9]+)?ms)?)$",
                "maximum": 0,
            ],
            "size": [
                "type": ["string", "integer"], "pattern": "^[0-9]+(\\.[0-9]+)? ?([KkMmGgTt][Ii]?)?[Bb]?$", "minimum": 0,
            ],
            "env": [
                "description": "Variables for the provider's process.", "type": "object",
                "propertyNames": ["pattern": "^(?!TUTTI_)[A-Za-z_][A-Za-z0-9_]*$"],
                "additionalProperties": ["type": ["string", "number", "boolean"]],
            ],
            "timeout": .object(open(["description": "How long a session may take over each step."], timeout)),
            "module": .object(module),
            "pool": .object(pool),
            "provider": .object(provider),
        ]
    }

    private static var module: JSONObject {
        var day = schema(of: .money)
        day["description"] = "Nothing more starts on a day (UTC) that has cost so many dollars."
        var module = open(
            ["description": "One folder that can be asked."],
            [
                "path": ["type": "string", "description": "The folder, counted from the project."],
                "tags": [
                    "description": "Words that name several modules: --tag.",
                    "anyOf": [["$ref": "#/$defs/name"], ["type": "array", "items": ["$ref": "#/$defs/name"]]],
                ],
                "provider": ["type": "string", "description": "Who answers for it."],
                "model": ["type": "string", "description": "Which model is asked for."],
                "env": ["$ref": "#/$defs/env"],
                "timeout": ["$ref": "#/$defs/timeout"],
                "day": .object(day),
                "replay": [
                    "type": ["string", "array"], "items": ["type": "string"],
                    "description": "Recordings for the provider replay, one per attempt.",
                ],
            ])
        module["required"] = ["path"]
        return module
    }

    private static var pool: JSONObject {
        var day = schema(of: .money)
        day["description"] = "Nothing more starts on a day (UTC) that has cost so many dollars; only of a provider."
        return open(
            ["description": "How many sessions go at one time."],
            [
                "max": ["type": "integer", "minimum": 1, "maximum": 100_000, "description": "The most at one time."],
                "interactive_reserve": [
                    "type": "integer", "minimum": 0, "maximum": 100_000,
                    "description": "How many places are kept free for questions that a person waits for.",
                ],
                "adaptive": ["type": "boolean", "description": "The limit falls under overload and rises again."],
                "day": .object(day),
            ])
    }

    private static var provider: JSONObject {
        var fields: JSONObject = [:]
        for name in ProviderCatalog.fieldNames {
            let value: JSONValue = name == ProviderCatalog.cumulative ? ["type": "boolean"] : ["type": "string"]
            let parts = name.split(separator: ".").map(String.init)
            fields[name] = value
            if parts.count == 2 {
                // `usage: { input: … }` says the same as `usage.input: …`; `error` is a path of its own as well.
                var group = fields[parts[0]]?.object ?? open([:])
                if group["type"]?.string == "string" {
                    group = ["type": ["string", "object"], "additionalProperties": false]
                }
                var members = group["properties"]?.object ?? [:]
                members[parts[1]] = value
                group["properties"] = .object(members)
                fields[parts[0]] = .object(group)
            }
        }
        return open(
            ["description": "How a provider is started."],
            [
                "extends": ["type": "string", "description": "The provider that this one changes."],
                "command": [
                    "description": "The executable and its leading arguments.",
                    "type": ["string", "array"], "items": ["type": ["string", "number", "boolean"]],
                ],
                "args": [
                    "description": "Further arguments.", "type": "array",
                    "items": ["type": ["string", "number", "boolean"]],
                ],
                "env": ["$ref": "#/$defs/env"],
                "model": ["type": "string", "description": "Which model is asked for."],
                "fields": .object(
                    open(["description": "Which fields of a JSON line mean what; only with extends: jsonl."], fields)),
                "recording": .object(
                    open(
                        ["description": "What is played; only with extends: replay."],
                        [
                            "provider": [
                                "enum": .array(
                                    ProviderCatalog.builtInNames.filter { $0 != "replay" }.map { .string($0) })
                            ],
                            "file": ["type": "string"],
                            "speed": [
                                "type": "number", "minimum": 0, "description": "1 is the recorded pace, 0 is no pause.",
                            ],
                        ])),
            ])
    }

    private static let sections = [
        "retry": "When and how often a failed session is tried again.",
        "budget": "What a run may use, and what a day may cost.",
        "limits": "Bounds that protect the machine.",
    ]

    private static func open(_ start: JSONObject, _ properties: JSONObject? = nil) -> JSONObject {
        var object = start
        object["type"] = "object"
        object["additionalProperties"] = false
        if let properties { object["properties"] = .object(properties) }
        return object
    }

    private static func schema(of key: SettingKey) -> JSONValue {
        var schema = schema(of: key.kind)
        schema["description"] = .string(key.summary)
        switch key.builtIn {
        case .none: break
        case .integer(let value): schema["default"] = .integer(Int64(value))
        case .number(let value): schema["default"] = .number(value)
        case .list(let words): schema["default"] = .array(words.map { .string($0) })
        default: schema["default"] = .string(key.builtIn.description)
        }
        return .object(schema)
    }

    /// The schema of a value of this kind; `duration` and `size` are definitions of their own.
    package static func schema(of kind: SettingKind) -> JSONObject {
        switch kind {
        case .text, .path: ["type": "string"]
        case .integer(let range):
            [
                "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ]
        case .number(let range):
            ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        case .duration(optional: false): ["$ref": "#/$defs/duration"]
        case .duration(optional: true): ["anyOf": [["$ref": "#/$defs/duration"], ["const": "none"]]]
        case .size: ["$ref": "#/$defs/size"]
        case .count:
            [
                "anyOf": [
                    ["type": "integer", "minimum": 0],
                    ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?[kMG]?$"], ["const": "none"],
                ]
            ]
        case .money:
            [
                "anyOf": [
                    ["type": "number", "minimum": 0],
                    ["type": "string", "pattern": "^\\$?[0-9]+(\\.[0-9]{1,9})?$"], ["const": "none"],
                ]
            ]
        case .choice(let words): ["enum": .array(words.map { .string($0) })]
        case .choices(let words):
            ["type": "array", "items": ["enum": .array(words.map { .string($0) })]]
        }
    }
}
