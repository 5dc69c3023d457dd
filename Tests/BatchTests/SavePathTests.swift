import Model
import Settings
import TestSupport
import Testing

@testable import Batch

/// No two results are written to one file.
@Suite struct SavePathTests {
    /// A plan with a late job `b`, and a job `a` that is saved to `out/a.md`.
    private func batch(save: String) throws -> BatchPlan {
        try plan(
            """
            version: 1
            jobs:
              l: { run: [ls], outputs: { o: { from: stdout, type: json }, n: { from: stdout } } }
              a: { prompt: x, output: { save: out/a.md } }
              b: { needs: [l], prompt: x, matrix: { m: "${{ jobs.l.outputs.o }}" }, output: { save: "\(save)" } }

            """)
    }

    private func expand(_ plan: inout BatchPlan, _ values: JSONValue) throws(TuttiError) {
        let listed = success("l", outputs: ["o": values, "n": "same"])
        try plan.expand("b", outcomes: ["l": listed], folder: MemoryFolder())
    }

    @Test(arguments: [true, false])
    func `rows that are known late do not take the files of others`(isStored: Bool) throws {
        for (save, values, refused) in [
            ("out/${{ matrix.m }}.md", ["b", "c"] as JSONValue, nil),
            ("out/${{ matrix.m }}.md", ["b", "a"], "a and b[m=a] would both be saved to out/a.md"),
            ("./out//${{ matrix.m }}.md", ["a"], "a and b[m=a] would both be saved"),
            ("out/x.md", ["b", "c"], "b[m=b] and b[m=c] would both be saved to out/x.md"),
            // Known now, because the job that it asks has ended.
            ("out/${{ jobs.l.outputs.n }}.md", ["b", "c"], "b[m=b] and b[m=c] would both be saved to out/same.md"),
            ("out/${{ jobs.l.outputs.n }}.md", ["b"], nil),
            // What is not there fails its row, when that starts.
            ("out/${{ jobs.l.output.x }}.md", ["b", "c"], nil),
        ] as [(String, JSONValue, String?)] {
            var plan = try batch(save: save)
            if isStored { plan = try BatchPlan(json: plan.json) }
            let error = tuttiError { try expand(&plan, values) }
            if let refused {
                #expect(error?.message.contains(refused) == true, "\(error?.message ?? "")")
                // What was refused has taken nothing.
                try expand(&plan, ["z"])
            } else {
                #expect(error == nil, "\(error?.message ?? "")")
            }
        }
    }

    /// Plans `jobs` in a folder on disk with these files.
    private func problems(_ jobs: String, in folder: TemporaryFolder) throws -> [String] {
        let text = "version: 1\ninputs: { i: { default: x.sh } }\njobs:\n" + jobs
        let (file, problems) = BatchFile.check(Array(text.utf8), path: "the.batch.yaml")
        guard let file else { return problems.map(\.message) }
        let (_, more) = BatchPlan.check(
            file, inputs: try file.inputValues(given: []), folder: try DiskFolder(folder.path),
            displayFolder: try DiskFolder(folder.path).root)
        return more.map(\.message)
    }

    @Test func `one file is one, whatever links lead to it`() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder("a")
            try link("a", folder.file("b"))
            let jobs = """
                  x: { prompt: x, output: { save: a/x.txt } }
                  y: { prompt: x, output: { save: "%" } }

                """
            for path in ["b/x.txt", "./a//x.txt", "b/../a/x.txt"] {
                let found = try problems(jobs.replacing("%", with: path), in: folder)
                let isRefused = found.contains { $0.contains("would both be saved") || $0.contains("by `..`") }
                #expect(isRefused, "\(path) \(found)")
            }
            #expect(try problems(jobs.replacing("%", with: "b/y.txt"), in: folder).isEmpty)
        }
    }

    @Test(arguments: [
        // What is executed, wherever it is named.
        (#"run: [./x.sh], output: { save: x.sh }"#, true), (#"run: [sh, x.sh], output: { save: ./x.sh }"#, true),
        (#"prompt: x, verify: [nice, sub/y.sh], output: { save: link/y.sh }"#, true),
        (#"run: ["${{ batch.folder }}/x.sh"], output: { save: x.sh }"#, true),
        (#"run: [./y.sh], workdir: sub, output: { save: sub/y.sh }"#, true),
        (#"run: [ls], matrix: { m: { command: [./x.sh] } }, output: { save: x.sh }"#, false),
        (#"run: [awk, -f, x.sh, d], output: { save: x.sh }"#, true),
        // What is read.
        (#"prompt_file: p.md, output: { save: p.md }"#, true),
        (#"prompt: x, output: { schema: s.json, save: s.json }"#, true),
        (#"prompt_file: "${{ matrix.m }}.md", matrix: { m: [p] }, output: { save: p.md }"#, true),
        (#"prompt: x, matrix: { m: { csv: d.csv, field: n } }, output: { save: d.csv }"#, true),
        (#"prompt: 'x ${{ file("d.csv") }}', output: { save: d.csv }"#, true),
        (#"prompt: x, output: { save: the.batch.yaml }"#, true),
        (#"prompt: x, output: { save: "sub/${{ inputs.i }}" }"#, false),
        (#"prompt: x, output: { save: "${{ inputs.i }}" }, verify: [./x.sh]"#, true),
        // What a person names to be written and then read.
        (#"run: [cat, d.csv], output: { save: d.csv }"#, false),
        (#"run: [cat, d.csv], matrix: { m: { csv: e.csv, field: n } }, output: { save: "${{ matrix.m }}.csv" }"#, true),
        // Settings, and what git executes.
        (#"prompt: x, output: { save: tutti.yaml }"#, true), (#"prompt: x, output: { save: sub/Tutti.yml }"#, true),
        (#"prompt: x, output: { save: .git/hooks/pre-commit }"#, true),
        (#"prompt: x, output: { save: sub/.GIT/config }"#, true),
        (#"prompt: x, output: { save: hooks/pre-commit }"#, true), (#"prompt: x, output: { save: .gitignore }"#, false),
    ])
    func `no answer replaces what the batch stands on`(_ job: String, _ isRefused: Bool) throws {
        try withTemporaryFolder { folder in
            for name in ["sub", ".git", ".git/hooks"] { _ = try folder.makeFolder(name) }
            for name in ["x.sh", "sub/y.sh", "p.md", "the.batch.yaml"] { _ = try folder.write("text", to: name) }
            for (name, text) in [("s.json", "{}"), ("d.csv", "n\n1\n"), ("e.csv", "n\nd\n")] {
                _ = try folder.write(text, to: name)
            }
            try link("sub", folder.file("link"))
            try link(".git/hooks", folder.file("hooks"))
            let found = try problems("  a: { \(job) }\n", in: folder)
            #expect(found.isEmpty != isRefused, "\(found)")
        }
    }

    @Test(arguments: [
        ("${{ jobs.l.text }}", true), ("${{ jobs.l.text }}${{ job.address }}", true), ("${{ matrix.m }}", true),
        ("./${{ jobs.l.text }}", true), ("${{ inputs.i }}", false), ("${{ jobs.l.text }}.md", false),
        ("out/${{ jobs.l.text }}", false),
    ])
    func `a path that is all value is refused where a stranger may choose it`(_ path: String, _ isRefused: Bool) {
        let text = """
            version: 1
            inputs: { i: { default: x } }
            jobs:
              l: { run: [ls] }
              a: { needs: [l], prompt: x, matrix: { m: { csv: d.csv } }, output: { save: "\(path)" } }

            """
        let found = BatchFile.check(Array(text.utf8), path: "f").problems.map(\.message)
        #expect(found.contains { $0.contains("holds nothing but values") } == isRefused, "\(found)")
        #expect(found.isEmpty != isRefused, "\(found)")
    }

    @Test func `a claim is for one owner`() {
        var claims = SaveClaims<String>()
        #expect(claims.claim("out/a.md", by: "a") == nil && claims.claim("out/a.md", by: "a") == nil)
        #expect(claims.claim("out/a.md", by: "b") == "a" && !claims.hasClaim(of: "b"))
        #expect(claims.claim("out/b.md", by: "b") == nil && claims.hasClaim(of: "b"))
    }
}
