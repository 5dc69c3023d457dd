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

    @Test func `a claim is for one owner`() {
        var claims = SaveClaims()
        #expect(claims.claim("out/a.md", by: "a") == nil && claims.claim("./out//a.md", by: "a") == nil)
        #expect(claims.claim("out/./a.md", by: "b") == "a" && !claims.hasClaim(of: "b"))
        #expect(claims.claim("out/b.md", by: "b") == nil && claims.hasClaim(of: "b"))
    }
}
