import Glibc
import TestSupport
import Testing

/// A project file with a mistake in it: what is under way can still be seen and stopped.
@Suite struct BrokenProjectTests {
    static let readers = [
        ["ps", "-a"], ["search", "line"], ["show", "@last"], ["logs", "@last"], ["wait", "@last"], ["events", "@last"],
        ["usage"], ["cancel", "@last"], ["queue", "ls"], ["why", "@last"], ["pause", "told"], ["unpause", "told"],
    ]

    @Test func `commands that read or steer go on, and say the place of the mistake on one line`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            try t.folder.write("version: 1\nmodles:\n  api: { path: api }\n", to: "project/tutti.yaml")
            for words in BrokenProjectTests.readers {
                let result = try t.tutti(words: words)
                #expect(result.status == 0, "\(words) \(result.errors)")
                let lines = result.errors.split(separator: "\n").filter { $0.contains("tutti.yaml:2:1") }
                #expect(lines.count == 1, "\(words) \(result.errors)")
                #expect(lines.first?.hasPrefix("warning: ") == true)
                #expect(try t.tutti(words: words + ["-q"]).errors.isEmpty, "\(words)")
            }
            for words in [
                ["ask", "x", "api"], ["config", "check"], ["module", "ls"], ["clean", "--older-than", "1d"],
            ] {
                #expect(try t.tutti(words: words).status == 78, "\(words)")
            }
        }
    }

    @Test func `the store that a broken file names is used, and another one only with a word about it`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                "version: 1\nstore: own.db\nmodules: { api: { path: api } }\n", to: "project/tutti.yaml")
            #expect(try t.tutti("ask", "x", "api").status == 0)
            try t.folder.write("version: 1\nstore: own.db\njobs: many\n", to: "project/tutti.yaml")
            let named = try t.tutti("ps", "-a")
            #expect(named.status == 0 && named.output.contains("api"))
            #expect(!named.errors.contains("another store"))
            try t.folder.write("version: 1\nstore: own.db\nmodules: [\n", to: "project/tutti.yaml")
            let hidden = try t.tutti("ps", "-a")
            #expect(hidden.status == 0)
            #expect(hidden.errors.contains("may name another store than the one that is used, \(t.store)"))
            let flagged = try t.tutti("ps", "-a", "--db", t.project + "/own.db")
            #expect(flagged.output.contains("api") && !flagged.errors.contains("another store"))
        }
    }

    @Test func `a module whose folder is missing is told by everything that looks at modules`() async throws {
        try await Scene.with(["api", "web"]) { t in
            rmdir(t.project + "/web")
            let check = try t.tutti("config", "check")
            #expect(check.status == 78)
            #expect(check.errors.contains("tutti.yaml:4:3: module \"web\": there is no folder \(t.project)/web"))
            let doctor = try t.tutti("doctor")
            #expect(doctor.status == 1 && doctor.output.contains("there is no folder \(t.project)/web"))
            let list = try t.tutti("module", "ls")
            #expect(list.status == 0 && list.output.contains("there is no folder \(t.project)/web"))
            let records = try t.json("module", "ls", "--json=name,problem").list
            #expect(records.map { $0["problem"].text == nil } == [true, false])
        }
    }
}
