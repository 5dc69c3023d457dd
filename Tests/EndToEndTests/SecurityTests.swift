import Glibc
import TestSupport
import Testing

/// What an agent, a repository or a curious neighbour must not be able to do.
@Suite struct SecurityTests {
    /// Clears the screen, sets the title, asks the terminal to type, hides text, turns it round.
    private static let hostile =
        "before \u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[6n\u{9b}31m mid\u{8}\u{8}\u{8}\u{202e}dne \u{1b}]52;c;cm0gLXJm\u{1b}\\ after\n"

    private static let unsafe: [Unicode.Scalar] = ["\u{1b}", "\u{7}", "\u{8}", "\u{9b}", "\u{202e}"]

    @Test func `escape sequences of an agent reach no pipe and no terminal`() async throws {
        try await Scene.with(["api"]) { t in
            let payload = try t.folder.write(SecurityTests.hostile, to: "payload")
            let question = "x [[fake: --payload \(payload)]]"
            #expect(try t.tutti("ask", question, "api", "--provider", "lines").status == 0)
            for words in [
                ["logs", "@last"], ["show", "@last"], ["show", "@last", "--timeline"], ["search", "before"],
                ["ps", "-a"], ["diff", "@last"], ["events"], ["show", "@last", "--json"], ["logs", "@last", "-t"],
            ] {
                let piped = try run(t.command(words), directory: t.project)
                #expect(piped.status == 0, "\(words) \(piped.errors)")
                // JSON may hold the characters that only turn text round; a control character it writes as an escape.
                let isJSON = words[0] == "events" || words.contains("--json")
                let unsafe = SecurityTests.unsafe.filter { !isJSON || $0.value < 0x100 }
                let found = unsafe.filter { (piped.output + piped.errors).unicodeScalars.contains($0) }
                #expect(found == [], "\(words)")
            }
            let readers = [
                ["logs", "@last"], ["show", "@last"], ["show", "@last", "-r"], ["search", "before"], ["ps", "-a"],
            ]
            for words in readers + [["ask", question, "api", "--provider", "lines"]] {
                let screen = try t.atTerminal(
                    words, environment: ["TERM": "xterm-256color", "TUTTI_PAGER": "cat", "PAGER": "cat"], [])
                #expect(screen.status == 0, "\(words)")
                for sequence in [
                    "\u{1b}[2J", "\u{1b}]0;owned", "\u{1b}[6n", "\u{9b}", "\u{8}", "\u{7}", "\u{202e}", "\u{1b}]52",
                ] {
                    #expect(!screen.output.unicodeScalars.contains(sequence.unicodeScalars), "\(words)")
                }
                if words != ["ps", "-a"] { #expect(screen.output.contains("before"), "\(words)") }
            }
        }
    }

    @Test func `a provider cannot reach the terminal behind its back`() async throws {
        try await Scene.with(["api"]) { t in
            let report = t.folder.file("tty")
            let screen = try t.atTerminal(["ask", "x [[fake: --tty \(report)]]", "api"], [])
            #expect(screen.status == 0)
            #expect(text(of: report)?.hasPrefix("open: No such device") == true, "\(text(of: report) ?? "")")
            #expect(!screen.output.contains("written by an agent"))
        }
    }

    @Test func `no command line ever holds the question`() async throws {
        try await Scene.with { t in
            let ask = try t.start(
                "ask", "-", "api", "web", "--json",
                input: "the canary is yellow-\("4711") [[fake: --lines 20 --rate 20]]")
            let seen = try Outside.script(
                """
                import glob, json, os, select, sys
                canary, ended = ("yellow-" + "4711").encode(), os.pidfd_open(int(sys.argv[1]))
                found, rounds = [], 0
                while not select.select([ended], [], [], 0.005)[0]:
                    rounds += 1
                    for path in glob.glob("/proc/[0-9]*/cmdline"):
                        try:
                            if canary in open(path, "rb").read():
                                found.append(path)
                        except OSError:
                            pass
                print(json.dumps([found, rounds]))
                """, ["\(ask.pid)"])
            #expect(try ask.wait().status == 0)
            #expect(seen[0].list.isEmpty)
            #expect(seen[1].number ?? 0 > 5)
        }
    }

    @Test func `secrets of the environment reach only the provider that they belong to`() async throws {
        try await Scene.with(["api"]) { t in
            let secret = "canary-\(UInt64.random(in: 1...UInt64.max))"
            let foreign = [
                "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "TUTTI_TOKEN", "SSH_AUTH_SOCK", "OPENAI_API_KEY",
                "MY_PASSWORD",
            ]
            var environment: [String: String?] = ["ANTHROPIC_API_KEY": "own-\(secret)"]
            for name in foreign { environment[name] = "foreign-\(secret)" }
            let dump = t.folder.file("dump")
            let question = "x [[fake: --dump \(dump) --stderr complaint]]"
            let asked = try run(t.command(["ask", question, "api"], environment), directory: t.project)
            #expect(asked.status == 0, "\(asked.errors)")
            let lines = (text(of: dump) ?? "").split(separator: "\n")
            #expect(lines.filter { $0.contains("foreign-\(secret)") } == [])
            #expect(lines.contains("env ANTHROPIC_API_KEY=own-\(secret)"))
            #expect(lines.filter { $0.hasPrefix("arg ") && $0.contains(secret) } == [])
            #expect(lines.filter { $0.hasPrefix("fd ") }.count == 3)
            for words in [
                ["show", "@last", "--json"], ["doctor"], ["doctor", "--json"], ["events"], ["config", "get", "--json"],
                ["logs", "--raw", "@last"],
            ] {
                let told = try run(t.command(words, environment), directory: t.project)
                #expect(!(told.output + told.errors).contains(secret), "\(words)")
            }
            let kept = try run(["/bin/grep", "-rlF", secret, t.home + "/.local"])
            #expect(kept.output == "")
        }
    }

    @Test func `a project that is not trusted runs nothing and is told so`() async throws {
        try await Scene.with(["api"]) { t in
            let trace = t.folder.file("trace")
            let canTrace = try run(["/usr/bin/env", "strace", "-qq", "-o", "/dev/null", "/bin/true"]).status == 0
            try t.folder.write(
                "#!/bin/sh\ntouch '\(t.folder.file("harm"))'\n", to: "project/agent.sh", executable: true)
            try t.folder.write(
                """
                version: 1
                provider: evil
                modules: { api: { path: api, env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" } } }
                providers: { evil: { extends: plain, command: [./agent.sh] } }
                """, to: "project/tutti.yaml")
            try t.folder.write(
                """
                version: 1
                jobs:
                  harm:
                    matrix: { m: { command: [./agent.sh] } }
                    prompt: x
                  ask: { module: api, prompt: x, verify: [./agent.sh] }
                """, to: "project/evil.batch.yaml")
            try t.folder.write(
                """
                version: 1
                jobs:
                  harm: { env: { secrets: { KEY: { command: [./agent.sh] } } }, prompt: x }
                """, to: "project/secret.batch.yaml")
            // A run cannot give secrets, so these two are refused.
            let refused = ["validate": Int32(65), "plan": 78]
            for words in [
                ["batch", "validate", "secret.batch.yaml"], ["batch", "plan", "secret.batch.yaml"],
                ["batch", "explain", "secret.batch.yaml", "harm"],
                ["batch", "validate", "evil.batch.yaml"], ["batch", "plan", "evil.batch.yaml"],
                ["batch", "explain", "evil.batch.yaml", "harm"], ["ps"], ["module", "ls"], ["provider", "ls"],
                ["provider", "show", "evil"], ["doctor"],
                ["search", "x"],
                ["config", "get"], ["completion", "bash"], ["usage"], ["events"], ["ask", "x", "api", "-n"],
            ] {
                let program =
                    canTrace ? ["/usr/bin/strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o", trace] : []
                let result = try run(
                    ["/usr/bin/env", "-i"] + t.environment() + program + [Products.tutti] + words, directory: t.project)
                if words[0] == "batch" {
                    let status = words[2] == "secret.batch.yaml" ? refused[words[1]] ?? 0 : 0
                    #expect(result.status == status, "\(words) \(result.output) \(result.errors)")
                } else {
                    #expect([0, 1, 66, 77].contains(result.status), "\(words) \(result.status) \(result.errors)")
                }
                guard canTrace else { continue }
                let calls = (text(of: trace) ?? "").split(separator: "\n").filter { $0.contains("exec") }
                #expect(calls.count == 1, "\(words) \(calls)")
            }
            for words in [["ask", "x", "api"], ["ask", "x", "api", "-d"]] {
                let asked = try run(t.command(words), directory: t.project)
                #expect(asked.status == 77)
                #expect(asked.errors.contains("agent.sh"), "\(asked.errors)")
                #expect(asked.errors.contains("tutti trust"), "\(asked.errors)")
            }
            #expect(contents(of: t.folder.file("harm")) == nil)
            // Trusted, it runs; changed afterwards, it does not.
            #expect(try t.tutti("trust", "--yes").status == 0)
            #expect(try t.tutti("ask", "x", "api").status == 0)
            #expect(contents(of: t.folder.file("harm")) != nil)
            try t.folder.write("#!/bin/sh\necho other\n", to: "project/agent.sh", executable: true)
            let yaml = text(of: "\(t.project)/tutti.yaml") ?? ""
            try t.folder.write(yaml + "\njobs: 2\n", to: "project/tutti.yaml")
            #expect(try t.tutti("ask", "x", "api").status == 77)
        }
    }

    @Test func `files and folders are for their owner alone`() async throws {
        try await Scene.with(["api"]) { t in
            // Even where the person's mask would let others in.
            #expect(
                try t.shell("umask 000; tutti ask x api; tutti ask 'y [[fake: --hang 1]]' api -d >/dev/null").status
                    == 0)
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            let open = try run([
                "/usr/bin/find", t.home + "/.local/share/tutti", t.state, "-perm", "/077", "!", "-type", "l",
            ])
            #expect(open.output == "", "\(open.errors)")
            let folders = try run(["/usr/bin/find", t.state, "-type", "d", "!", "-perm", "0700"])
            #expect(folders.output == "")
            #expect(try t.tutti("cancel", "@last").status == 0)
            #expect(t.survivors() == [])
        }
    }
}
