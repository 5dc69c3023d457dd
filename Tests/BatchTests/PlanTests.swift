import Model
import Settings
import TestSupport
import Testing

@testable import Batch

@Suite struct PlanTests {
    @Test(arguments: [
        ([], "f:2:11: the input `q` is required"),
        (["q=a", "n=x"], "--set n: the input needs a whole number, not \"x\""),
        (["q=a", "p=b"], "--set p: the batch has no such input"),
        (["q=a", "q=b"], "--set q: it is given twice"),
        (["q=a", "d=slow"], "--set d: the input does not allow \"slow\""),
    ])
    func `an input that is wrong is refused`(_ given: [String], _ words: String) throws {
        let text =
            "version: 1\ninputs: { q: {required: true}, n: {type: integer}, d: {enum: [quick, deep], default: quick} }\njobs: { a: { run: [x] } }\n"
        let error = try #require(
            tuttiError {
                _ = try plan(
                    text, set: given.map { ($0.split(separator: "=").map(String.init)[0], String($0.dropFirst(2))) })
            })
        #expect(error.code == .usage)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func `inputs are read by their types`() throws {
        let text = """
            version: 1
            inputs: { t: {}, i: {type: integer}, n: {type: number, default: 1.10}, s: {default: 1.10}, b: {type: boolean}, l: {type: list}, j: {type: json} }
            jobs: { a: { prompt: "${{ inputs | json }}" } }
            """
        let plan = try plan(text, set: [("t", "1.10"), ("i", "7"), ("b", "true"), ("l", "a,b"), ("j", "{\"x\": [1]}")])
        #expect(
            question(try plan.ready("a", folder: MemoryFolder()))
                == #"{"t":"1.10","i":7,"b":true,"l":["a","b"],"j":{"x":[1]},"n":1.1,"s":"1.10"}"#)
    }

    @Test func `pools and budget take inputs, and nothing else`() throws {
        let text =
            "version: 1\ninputs: { n: {type: integer, default: 3} }\npools: { p: { max: \"${{ inputs.n }}\" } }\nbudget: { usd: \"${{ inputs.n }}\" }\njobs: { a: { run: [x] } }\n"
        let plan = try plan(text)
        #expect(try plan.pools().first?.max == 3 && plan.budget().money == Money(nanos: 3_000_000_000))
        #expect(tuttiError { _ = try BatchTests.plan(text, set: [("n", "0")]) }?.message.hasPrefix("f:3:20: ") == true)
        let named = text.replacing("usd: \"${{ inputs.n }}", with: "usd: \"${{ jobs.a.total }}")
        #expect(BatchFile.check(Array(named.utf8), path: "f").problems.first?.position.description == "f:4:21")
    }

    @Test func `defaults, profiles, job and row are merged in this order`() throws {
        let text = """
            version: 1
            defaults: { profile: base, model: d, priority: 1, retry: { attempts: 2, delay: 1s }, module: core }
            profiles:
              base: { provider: p, model: b, env: { set: { A: base, B: base } } }
              top: { extends: base, model: t, env: { set: { B: top } } }
            jobs:
              plain: { prompt: x }
              own: { prompt: x, profile: top, workdir: w, retry: { attempts: 5 } }
              rows: { prompt: x, profile: [base, top], matrix: { include: [ { m: 1, model: r } ] } }
            """
        let plan = try plan(text)
        let folder = MemoryFolder()
        let first = try plan.ready("plain", folder: folder).settings
        #expect(first.model == "b" && first.provider == "p" && first.module == "core" && first.priority == 1)
        let own = try plan.ready("own", folder: folder).settings
        #expect(own.model == "t" && own.workdir == "w" && own.module == nil)
        #expect(own.retry(over: RetrySettings()).attempts == 5 && own.retry(over: RetrySettings()).delay == .seconds(1))
        #expect(own.variables.map(\.value) == ["base", "top"])
        #expect(try plan.ready("rows", row: 0, folder: folder).settings.model == "r")
        let origins = try plan.explain("rows", row: 0, folder: folder)
        #expect(origins.first { $0.path == "model" }?.layer == .row)
    }

    @Test(arguments: [
        (
            "{ output: { save: \"out/${{ matrix.m }}.md\" }, matrix: { m: [a/b, a.b] } }",
            "would both be saved to out/a.b.md"
        ),
        ("{ output: { save: out/x.md }, matrix: { m: [a, b] } }", "a[m=a] and a[m=b] would both be saved to out/x.md"),
        (
            "{ priority: \"${{ matrix.m }}\", matrix: { m: [1, 99] } }",
            "it needs a whole number from -20 to 20, not \"99\""
        ),
        (
            "{ workdir: \"${{ matrix.m.pth }}\", matrix: { m: {jsonl: d.jsonl} } }",
            "`matrix.m` has no `pth`, did you mean \"path\"?"
        ),
        ("{ output: { schema: none.json } }", "cannot read none.json: No such file"),
        ("{ output: { schema: d.jsonl } }", "d.jsonl is no JSON Schema"),
        ("{ workdir: \"${{ file('none') }}\" }", "cannot read none: No such file"),
        ("{ workdir: \"${{ file('../x') }}\" }", "leaves the batch's folder"),
    ])
    func `what can be known is checked before anything starts`(_ job: String, _ words: String) throws {
        let text = "version: 1\njobs: { a: { prompt: x, \(job.dropFirst(2).dropLast(2)) } }\n"
        let error = try #require(
            tuttiError { _ = try plan(text, files: ["d.jsonl": "{\"path\": \"p\"}\n{\"path\": \"q\"}\n"]) })
        #expect(error.code == .badConfiguration)
        #expect(error.message.hasPrefix("f:2:"), "\(error.message)")
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test(arguments: [
        ("Hello ${{ inputs.x }}", "ask.md:1:18: `inputs` has no `x`"),
        ("a\n  ${{ jobs.b.text }}", "ask.md:2:12: `jobs.b` is asked here"),
        ("a\nb ${{ c", "ask.md:2:3: `${{` is not closed"),
        ("${{ secrets.x }}", "ask.md:1:5: `secrets` cannot be named"),
    ])
    func `a prompt file is checked like the batch itself`(_ prompt: String, _ words: String) throws {
        let error = try #require(
            tuttiError {
                _ = try plan(
                    "version: 1\njobs: { a: { prompt_file: ask.md }, b: { run: [x] } }\n", files: ["ask.md": prompt])
            })
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func `with template false nothing in a prompt has a meaning`() throws {
        let text =
            "version: 1\njobs: { a: { prompt_file: p, template: false }, b: { prompt: \"${{ secrets.x }}\", template: false } }\n"
        let plan = try plan(text, files: ["p": "${{ x }} ${{"])
        #expect(question(try plan.ready("a", folder: MemoryFolder())) == "${{ x }} ${{")
        #expect(question(try plan.ready("b", folder: MemoryFolder())) == "${{ secrets.x }}")
    }

    @Test func `a value from a job can choose no folder to write to`() throws {
        let plan = try plan(
            "version: 1\njobs: { a: { run: [x] }, b: { prompt: x, needs: [a], output: { save: \"out/${{ jobs.a.text }}.md\" } } }\n"
        )
        for (text, path) in [
            ("../../etc/passwd", "out/etc.passwd.md"), ("/etc", "out/etc.md"), ("..", "out/_.md"),
            ("a\u{0}b\n", "out/a_b_.md"), ("", "out/_.md"),
        ] {
            let job = try plan.ready("b", outcomes: ["a": success("a", text: text)], folder: MemoryFolder())
            #expect(job.settings.save == path)
        }
        let long = success("a", text: String(repeating: "x", count: 300))
        #expect(
            tuttiError { _ = try plan.ready("b", outcomes: ["a": long], folder: MemoryFolder()) }?.message.contains(
                "longer") == true)
    }

    @Test func `a row that is not there cannot be started`() throws {
        let plan = try plan("version: 1\njobs: { a: {prompt: x, matrix: {m: [1]}}, b: {prompt: x} }\n")
        for (job, row) in [("a", nil), ("a", 1), ("a", -1), ("b", 0), ("c", nil)] as [(String, Int?)] {
            #expect(tuttiError { _ = try plan.ready(job, row: row, folder: MemoryFolder()) }?.code == .notFound)
        }
    }

    @Test func `a command's rows are made of what it prints`() throws {
        var plan = try plan(
            "version: 1\ninputs: { d: {default: src} }\njobs: { a: { prompt: \"${{ matrix.m }}\", matrix: { m: { command: [ls, \"${{ inputs.d }}\"] } } } }\n"
        )
        #expect(plan.job("a")?.rows == .afterCommand)
        let commands = try plan.axisCommands(of: "a", folder: MemoryFolder())
        #expect(commands.map(\.axis) == ["m"] && commands.map(\.words) == [["ls", "src"]])
        try plan.expand(
            "a", outcomes: [:], printed: ["m": MatrixData.printed("x\n{\"id\": 2}\n")], folder: MemoryFolder())
        #expect(plan.rows(of: try #require(plan.job("a"))).map(\.key) == ["a[m=x]", "a[m=2]"])
        // Taken up again, the rows are those that were there.
        try plan.expand("a", outcomes: [:], printed: ["m": ["other"]], folder: MemoryFolder())
        #expect(plan.rows(of: try #require(plan.job("a"))).count == 2)
        #expect(try MatrixData.printed("[1, \"a\"]\n") == [1, "a"])
    }

    @Test func `a dynamic axis that is no list fails with its place`() throws {
        var plan = try plan(
            "version: 1\njobs: { a: { run: [x], outputs: { o: { from: stdout } } }, b: { prompt: x, needs: [a], matrix: { m: \"${{ jobs.a.outputs.o }}\" } } }\n"
        )
        let error = try #require(
            tuttiError {
                try plan.expand("b", outcomes: ["a": success("a", outputs: ["o": "text"])], folder: MemoryFolder())
            })
        #expect(
            error.message.hasPrefix("f:2:101: the axis `m` needs a list, and ${{ }} came to a text"), "\(error.message)"
        )
        #expect(plan.job("b")?.rows == .afterNeeds)
        let many = success("a", outputs: ["o": .array((0..<10_001).map { .integer($0) })])
        #expect(
            tuttiError { try plan.expand("b", outcomes: ["a": many], folder: MemoryFolder()) }?.message.contains(
                "10001 rows") == true)
        try plan.expand("b", outcomes: ["a": success("a", outputs: ["o": []])], folder: MemoryFolder())
        #expect(plan.job("b")?.rows == .known([]))
    }

    @Test func `what looks like a mistake is a warning with its line`() throws {
        let text = """
            version: 1
            jobs:
              a: { prompt: x, approvals: allow }
              b: { prompt: x, max_parallel: 3 }
              c: { run: [x], trigger: on_demand }
              d: { prompt: x, timeout: { total: none, idle: none } }
            """
        let warnings = try plan(text).warnings
        #expect(
            warnings.map { "\($0.position.line): \($0.message)" } == [
                "3: job \"a\" asks for approvals \"allow\": commands run without a question",
                "4: `max_parallel` of job \"b\" does nothing without a matrix",
                "5: job \"c\" never runs: no job names it under `on_failure`",
                "6: job \"d\" has neither a total nor an idle time-out: it may hang for ever",
            ])
    }

    @Test func `a cache key changes with what it is made of and with nothing else`() throws {
        let text =
            "version: 1\njobs: { a: { prompt: \"${{ matrix.m }}\", model: s, priority: 3, cache: { key: [prompt, model, \"files:src/*\"] }, matrix: { m: [x, y, x/] } } }\n"
        let plan = try plan(text)
        func key(_ row: Int, _ files: [String: String]) throws -> String? {
            let folder = MemoryFolder(files: files)
            return try plan.cacheKey(of: try plan.ready("a", row: row, folder: folder), folder: folder)
        }
        let base = try key(0, ["src/a": "1", "other": "2"])
        #expect(base?.count == 64)
        #expect(try key(0, ["src/a": "1", "other": "3"]) == base)
        #expect(try key(1, ["src/a": "1"]) != base)
        #expect(try key(0, ["src/a": "2"]) != base)
        #expect(try key(0, ["src/b": "1"]) != base)
        #expect(try key(0, [:]) != base)
        #expect(
            CacheKey.hash([.init("a", [1, 2]), .init("b", [])]) != CacheKey.hash([.init("a", [1]), .init("b", [2])]))
        #expect(CacheKey.hash([.init("a", [])]) != CacheKey.hash([.init("a", nil)]))
    }

    @Test(
        arguments: [
            (OutputType.text, [], "a\n", "\"a\""), (.lines, [], "a\n\nb\n", "[\"a\",\"b\"]"),
            (.json, [], "{\"a\":[1]}", "{\"a\":[1]}"),
            (.json, ["a"], "{\"a\":[1]}", "[1]"), (.number, [], "3", "3"), (.text, ["a"], "{\"a\":3}", "\"3\""),
            (.json, [], "x", nil),
            (.number, [], "\"3\"", nil), (.json, ["b"], "{\"a\":1}", nil), (.boolean, [], "true", "true"),
        ] as [(OutputType, [String], String, String?)])
    func `an output is read by its type`(_ type: OutputType, _ path: [String], _ text: String, _ expected: String?) {
        let output = OutputDeclaration(
            name: "o", source: .stdout, type: type, path: path, position: ConfigPosition(file: "f", line: 1, column: 1))
        #expect((try? output.value(of: text))?.text == expected)
    }
}
