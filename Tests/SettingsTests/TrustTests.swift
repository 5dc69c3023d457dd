import Glibc
import Model
import TestSupport
import Testing

@testable import Settings

@Suite struct TrustTests {
    private static let risky = "version: 1\nproviders:\n  agent: { extends: plain, command: [./agent.sh] }\n"

    @Test func `a file that can do no harm needs no trust`() throws {
        try withPlayground { playground in
            let store = TrustStore(environment: playground.environment)
            let configuration = try playground.load(
                project:
                    "version: 1\nprovider: codex\njobs: 2\nbudget: { usd: 1 }\nmodules: { a: { path: a, tags: [t], replay: r.jsonl } }\nproviders: { o: { extends: claude, model: opus } }\nstore: t.db\n"
            )
            #expect(store.state(of: configuration) == .notNeeded)
            try store.require(configuration)
            #expect(
                store.state(of: try Configuration.load(directory: "/", environment: playground.environment))
                    == .notNeeded)
        }
    }

    @Test(arguments: [
        ("providers: { p: { extends: plain, command: [sh, -c, x] } }", "runs sh -c x as provider p"),
        (
            "providers: { claude: { args: [--dangerously-skip-permissions] } }",
            "gives provider claude the arguments --dangerously-skip-permissions"
        ),
        (
            "providers: { claude: { env: { ANTHROPIC_BASE_URL: 'http://x' } } }",
            "sets ANTHROPIC_BASE_URL for provider claude"
        ),
        ("modules: { a: { path: a, env: { LD_PRELOAD: x } } }", "sets LD_PRELOAD for module a"),
        ("modules: { a: { path: ../.. } }", "outside the project, for module a"),
        ("modules: { a: { path: link } }", "outside the project, for module a"),
        ("store: /tmp/other.db", "keeps everything in /tmp/other.db, outside the project"),
        ("budget: { usd: 100 }", "may spend 100 dollars, more than your own 2"),
        ("budget: { day: 3 }", "may spend 3 dollars a day, more than your own 1"),
        ("budget: { sessions: 9 }", "may use 9 sessions, more than your own 5"),
        ("budget: { usd: none }", "may spend none dollars, more than your own 2"),
    ])
    func `whatever could do harm is named with its line and stops with exit status 77`(_ text: String, _ words: String)
        throws
    {
        try withPlayground { playground in
            _ = try playground.folder.makeFolder("home/.config")
            _ = try playground.folder.makeFolder("home/.config/tutti")
            _ = try playground.folder.write(
                "version: 1\nbudget: { usd: 2, day: 1, sessions: 5 }\n", to: "home/.config/tutti/config.yaml")
            symlink("/etc", playground.folder.file("project/link"))
            let configuration = try playground.load(project: "version: 1\n\(text)\n")
            let store = TrustStore(environment: playground.environment)
            let error = try #require(tuttiError { try store.require(configuration) })
            #expect(error.code == .notAllowed)
            #expect(error.message.contains(words), "\(error.message)")
            #expect(error.message.contains("(line 2)"))
            #expect(error.hint.contains("tutti trust"))
            try store.trust(configuration)
            #expect(store.state(of: configuration) == .trusted)
        }
    }

    @Test func `a change of the settings ends the trust and is shown line by line`() throws {
        try withPlayground { playground in
            let store = TrustStore(environment: playground.environment)
            let first = try playground.load(project: Self.risky)
            try store.trust(first)
            #expect(store.state(of: first) == .trusted)
            let second = try playground.load(project: Self.risky + "jobs: 9\n")
            let error = try #require(tuttiError { try store.require(second) })
            #expect(error.message.contains("changed since you trusted it"))
            #expect(error.message.contains("@@ line 2"))
            #expect(error.message.contains("+ jobs: 9"))
            try store.trust(second)
            #expect(store.state(of: second) == .trusted)
            #expect(store.state(of: first) != .trusted)
            #expect(store.trustedFiles == [playground.project + "/tutti.yaml"])
            #expect(try store.distrust(playground.project + "/tutti.yaml"))
            guard case .untrusted = store.state(of: second) else {
                Issue.record("still trusted")
                return
            }
        }
    }

    @Test func `a change of a script that the settings run ends the trust as well`() throws {
        try withPlayground { playground in
            let store = TrustStore(environment: playground.environment)
            _ = try playground.folder.write("#!/bin/sh\necho good\n", to: "project/agent.sh", executable: true)
            let configuration = try playground.load(project: Self.risky)
            try store.trust(configuration)
            #expect(store.state(of: configuration) == .trusted)
            _ = try playground.folder.write("#!/bin/sh\necho evil\n", to: "project/agent.sh", executable: true)
            guard case .changed(_, let diff) = store.state(of: configuration) else {
                Issue.record("not seen as changed")
                return
            }
            #expect(diff.contains("- echo good"))
            #expect(diff.contains("+ echo evil"))
        }
    }

    @Test func `what is kept belongs to its owner alone, and a damaged list trusts nothing`() throws {
        try withPlayground { playground in
            let store = TrustStore(environment: playground.environment)
            let configuration = try playground.load(project: Self.risky)
            umask(0)
            defer { umask(0o022) }
            try store.trust(configuration)
            let state = playground.folder.file("home/.local/state/tutti")
            #expect(FileText.status(state).map { $0.st_mode & 0o777 } == 0o700)
            #expect(FileText.status(state + "/trust.json").map { $0.st_mode & 0o777 } == 0o600)
            #expect(namesInFolder(state + "/trusted").count == 1)
            _ = try playground.folder.write("{", to: "home/.local/state/tutti/trust.json")
            #expect(store.state(of: configuration) != .trusted)
            try store.trust(configuration)
            #expect(store.state(of: configuration) == .trusted)
        }
    }

    @Test func `the path of a file counts, not only its content`() throws {
        try withPlayground { playground in
            let store = TrustStore(environment: playground.environment)
            try store.trust(try playground.load(project: Self.risky))
            _ = try playground.folder.makeFolder("copy")
            _ = try playground.folder.write(Self.risky, to: "copy/tutti.yaml")
            let copy = try Configuration.load(
                directory: playground.folder.file("copy"), environment: playground.environment)
            guard case .untrusted = store.state(of: copy) else {
                Issue.record("a copy was trusted")
                return
            }
        }
    }

    @Test func `a diff shows what changed and its neighbours`() {
        let old = (1...20).map { "line \($0)" }.joined(separator: "\n")
        let new = old.replacing("line 5\n", with: "line five\n").replacing("line 20", with: "line 20\nline 21")
        #expect(
            LineDiff.between(old, new, context: 1) == [
                "@@ line 4", "  line 4", "- line 5", "+ line five", "  line 6", "@@ line 20", "  line 20", "+ line 21",
            ])
        #expect(LineDiff.between(old, old).isEmpty)
        #expect(LineDiff.between("", "a\n") == ["@@ line 1", "+ a"])
        let large = (0..<3000).map { "\($0)" }
        #expect(
            LineDiff.between(large.joined(separator: "\n"), large.reversed().joined(separator: "\n"), context: 0).count
                > 3000)
    }
}
