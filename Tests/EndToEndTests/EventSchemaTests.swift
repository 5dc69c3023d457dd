import TestSupport
import Testing

/// Every line that is printed fits the schema that `tutti schema` prints, and says nothing that the schema does not name.
@Suite struct EventSchemaTests {
    /// Reads the schemas and a file of lines; prints every mismatch.
    private static let validator = #"""
        import json, re, sys
        document, lines = sys.argv[1], sys.argv[2]
        schemas = json.load(open(document))["$defs"]
        kinds = {"string": str, "boolean": bool, "array": list, "object": dict}

        def problems(value, schema, place, strict):
            if "anyOf" in schema:
                if all(list(problems(value, each, place, strict)) for each in schema["anyOf"]):
                    yield f"{place}: {value!r} fits nothing"
                return
            kind = schema.get("type")
            if kind == "null":
                if value is not None: yield f"{place}: not null"
                return
            if kind == "integer":
                if not isinstance(value, int) or isinstance(value, bool): yield f"{place}: {value!r} is no integer"
            elif kind and not isinstance(value, kinds[kind]):
                yield f"{place}: {value!r} is no {kind}"
                return
            if "const" in schema and value != schema["const"]: yield f"{place}: {value!r}"
            if "enum" in schema and value not in schema["enum"]: yield f"{place}: {value!r} is none of its words"
            if "pattern" in schema and not re.search(schema["pattern"], value): yield f"{place}: {value!r}"
            for item in value if isinstance(value, list) and "items" in schema else []:
                yield from problems(item, schema["items"], place + "[]", strict)
            if isinstance(value, dict) and "properties" in schema:
                for name in schema.get("required", []):
                    if name not in value: yield f"{place}: {name} is missing"
                for name, inner in value.items():
                    if name in schema["properties"]:
                        yield from problems(inner, schema["properties"][name], f"{place}.{name}", strict)
                    elif strict:
                        yield f"{place}: {name} is not named"

        seen, wrong = set(), []
        for line in open(lines):
            event = json.loads(line)
            seen.add(event["type"])
            if event["type"] not in schemas:
                wrong.append(f"{event['type']} has no schema")
                continue
            open_ended = event["type"] in ("table", "chart", "metric")
            wrong += problems(event, schemas[event["type"]], event["type"], not open_ended)
        print(json.dumps({"seen": sorted(seen), "wrong": sorted(set(wrong))}))
        """#

    @Test func `every line of every kind of run fits its schema`() async throws {
        try await Scene.with { t in
            let document = try t.tutti("schema", "event").output
            try t.folder.write(document, to: "schema.json")
            #expect(
                try t.tutti("schema", "text.delta").output == t.tutti("help", "json", "--schema", "text.delta").output)
            var lines = try t.tutti(
                "ask", "x [[fake: --lines 20 --tool-calls 2 --retract --unicode]] [[fake web: --outcome refusal]]",
                "api",
                "web", "--json", "--merge", "concat"
            ).output
            let counter = t.folder.file("counter")
            lines += try t.tutti(
                "ask", "x [[fake: --counter \(counter)]] [[fake #1: --outcome 429 --lines 0]]", "api", "--json",
                "--retries", "2"
            ).output
            lines += try t.tutti("ask", "x [[fake: --signal SEGV --cut 1]]", "api", "--json").output
            lines += try t.tutti("ask", "x [[fake: --hang 1]]", "api", "--json", "--timeout", "300ms").output
            lines += try t.tutti("ask", "x", "nobody", "--json").output
            lines += try t.tutti("ask", "x", "api", "--provider", "lines", "--json").output
            lines += try t.tutti("ask", "line", "api", "--provider", "offline", "--json").output
            // What was printed is what is kept.
            lines += try t.tutti("events").output
            try t.folder.write(lines, to: "lines")
            let verdict = try Outside.script(
                EventSchemaTests.validator, [t.folder.file("schema.json"), t.folder.file("lines")])
            #expect(verdict["wrong"].list.compactMap(\.text) == [])
            let seen = Set(verdict["seen"].list.compactMap(\.text))
            #expect(
                seen.isSuperset(of: [
                    "run.started", "session.started", "text.delta", "text.block", "text.reset", "tool.started",
                    "tool.completed", "usage", "session.failed", "session.retrying", "job.finished", "progress",
                    "error",
                    "run.finished",
                ]), "\(seen)")
        }
    }
}
