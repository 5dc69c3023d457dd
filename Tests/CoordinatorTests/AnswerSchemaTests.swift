import Coordinator
import Model
import StreamJSON
import Testing

@Suite struct AnswerSchemaTests {
    static let fitting: [(schema: String, value: String)] = [
        (#"{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}"#, #"{"n":3}"#),
        (#"{"type":"integer"}"#, "3.0"), (#"{"type":["string","null"]}"#, "null"), ("true", "[1]"),
        (#"{"enum":[1,"a",{"b":[2]}]}"#, #"{"b":[2.0]}"#), (#"{"const":{"a":1,"b":2}}"#, #"{"b":2,"a":1}"#),
        (#"{"minimum":1,"maximum":3,"multipleOf":0.5}"#, "2.5"), (#"{"exclusiveMinimum":1}"#, "1.01"),
        (#"{"minLength":2,"maxLength":2}"#, #""é😀""#), (#"{"items":{"type":"number"},"maxItems":2}"#, "[1,2]"),
        (#"{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}"#, #"["a",1,2]"#),
        (#"{"uniqueItems":true}"#, "[1,2]"), (#"{"additionalProperties":{"type":"string"}}"#, #"{"x":"y"}"#),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "null"), (#"{"not":{"type":"string"}}"#, "1"),
        (#"{"oneOf":[{"minimum":5},{"maximum":2}]}"#, "1"),
        (##"{"$defs":{"a/b":{"type":"string"}},"$ref":"#/$defs/a~1b"}"##, #""x""#),
        (#"{"allOf":[{"required":["a"]},{"required":["b"]}]}"#, #"{"a":1,"b":2}"#),
    ]

    static let failing: [(schema: String, value: String, reason: String)] = [
        (#"{"type":"object","required":["n"]}"#, "{}", "$ has no `n`."),
        (#"{"properties":{"n":{"type":"integer"}}}"#, #"{"n":"x"}"#, "$.n is not of type integer."),
        (#"{"type":"integer"}"#, "3.5", "$ is not of type integer."),
        (#"{"items":{"type":"string"}}"#, #"["a",1]"#, "$[1] is not of type string."),
        (#"{"additionalProperties":false}"#, #"{"x":1}"#, "$ has a member `x` that the schema does not name."),
        (#"{"enum":["a"]}"#, #""b""#, #"$ is none of ["a"]."#), ("false", "1", "$ is not allowed."),
        (#"{"minItems":1}"#, "[]", "$ has fewer than 1 items."), (#"{"maximum":1}"#, "2", "$ is more than 1.0."),
        (#"{"uniqueItems":true}"#, "[1,1]", "$ repeats an item."),
        (#"{"oneOf":[{"minimum":1},{"minimum":2}]}"#, "3", "$ fits 2 of the choices where exactly one is wanted."),
        (#"{"not":{"type":"string"}}"#, #""x""#, "$ fits what the schema forbids."),
        (##"{"$ref":"#/$defs/gone"}"##, "1", "The schema has no #/$defs/gone."),
        (#"{"maxLength":1}"#, #""ab""#, "$ is longer than 1."), (#"{"const":null}"#, "0", "$ is not null."),
    ]

    @Test(arguments: fitting) func `an answer that fits passes`(_ schema: String, _ value: String) throws {
        let checked = try AnswerSchema(JSONValue(parsing: schema), file: "s.json")
        #expect(checked.mismatch(try JSONValue(parsing: value)) == nil)
    }

    @Test(arguments: failing.map { ($0.schema + "\t" + $0.value, $0.reason) })
    func `an answer that does not fit is told where and why`(_ pair: String, _ reason: String) throws {
        let parts = pair.split(separator: "\t").map(String.init)
        let checked = try AnswerSchema(JSONValue(parsing: parts[0]), file: "s.json")
        #expect(checked.mismatch(try JSONValue(parsing: parts[1])) == reason)
    }

    @Test(arguments: [#"{"pattern":"^a"}"#, #"{"properties":{"a":{"if":true}}}"#, "3", #"{"$ref":"http://x/y"}"#])
    func `a schema with a word that is not known is refused, so that nothing passes unchecked`(_ schema: String) {
        #expect(throws: TuttiError.self) { try AnswerSchema(JSONValue(parsing: schema), file: "s.json") }
    }

    @Test(arguments: [
        #"{"type":5}"#, #"{"type":"integr"}"#, #"{"type":[]}"#, #"{"items":{"required":"a"}}"#, #"{"minimum":"1"}"#,
        #"{"enum":[]}"#, #"{"maxItems":-1}"#, #"{"multipleOf":0}"#, #"{"uniqueItems":1}"#,
    ])
    func `a word whose value no answer could fit is refused with its place`(_ schema: String) {
        let error = #expect(throws: TuttiError.self) { try AnswerSchema(JSONValue(parsing: schema), file: "s.json") }
        #expect(error?.message.contains("s.json: #") == true && error?.message.contains("` is not ") == true)
    }

    @Test func `a schema that refers to itself without end is no loop`() throws {
        let schema = try AnswerSchema(JSONValue(parsing: ##"{"$ref":"#"}"##), file: "s.json")
        #expect(schema.mismatch(1) == "$ is nested too deep to be checked.")
    }
}
