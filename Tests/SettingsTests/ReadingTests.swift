import Model
import Testing

@testable import Settings

@Suite struct ReadingTests {
    @Test func `nothing, comments and an empty mapping are settings`() throws {
        for text in ["", "\n", "# nothing\n", "---\n", "{}\n"] {
            #expect(try readLayer(text).values.isEmpty, "\(text)")
        }
    }

    @Test func `scalars are read by what their key needs, not by how they look`() throws {
        let layer = try readLayer(
            "version: 1\nprovider: no\nmodel: 1.10\nmodules: { a: { path: 0123, env: { A: yes, B: 12:30, C: 'on' } } }\n"
        )
        #expect(layer.values["provider"]?.value == .text("no"))
        #expect(layer.values["model"]?.value == .text("1.10"))
        #expect(layer.modules[0].path == "/p/0123")
        #expect(layer.modules[0].environment == ["A": "yes", "B": "12:30", "C": "on"])
    }

    @Test func `a byte order mark and Windows line ends do no harm`() throws {
        let layer = try readLayer("\u{FEFF}version: 1\r\njobs: 3\r\n")
        #expect(layer.values["jobs"]?.value == .integer(3))
        #expect(layer.values["jobs"]?.position.line == 2)
    }

    @Test func `anchors, aliases and merges repeat values`() throws {
        let layer = try readLayer(
            """
            version: 1
            x-limits: &limits { total: 5m, idle: 1m }
            timeout:
              <<: *limits
              idle: 2m
            x-env: &env { A: "1" }
            modules:
              a: { path: x, env: *env }
              b: { path: y, env: { <<: [*env], B: "2" }, tags: &tags [one, two] }
              c: { path: z, tags: *tags }
            """)
        #expect(layer.values["timeout.total"]?.value == .duration(.seconds(300)))
        #expect(layer.values["timeout.idle"]?.value == .duration(.seconds(120)))
        #expect(layer.modules.map(\.environment) == [["A": "1"], ["A": "1", "B": "2"], [:]])
        #expect(layer.modules[2].tags == ["one", "two"])
    }

    @Test func `a star inside text stays a star`() throws {
        let layer = try readLayer("version: 1\nprovider: a*b\nmodel: \"*x\"\nmodules: { a: { path: '*' } } # *y\n")
        #expect(layer.values["provider"]?.value == .text("a*b"))
        #expect(layer.values["model"]?.value == .text("*x"))
        #expect(layer.modules[0].path == "/p/*")
    }

    @Test func `paths count from the project, and a tilde is the home`() throws {
        let layer = try readLayer(
            "version: 1\nstore: ~/t.db\nmodules: { a: { path: ./x/../y/ } }\nproviders: { p: { extends: plain, command: [./run.sh, ./x] }, q: { extends: plain, command: run } }\n"
        )
        #expect(layer.values["store"]?.value == .text("/h/t.db"))
        #expect(layer.modules[0].path == "/p/y")
        #expect(layer.providers[0].command == ["/p/run.sh", "./x"])
        #expect(layer.providers[1].command == ["run"])
    }

    @Test func `fields may be written with dots or as groups`() throws {
        let layer = try readLayer(
            "version: 1\nproviders: { p: { extends: jsonl, fields: { error: e, error.status: s, usage: { input: i, cumulative: true } } } }\n"
        )
        #expect(
            layer.providers[0].fields == [
                "error": "e", "error.status": "s", "usage.input": "i", "usage.cumulative": "true",
            ])
    }
}
