import Model
import Providers
import TestSupport
import Testing

@testable import Settings

@Suite struct ProviderCatalogTests {
    private func catalog(_ texts: [(ConfigLayer.Owner, String)]) throws -> ProviderCatalog {
        try ProviderCatalog(
            layers: texts.map { owner, text in
                try ConfigLayer.read(
                    Array("version: 1\n\(text)\n".utf8), file: owner.rawValue, root: "/p", home: "/h", owner: owner)
            })
    }

    @Test func `a built-in provider needs no description`() throws {
        let definition = try catalog([]).definition("claude")
        #expect(definition == ProviderDefinition.builtIn(.claude))
    }

    @Test func `a derived provider takes what it does not say from its base`() throws {
        let catalog = try catalog([
            (
                .project,
                "providers: { a: { extends: claude, command: [/opt/c, -x], env: { A: '1', B: '1' }, model: m }, b: { extends: a, args: [--y], env: { B: '2' } } }"
            )
        ])
        let definition = try catalog.definition("b")
        #expect(definition.name == "b")
        #expect(definition.kind == .claude)
        #expect(definition.command == ["/opt/c", "-x"])
        #expect(definition.args == ["--y"])
        #expect(definition.env == ["A": "1", "B": "2"])
        #expect(definition.model == "m")
        #expect(try catalog.resolve("b").fromProject)
    }

    @Test func `a project changes a built-in provider on top of what the user changed`() throws {
        let catalog = try catalog([
            (.project, "providers: { claude: { args: [--z] } }"),
            (.user, "providers: { claude: { extends: claude, command: [/mine/claude] } }"),
        ])
        let definition = try catalog.definition("claude")
        #expect(definition.command == ["/mine/claude"])
        #expect(definition.args == ["--z"])
        #expect(catalog.settings(named: "claude").map(\.setting.position.file) == ["project", "user"])
    }

    @Test func `fields and recordings reach the definition`() throws {
        let catalog = try catalog([
            (
                .user,
                "providers: { j: { extends: jsonl, command: [x], fields: { text: a.b, usage: { input: i, cumulative: true } } }, r: { extends: replay, recording: { provider: codex, file: f.jsonl, speed: 4 } } }"
            )
        ])
        let lines = try catalog.definition("j")
        #expect(lines.fields.text == "a.b")
        #expect(lines.fields.input == "i")
        #expect(lines.fields.usageIsCumulative)
        let recording = try #require(try catalog.definition("r").recording)
        #expect(recording == Recording(dialect: .codex, file: "/p/f.jsonl", speed: 4))
        #expect(try catalog.definition("replay").recording == Recording(dialect: .offline))
    }

    @Test func `a recording of lines is read by the fields that its provider was asked with`() throws {
        let catalog = try catalog([
            (
                .user,
                "providers: { r: { extends: replay, fields: { text: a.b }, recording: { provider: jsonl, file: f.jsonl } } }"
            )
        ])
        let recording = try #require(try catalog.definition("r").recording)
        #expect(recording.dialect == .jsonl)
        #expect(recording.fields.text == "a.b")
    }

    @Test(arguments: [
        ("providers: { a: { extends: a } }", "project:2:14", "extends \"a\", which does not exist"),
        ("providers: { a: { model: m } }", "project:2:14", "does not say what it extends"),
        (
            "providers: { a: { extends: b }, b: { extends: a } }", "project:2:14",
            "`providers.a` extends itself: a → b → a"
        ),
        ("providers: { a: { extends: cluade } }", "project:2:14", "did you mean \"claude\"?"),
        (
            "providers: { a: { extends: claude, fields: { text: t } } }", "project:2:14",
            "needs a provider that extends jsonl"
        ),
        (
            "providers: { a: { extends: claude, recording: { speed: 1 } } }", "project:2:14",
            "needs a provider that extends replay"
        ),
        ("provider: claud", "project:2:11", "there is no provider \"claud\", did you mean \"claude\"?"),
        ("modules: { m: { path: x, provider: nope } }", "project:2:12", "there is no provider \"nope\""),
    ])
    func `what cannot be resolved is named with its place`(_ text: String, _ place: String, _ words: String) throws {
        let error = try #require(tuttiError { _ = try catalog([(.project, text)]) })
        #expect(error.code == .badConfiguration)
        #expect(error.message.hasPrefix(place + ": "), "\(error.message)")
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func `an unknown name gets a suggestion`() throws {
        let error = try #require(tuttiError { _ = try catalog([]).definition("codx") })
        #expect(error.code == .notFound)
        #expect(error.message.contains("did you mean \"codex\"?"))
    }
}
