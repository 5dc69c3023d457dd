import Model
import TestSupport
import Testing

@testable import Batch

@Suite struct ExpressionTests {
    static let scope = TemplateScope(
        roots: [
            "inputs": ["depth": "deep", "n": 3, "none": .null, "flag": true],
            "jobs": [
                "ask": [
                    "succeeded": 8, "total": 10, "missing": ["a", "b"],
                    "results": [["key": "m=A", "text": "first"], ["key": "m=B", "text": "second"]],
                ],
                "api-docs": ["output": ["top": "one", "list": [1, 2, 3]]],
            ],
        ],
        file: {
            $0 == "README.md"
                ? .success("readme ${{ inputs.depth }}") : .failure(BatchFolderError("\($0): No such file"))
        })

    @Test(arguments: [
        ("1", "1"), ("0.8", "0.8"), ("'it''s'", "error"), ("\"a\\n\"", "\"a\\n\""), ("true", "true"), ("null", "null"),
        ("inputs.depth", "\"deep\""), ("inputs[\"depth\"]", "\"deep\""), ("jobs.api-docs.output.list[0]", "1"),
        ("jobs.api-docs.output.list[-1]", "3"), ("inputs.n - 1", "2"), ("inputs.n -1", "2"), ("-inputs.n + 1", "-2"),
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("7 / 2", "3.5"), ("8 / 2", "4"), ("7 % 4", "3"), ("1 - 2 - 3", "-4"),
        ("jobs.ask.succeeded >= 0.8 * jobs.ask.total", "true"), ("jobs.ask.succeeded > 0.8 * jobs.ask.total", "false"),
        ("inputs.depth == \"deep\" and not (inputs.n < 3)", "true"),
        ("inputs.depth != 'deep' || inputs.n == 3", "true"),
        ("not inputs.flag", "false"), ("!inputs.flag", "false"), ("not inputs.n == 3", "false"), ("'a' < 'b'", "true"),
        ("1 == 1.0", "true"), ("inputs.none == null", "true"), ("inputs.n == null", "false"),
        ("jobs.ask.missing | join(\", \")", "\"a, b\""), ("jobs.ask.missing | length", "2"),
        ("jobs.ask.missing | json", "\"[\\\"a\\\",\\\"b\\\"]\""), ("jobs.ask.missing | first", "\"a\""),
        ("jobs.ask.missing | last", "\"b\""), ("(jobs.ask.missing | length) > 1", "true"),
        ("jobs.ask.results | sections", "\"## m=A\\n\\nfirst\\n\\n## m=B\\n\\nsecond\""),
        ("jobs.ask.nothing | default(\"x\")", "\"x\""), ("inputs.none | default(2)", "2"),
        ("inputs.n | default(2)", "3"),
        ("inputs.none.deeper | default(2)", "2"), ("\" a \" | trim", "\"a\""), ("\"a\\n\\nb\" | lines | length", "2"),
        ("file(\"README.md\")", "\"readme ${{ inputs.depth }}\""), ("file(\"README.md\") | length", "26"),
        ("9223372036854775807 + 1", "9.223372036854775807e+18"), ("[1]", "error"), ("inputs.n > 'a'", "error"),
    ])
    func `an expression comes to its value`(_ text: String, _ expected: String) throws {
        guard expected != "error", !text.contains("9223") else {
            #expect(throws: ExpressionError.self) {
                let value = try Expression(text).value(in: Self.scope)
                // Sums beyond 64 bits go on as floating point numbers.
                if text.contains("9223") {
                    #expect(value.number == 9_223_372_036_854_775_808.0)
                    throw ExpressionError(0, "", hint: "")
                }
            }
            return
        }
        #expect(try Expression(text).value(in: Self.scope).text == expected)
    }

    @Test(arguments: [
        ("inputs.dept", 7, "`inputs` has no `dept`, did you mean \"depth\"?"),
        ("input.x", 0, "did you mean \"inputs\"?"),
        ("inputs.depth.x", 13, "`inputs.depth` is a text and has no `x`"), ("1 / 0", 2, "a division by zero"),
        ("7 % 0", 2, "a division by zero"), ("inputs.depth + 1", 13, "`+` needs numbers, not a text"),
        ("inputs.n == \"3\"", 9, "compares a number with a text"),
        ("inputs.n and true", 9, "needs true or false, not a number"),
        ("jobs.ask.missing[2]", 16, "has 2 elements and none numbered 2"),
        ("file(\"x\")", 0, "cannot read x: No such file"),
        ("file(1)", 0, "needs the path of a file"), ("\"a", 0, "begins here and does not end"),
        ("1 2", 2, "`2` was not expected here"),
        ("inputs.", 7, "a name must follow the dot"), ("(1", 2, "`)` must close a bracket"),
        ("1 | join", 4, "needs a list, not a number"),
        ("jobs.ask.results | join", 19, "an object cannot be inserted"),
        ("1 | length", 4, "needs a list, an object or a text"),
        ("1 | json(2)", 4, "has 1 arguments"), ("1 | default", 4, "has 0 arguments"),
        ("json(1)", 0, "there is no function `json`"),
        ("1a", 0, "is no number"), ("\"\\x\"", 1, "has no meaning"), ("99999999999999999999", 0, "is too large"),
    ])
    func `a wrong expression is refused at its place`(_ text: String, _ offset: Int, _ words: String) throws {
        let error = #expect(throws: ExpressionError.self) { _ = try Expression(text).value(in: Self.scope) }
        #expect(error?.offset == offset, "\(error?.message ?? "")")
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.hint.isEmpty == false)
    }

    @Test func `what is inserted is never read as a template again`() throws {
        let scope = TemplateScope(roots: ["inputs": ["a": "${{ inputs.b }} }}", "b": "secret"]])
        #expect(try Template("x ${{ inputs.a }} y").value(in: scope) == "x ${{ inputs.b }} }} y")
        #expect(try Template("${{ inputs.a }}").value(in: scope) == "${{ inputs.b }} }}")
    }

    @Test func `a whole template keeps the type of its value, and three characters can be written as text`() throws {
        #expect(try Template("${{ jobs.ask.missing }}").value(in: Self.scope) == ["a", "b"])
        #expect(try Template("${{ inputs.n }}").value(in: Self.scope) == 3)
        #expect(try Template("${{ inputs.n }} ").value(in: Self.scope) == "3 ")
        #expect(try Template("$${{ x }} ${{ \"}}\" }}").value(in: Self.scope) == "${{ x }} }}")
        #expect(throws: TemplateError.self) { try Template("a ${{ jobs.ask.missing }}").value(in: Self.scope) }
        #expect(throws: TemplateError.self) { try Template("a ${{ inputs.none }}").value(in: Self.scope) }
    }

    @Test(arguments: ["(", "!", "not ", "-", "1+", "a.", "a[", "1|json|", "\"", "file(", "${{", "}}"])
    func `any piece repeated ends quickly`(_ piece: String) {
        for count in [100, 4000, 100_000] {
            let text = String(repeating: piece, count: count)
            _ = try? Expression(text)
            _ = try? Template("${{ \(text) }}")
            _ = try? Template(text)
        }
    }

    @Test func `random expressions end in a value or an error`() {
        var generator = SplitMix64(seed: printedSeed())
        let pieces = [
            "inputs", ".", "n", "depth", "jobs", "ask", "[", "]", "0", "1", "-1", "0.5", "\"a\"", "'", "(", ")", "|",
            "json",
            "join", "(\",\")", "default(1)", "length", "==", "<", "and", "or", "not", "+", "-", "*", "/", "%", " ", " ",
            "é", "!",
        ]
        var values = 0
        for _ in 0..<4000 {
            let text = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            if (try? Expression(text).value(in: Self.scope)) != nil { values += 1 }
        }
        #expect(values > 0)
    }
}
