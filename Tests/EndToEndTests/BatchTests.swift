import Glibc
import TestSupport
import Testing

/// The commands that look at batch files, as the built program: exact places, statuses, documents that fit their schemas,
/// and nothing that is started.
@Suite struct BatchTests {
    private static let examples = Repository.path("Config/examples")
    private static let names = ["checks", "nightly", "pipeline", "questions", "retries"]

    /// A file that says more than one thing wrong.
    private static let broken = """
        version: 1
        jobs:
          ask:
            promt: What?
            timeout: { total: soon }
          merge:
            needs: [aks]
            prompt: x
        """

    @Test func `the examples validate and plan wherever one stands`() async throws {
        try await Scene.with { t in
            let files = Self.names.map { "\(Self.examples)/\($0).batch.yaml" }
            let validated = try run(t.command(["batch", "validate"] + files), directory: t.project)
            #expect(validated.status == 0 && validated.lines.count == 5, "\(validated.output)\(validated.errors)")
            #expect(try run(t.command(["batch", "validate", "--json"] + files), directory: "/").output == "[]\n")
            for name in Self.names {
                let plan = try t.tutti("batch", "plan", "\(name).batch.yaml", directory: Self.examples)
                #expect(plan.status == 0 && plan.output.contains("nothing was started"), "\(plan.errors)")
                #expect(plan.output.contains("wave 1") && !plan.output.contains("warning"), "\(plan.output)")
                let away = try t.json("batch", "plan", "\(Self.examples)/\(name).batch.yaml", "--json")
                #expect(away["warnings"].list.isEmpty && away["jobs"].list.count > 1)
            }
            // The modules are those of the project that the file lies in.
            let kinds = try t.json("batch", "plan", "\(Self.examples)/retries.batch.yaml", "--json")
            #expect(kinds["providers"].list.compactMap(\.text) == ["offline", "replay", "sorter"])
            #expect(access(t.store, F_OK) != 0, "a store was made")
        }
    }

    @Test func `a broken file is told with every place, and status 65`() async throws {
        try await Scene.with { t in
            try t.folder.write(Self.broken, to: "project/broken.yaml")
            let told = try t.tutti("batch", "validate", "broken.yaml")
            #expect(told.status == 65)
            for words in [
                "broken.yaml:4:5: ", "did you mean \"prompt\"?", "broken.yaml:5:23: ", "broken.yaml:7:13: ",
                "did you mean \"ask\"?",
            ] { #expect(told.output.contains(words), "\(words) in: \(told.output)") }
            #expect(told.errors.contains("3 problems in broken.yaml") && !told.output.contains("\u{1b}"))
            let spoken = try t.tutti("batch", "validate", "broken.yaml", "--json")
            #expect(spoken.status == 65)
            let problems = try Fields(spoken.output).list
            #expect(
                problems.map { $0["line"].number } == [4, 5, 7] && problems.map { $0["column"].number } == [5, 23, 13])
            #expect(problems.allSatisfy { $0.names == ["column", "file", "hint", "line", "message"] })
            // Those that need a whole file say it as settings do.
            for words in [["plan", "broken.yaml"], ["explain", "broken.yaml", "ask"]] {
                let refused = try run(t.command(["batch"] + words), directory: t.project)
                #expect(refused.status == 78 && refused.errors.contains("broken.yaml:4:5"), "\(refused.errors)")
            }
        }
    }

    @Test(arguments: [
        (
            "jobs: { a: { prompt: x, matrix: { "
                + (1...7).map { "m\($0): [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]" }.joined(separator: ", ") + " } } }",
            "10000 are allowed"
        ),
        (
            "x-0: &a0 [l, l, l, l, l, l, l, l, l, l]\n"
                + (1...9).map { level in
                    "x-\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
                }.joined() + "jobs: { a: { prompt: x } }", "more than 50000 values"
        ),
        (
            "jobs: { a: { prompt: x, needs: [c] }, b: { prompt: x, needs: [a] }, c: { prompt: x, needs: [b] } }",
            "these jobs wait for each other: a → c → b → a"
        ),
        ("jobs: { a: { prompt: x, output: { save: ../out.md } } }", "leaves the batch's folder"),
        ("jobs: { a: { prompt: x, output: { save: away/out.md } } }", "leads out of the batch's folder"),
        ("jobs: { a: { prompt_file: /etc/passwd } }", "leaves the batch's folder"),
    ])
    func `what would harm is refused`(text: String, says: String) async throws {
        try await Scene.with { t in
            guard symlink("/tmp", t.folder.file("project/away")) == 0 else {
                throw TestFailure(errno: errno, "symlink")
            }
            try t.folder.write("version: 1\n" + text + "\n", to: "project/bad.yaml")
            let told = try t.tutti("batch", "validate", "bad.yaml")
            #expect(told.status == 65 && told.output.contains(says), "\(told.output)")
            let planned = try t.tutti("batch", "plan", "bad.yaml")
            #expect(planned.status == 78 && planned.errors.contains(says), "\(planned.errors)")
        }
    }

    @Test func `a plan knows the modules, starts no command and names its way on`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                inputs: { question: { required: true } }
                jobs:
                  made: { matrix: { line: { command: [touch, started] } }, module: api, prompt: "${{ matrix.line }}" }
                  ask: { module: api, prompt: "${{ inputs.question }}" }
                """, to: "project/b.yaml")
            let planned = try t.tutti("batch", "plan", "b.yaml", "--set", "question=Why not?", "--skip", "made")
            #expect(planned.status == 0, "\(planned.errors)")
            #expect(
                planned.output.replacing("\n", with: " ").contains(
                    "run it: tutti batch run b.yaml --set 'question=Why not?' --skip made"), "\(planned.output)")
            let whole = try t.tutti("batch", "plan", "b.yaml", "--set", "question=x")
            #expect(whole.output.contains("made: rows are known when its command has run"))
            #expect(access(t.project + "/started", F_OK) != 0, "the command ran")
            let missing = try t.tutti("batch", "plan", "b.yaml")
            #expect(missing.status == 64 && missing.errors.contains("--set question=VALUE"), "\(missing.errors)")
            #expect(try t.tutti("batch", "plan", "b.yaml", "--set", "qestion=x").status == 64)
            #expect(try t.tutti("batch", "plan", "missing.yaml").status == 66)
            #expect(try t.tutti("batch", "explain", "b.yaml", "aks", "--set", "question=x").errors.contains("\"ask\"?"))
            #expect(try t.tutti("batch", "pln", "b.yaml").errors.contains("did you mean: tutti batch plan"))
            #expect(try t.tutti("help", "batch", "plan").output.contains("--only"))
            #expect(try t.tutti("help", "batch-files").output.contains("fail_fast"))
            #expect(t.survivors().isEmpty)
        }
    }

    @Test func `validate and plan refuse all that a run would refuse, with the places`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  a: { module: apii, prompt: "${{ jobs.b.txt }}", needs: [b] }
                  b: { run: [nosuchprogram, x] }
                  c: { prompt: x, provider: cluade }
                  d: { run: [ls], workdir: gone }
                  e: { prompt: x, tools: { allow: [Read] } }
                  f: { promt: x }
                """, to: "project/b.yaml")
            let told = try t.tutti("batch", "validate", "b.yaml")
            #expect(told.status == 65)
            for place in ["3:16:", "3:42:", "4:14:", "5:29:", "6:28:", "7:26:", "8:8:"] {
                #expect(told.output.contains("b.yaml:\(place) "), "\(place) in: \(told.output)")
            }
            #expect(told.errors.contains("7 problems"), "\(told.errors)")
            try t.folder.write(
                """
                version: 1
                jobs:
                  a: { module: apii, prompt: x }
                  b: { run: [nosuchprogram, x] }
                  c: { prompt: x, tools: { allow: [Read] } }
                """, to: "project/c.yaml")
            for words in [["run"], ["plan"], ["run", "-n"]] {
                let refused = try t.tutti(words: ["batch"] + words + ["c.yaml"])
                #expect(refused.status == 78, "\(words): \(refused.errors)")
                for words in [
                    "c.yaml:3:16: module \"apii\" does not exist, did you mean \"api\"?", "c.yaml:4:14: ",
                    "c.yaml:5:26: ",
                ] {
                    #expect(refused.errors.contains(words), "\(words) in: \(refused.errors)")
                }
            }
            #expect(access(t.store, F_OK) != 0, "a store was made")
            // What is left out is not asked for.
            #expect(try t.tutti("batch", "plan", "b.yaml").status == 78)
            #expect(try t.tutti("batch", "validate", "c.yaml", directory: "/").status == 66)
        }
    }

    @Test func `time and cost come from the sessions before`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                "version: 1\njobs:\n  ask: { matrix: { m: [api, web] }, module: \"${{ matrix.m }}\", prompt: x }\n",
                to: "project/b.yaml")
            let before = try t.json("batch", "plan", "b.yaml", "--json")
            #expect(before["total"]["time_ms"].isNull && before["total"]["sessions"].number == 0)
            #expect(try t.tutti("batch", "plan", "b.yaml").output.contains("(no sessions yet)"))
            try t.tutti("ask", "x", "api", "web")
            try t.tutti("ask", "x", "api")
            let after = try t.json("batch", "plan", "b.yaml", "--json")
            #expect(after["total"]["sessions"].number == 3 && after["total"]["time_ms"].number != nil)
            let stated = try t.json("usage", "--json").list.reduce(0) { $0 + ($1["cost_micros"].number ?? 0) }
            #expect(stated > 0 && after["total"]["cost_micros"].number == stated / 3 * 2)
            // A store that cannot be read leaves the estimate open, and says so.
            try t.folder.write("no store", to: "home/.local/share/tutti/other.db")
            let noted = try t.tutti(
                "batch", "plan", "b.yaml", environment: ["TUTTI_DB": t.home + "/.local/share/tutti/other.db"])
            #expect(noted.status == 0 && noted.errors.contains("no times and costs"), "\(noted.errors)")
        }
    }

    @Test func `earlier runs of the batch tell about its own rows`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  list: { run: [echo, a] }
                  ask: { needs: [list], matrix: { m: [x, y] }, module: api, prompt: "${{ matrix.m }}" }
                """, to: "project/own.batch.yaml")
            #expect(try t.json("batch", "plan", "own.batch.yaml", "--json")["total"]["time_ms"].isNull)
            let ran = try t.tutti("batch", "run", "own.batch.yaml")
            #expect(ran.status == 0, "\(ran.errors)")
            let after = try t.json("batch", "plan", "own.batch.yaml", "--json")
            #expect(after["total"]["sessions"].number == 3 && after["total"]["time_ms"].number != nil)
            #expect(after["jobs"][0]["cost"].text == "0" && after["jobs"][1]["sessions"].number == 2)
            #expect(
                try t.tutti("batch", "plan", "own.batch.yaml").output.contains("run it: tutti batch run own.batch.yaml")
            )
        }
    }

    @Test func `a job is explained by name, key and address`() async throws {
        try await Scene.with { t in
            let file = "\(Self.examples)/retries.batch.yaml"
            let whole = try t.tutti("batch", "explain", "retries.batch.yaml", "ask", directory: Self.examples)
            #expect(whole.output.contains("profile careful") && whole.output.contains("retries.batch.yaml:11"))
            #expect(whole.output.contains("known only row by row") && whole.output.contains("built-in"))
            let words = [["ask[module=payments,lens=auth]"], ["1_3"], ["ask", "--row", "3"]]
            let found = try words.map { try run(t.command(["batch", "explain", file] + $0 + ["--json"])).output }
            #expect(Set(found).count == 1 && !found[0].isEmpty)
            let values = try Fields(found[0])["values"].list
            func value(_ path: String) -> Fields? { values.first { $0["path"].text == path } }
            #expect(value("priority")?["value"].number == 5 && value("priority")?["said_by"].text == "matrix row")
            #expect(
                value("provider")?["value"].text == "replay" && value("provider")?["said_by"].text == "module payments")
            #expect(value("prompt")?["value"].text == "What does payments say about auth?")
            #expect(value("retry.attempts")?["line"].number == 11)
            #expect(try t.tutti("batch", "explain", file, "1_9").status == 66)
            #expect(try t.tutti("batch", "explain", file, "1_3", "--row", "2").status == 64)
        }
    }

    @Test func `a prompt file is a batch too`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                "---\nmodule: api\nmatrix: { lens: [a, b] }\n---\nWhat of ${{ matrix.lens }}?\n", to: "project/p.md")
            #expect(try t.tutti("batch", "validate", "p.md").status == 0)
            #expect(try t.tutti("batch", "plan", "p.md").output.contains("ask ×2 (lens)"))
            #expect(try t.tutti("batch", "explain", "p.md", "1_2").output.contains("What of b?"))
            try t.folder.write("---\nmodul: api\n---\nx\n", to: "project/p.md")
            #expect(try t.tutti("batch", "validate", "p.md").output.contains("p.md:2:1"))
        }
    }

    @Test func `every document fits its schema`() async throws {
        try await Scene.with { t in
            try t.folder.write(Self.broken, to: "project/broken.yaml")
            var pairs: [(schema: String, document: String)] = []
            for name in Self.names {
                let file = "\(Self.examples)/\(name).batch.yaml"
                let planned = try t.tutti("batch", "plan", file, "--json").output
                pairs.append(("batch-plan", planned))
                for job in try Fields(planned)["jobs"].list {
                    pairs.append(
                        ("batch-job", try t.tutti("batch", "explain", file, try required(job["name"]), "--json").output)
                    )
                }
            }
            pairs.append(
                (
                    "batch-plan",
                    try t.tutti(
                        "batch", "plan", "\(Self.examples)/pipeline.batch.yaml", "--from", "aggregate", "--json"
                    ).output
                ))
            pairs.append(("batch-problems", try t.tutti("batch", "validate", "broken.yaml", "--json").output))
            for name in ["batch-plan", "batch-job", "batch-problems"] {
                let schema = try t.tutti("schema", name).output
                #expect(try t.tutti("help", "json", "--schema", name).output == schema)
                try t.folder.write(schema, to: "\(name).json")
                let documents = pairs.filter { $0.schema == name }.map(\.document)
                #expect(!documents.isEmpty)
                try t.folder.write(documents.joined(), to: "documents")
                let verdict = try Outside.script(
                    Self.validator, [t.folder.file("\(name).json"), t.folder.file("documents")])
                #expect(verdict.list.compactMap(\.text) == [], "\(name)")
            }
            #expect(
                try t.tutti("schema", "batch").output
                    == String(decoding: contents(of: Repository.path("Config/batch.schema.json")) ?? [], as: UTF8.self))
        }
    }

    /// Reads a schema and a file with a document on each line; prints every mismatch, and every field that is not named.
    private static let validator = #"""
        import json, sys
        kinds = {"string": str, "boolean": bool, "array": list, "object": dict}

        def problems(value, schema, place):
            if "anyOf" in schema:
                if all(list(problems(value, each, place)) for each in schema["anyOf"]):
                    yield f"{place}: {value!r} fits nothing"
                return
            kind = schema.get("type")
            if kind == "null":
                if value is not None: yield f"{place}: not null"
            elif kind == "integer":
                if not isinstance(value, int) or isinstance(value, bool): yield f"{place}: {value!r} is no integer"
            elif kind and not isinstance(value, kinds[kind]):
                yield f"{place}: {value!r} is no {kind}"
                return
            if "enum" in schema and value not in schema["enum"]: yield f"{place}: {value!r} is none of its words"
            for item in value if isinstance(value, list) and "items" in schema else []:
                yield from problems(item, schema["items"], place + "[]")
            if isinstance(value, dict) and "properties" in schema:
                for name in schema.get("required", []):
                    if name not in value: yield f"{place}: {name} is missing"
                for name, inner in value.items():
                    if name in schema["properties"]:
                        yield from problems(inner, schema["properties"][name], f"{place}.{name}")
                    else:
                        yield f"{place}: {name} is not named"

        schema = json.load(open(sys.argv[1]))
        wrong = [each for line in open(sys.argv[2]) for each in problems(json.loads(line), schema, "")]
        print(json.dumps(sorted(set(wrong))))
        """#
}
