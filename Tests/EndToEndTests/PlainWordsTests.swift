import TestSupport
import Testing

/// What commands say to a person who meets them for the first time.
@Suite struct PlainWordsTests {
    @Test func `a pause is said by a run that waits for it and by ps`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("pause", "told")
            let waiting = try t.start("ask", "x", "api", "--progress", "plain")
            #expect(eventually { waiting.errorText.contains("paused   provider told (tutti unpause told)") })
            #expect(try t.tutti("ps").output.contains("paused: provider told (tutti unpause told)"))
            try t.tutti("unpause", "told")
            #expect(try waiting.wait().status == 0)
            #expect(try !t.tutti("ps", "-a").output.contains("paused"))
        }
    }

    @Test func `quiet hides progress, and not what failed`() async throws {
        try await Scene.with { t in
            let result = try t.tutti("ask", "x [[fake api: --outcome refusal]]", "api", "web", "-q")
            #expect(result.status == 1)
            let lines = result.errors.split(separator: "\n")
            #expect(lines.first?.hasPrefix("tutti: api: ") == true, "\(result.errors)")
            #expect(result.errors.contains("tutti retry "))
            #expect(lines.count == 2)
        }
    }

    @Test func `a mistyped way to merge is refused before anything is asked`() async throws {
        try await Scene.with { t in
            let refused = try t.tutti("ask", "x", "--all", "--merge", "vot")
            #expect(refused.status == 64)
            #expect(refused.errors.contains("did you mean vote?") && refused.errors.contains("prompt:vot"))
            #expect(contents(of: t.store) == nil)
            #expect(try t.tutti("ask", "x", "--all", "--merge", "Summarise").status == 64)
            for prompt in ["Say it in one line", "prompt:Summarise"] {
                #expect(try t.tutti("ask", "x", "--all", "--merge", prompt).status == 0, "\(prompt)")
            }
            let kinds = try Outside.query(t.store, "select count(*) from jobs where kind = 'merge'")
            #expect(kinds[0][0].number == 2)
        }
    }

    @Test func `a retry names its run and prints only what was asked again`() async throws {
        try await Scene.with { t in
            let first = try t.tutti(
                "ask", "x [[fake api: --outcome refusal]] [[fake web: --answer pears]]", "api", "web")
            #expect(first.status == 1 && first.output.contains("pears"))
            let again = try t.tutti("retry", "@last")
            #expect(!again.output.contains("pears"))
            #expect(!again.errors.contains("------"), "\(again.errors)")
        }
    }

    @Test func `events of a run that is over are printed, and -f ends`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            let followed = try t.tutti("events", "-f", "@last")
            #expect(followed.status == 0)
            #expect(try Fields.lines(followed.output).last?["type"].text == "run.finished")
        }
    }

    @Test func `init names the folders that are no modules`() async throws {
        try await Scene.with([]) { t in
            _ = try t.folder.makeFolder("fresh")
            for folder in ["app", "docs", "node_modules", ".cache", ".git"] {
                _ = try t.folder.makeFolder("fresh/\(folder)")
            }
            try t.folder.write("{}", to: "fresh/app/package.json")
            let result = try t.tutti(words: ["init"], directory: t.folder.file("fresh"))
            #expect(result.status == 0, "\(result.errors)")
            let line = result.output.split(separator: "\n").first { $0.hasPrefix("skipped ") }
            #expect(
                line
                    == "skipped node_modules (built or foreign); .cache (hidden); docs (no manifest, CLAUDE.md or AGENTS.md)"
            )
        }
    }

    @Test func `no hint holds a word that stands for an identifier`() async throws {
        try await Scene.with(["api"]) { t in
            let result = try t.tutti("ask", "x [[fake: --no-result]]", "api")
            #expect(result.status == 1)
            #expect(!result.errors.contains(" ID"), "\(result.errors)")
            let shown = try t.tutti("show", "@last/1")
            #expect(!shown.output.contains(" ID"))
            #expect(try !t.tutti("events", "@last").output.contains(" ID"))
        }
    }

    @Test func `small words are met as people type them`() async throws {
        try await Scene.with { t in
            let version = try t.tutti("--version")
            #expect(version.status == 0)
            #expect(try version.output == t.tutti("version").output)
            let submitted = try t.tutti("submit", "echo", "hi")
            #expect(submitted.status == 64)
            #expect(submitted.errors.contains("put -- before the command: tutti submit -- echo hi"))
            let moved = try t.tutti("queue", "prio", "ABCD", "5")
            #expect(moved.errors.contains("the priority comes first: tutti queue prio 5 ABCD"))
            for line in try t.tutti("help", "ask", environment: ["COLUMNS": "60"]).output.split(separator: "\n") {
                #expect(line.count <= 60, "\(line)")
            }
        }
    }

    @Test func `logs of one module of a run are picked with -m`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x [[fake api: --answer apples]] [[fake web: --answer pears]]", "api", "web")
            let log = try t.tutti("logs", "-m", "web")
            #expect(log.output.contains("pears") && !log.output.contains("apples"), "\(log.output) \(log.errors)")
            let unknown = try t.tutti("logs", "-m", "wbe")
            #expect(unknown.status == 66 && unknown.errors.contains("did you mean web?"))
        }
    }

    @Test func `what the losers of --any had begun is not printed`() async throws {
        try await Scene.with { t in
            let result = try t.tutti(
                "ask", "x [[fake api: --answer apples]] [[fake web: --hang 1]]", "api", "web", "--any", "1")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "apples\n")
        }
    }

    @Test func `what changed in a trusted file is shown as it is indented`() async throws {
        try await Scene.with(["api"]) { t in
            let file =
                "version: 1\nmodules:\n  api: { path: api }\nproviders:\n  mine:\n    extends: plain\n    command: [/bin/"
            try t.folder.write(file + "cat]\n", to: "project/tutti.yaml")
            try t.tutti("trust")
            try t.folder.write(file + "echo]\n", to: "project/tutti.yaml")
            #expect(try t.tutti("trust", "--diff").output.contains("\n+     command: [/bin/echo]\n"))
        }
    }
}
