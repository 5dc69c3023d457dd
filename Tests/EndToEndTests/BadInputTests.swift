import Glibc
import TestSupport
import Testing

/// Whatever is given or found broken: a clear error that says what to do, and nothing lost.
@Suite struct BadInputTests {
    @Test func `an unknown module is named with the nearest one`() async throws {
        try await Scene.with(["payments", "web"]) { t in
            let result = try t.tutti("ask", "x", "paymnets")
            #expect(result.status == 66)
            #expect(result.errors.contains("did you mean \"payments\"?"))
            #expect(result.errors.contains("tutti module ls"))
        }
    }

    @Test func `a question that begins with a dash is asked behind --, and never taken for a call for help`()
        async throws
    {
        try await Scene.with(["web"]) { t in
            for question in ["-x is what?", "-what-is-this", "--why is it so?"] {
                let refused = try t.tutti("ask", question, "web", "--provider", "lines")
                #expect(refused.status == 64 && refused.output.isEmpty, "\(question): \(refused.output)")
                #expect(refused.errors.contains("put it behind --: tutti ask … -- "), "\(refused.errors)")
            }
            let listed = try t.tutti("search", "-x how")
            #expect(listed.status == 64 && listed.errors.contains("tutti search … -- '-x how'"), "\(listed.errors)")
            let asked = try t.tutti("ask", "--provider", "lines", "--", "-x is what?", "web")
            #expect(asked.status == 0, "\(asked.errors)")
            for help in ["-h", "--help"] { #expect(try t.tutti("ask", help).output.contains("USAGE")) }
        }
    }

    @Test func `a provider that is missing or not executable ends the command before anything is written`() async throws
    {
        try await Scene.with(["api"]) { t in
            try t.folder.write("#!/bin/sh\n", to: "project/agent.sh")
            try t.folder.write(
                """
                version: 1
                modules: { api: { path: api } }
                providers:
                  gone: { extends: plain, command: [./nowhere.sh] }
                  shut: { extends: plain, command: [./agent.sh] }
                  own: { extends: offline, command: [./nowhere.sh] }
                """, to: "project/tutti.yaml")
            try t.tutti("trust", "--yes")
            for name in ["gone", "shut", "own"] {
                let result = try t.tutti("ask", "x", "api", "--provider", name)
                #expect(result.status == 69, "\(name) \(result.errors)")
                #expect(result.errors.contains(name != "shut" ? "there is no executable" : "chmod +x \(t.project)/"))
                #expect(result.errors.contains(name != "shut" ? "nowhere.sh" : "agent.sh is not executable"))
                #expect(result.errors.contains("tutti provider ls"))
            }
            #expect(contents(of: t.store) == nil)
            let listed = try t.tutti("provider", "show", "own")
            #expect(listed.output.contains("there is no executable") && !listed.output.contains("part of tutti"))
            #expect(try t.json("provider", "show", "own", "--json")["installed"].number == 0)
            let doctor = try t.tutti("doctor")
            #expect(doctor.output.contains("agent.sh is not executable"), "\(doctor.output)")
            #expect(!doctor.output.contains("all is in place"), "\(doctor.output)")
        }
    }

    @Test func `a provider that goes away after the check fails its session with the reason`() async throws {
        try await Scene.with(["api"]) { t in
            // It is there and may be executed; its interpreter is not.
            try t.folder.write("#!/nowhere/interpreter\n", to: "home/agent", executable: true)
            try t.folder.write(
                """
                version: 1
                modules: { api: { path: api } }
                providers: { odd: { extends: plain, command: [\(t.home)/agent] } }
                """, to: "project/tutti.yaml")
            try t.tutti("trust", "--yes")
            let result = try t.tutti("ask", "x", "api", "--provider", "odd")
            #expect(result.status == 1 || result.status == 69, "\(result.errors)")
            let rows = try Outside.query(
                t.store, "select status, error_class, error from messages where role = 'assistant'")
            #expect(rows[0][0].text == "failed")
            #expect(rows[0][1].text == "start_failed")
            #expect(rows[0][2].text?.contains("No such file or directory") == true)
        }
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything"))
    func `a folder that cannot be read is said to be so`() async throws {
        try await Scene.with(["api"]) { t in
            chmod("\(t.project)/api", 0)
            let result = try t.tutti("ask", "x", "api")
            chmod("\(t.project)/api", 0o700)
            #expect(result.status != 0)
            #expect(result.errors.contains("api"))
        }
    }

    @Test func `a module whose folder is a file or gone is said to be so`() async throws {
        try await Scene.with(["api"]) { t in
            rmdir("\(t.project)/api")
            let gone = try t.tutti("ask", "x", "api")
            #expect(gone.status == 66 || gone.status == 78, "\(gone.errors)")
            #expect(gone.errors.contains("api"))
            try t.folder.write("text", to: "project/api")
            let file = try t.tutti("ask", "x", "api")
            #expect(file.status == 66 || file.status == 78, "\(file.errors)")
        }
    }

    @Test func `an empty question and one of 10 MB are refused, one of 2 MB is asked`() async throws {
        try await Scene.with(["api"]) { t in
            #expect(try t.tutti("ask", "-", "api", input: " \n").status == 64)
            let large = try t.tutti("ask", "-", "api", input: String(repeating: "a", count: 10_000_000))
            #expect(large.status == 65)
            #expect(large.errors.contains("8.0 MiB") && large.errors.contains("put the material into a file"))
            #expect(contents(of: t.store) == nil)
            let question = String(repeating: "frage ", count: 350_000) + "[[fake: --format plain --echo-stdin]]"
            let asked = try t.tutti("ask", "-", "api", "--provider", "lines", input: question)
            #expect(asked.status == 0, "\(asked.errors)")
            #expect(asked.output.hasPrefix("stdin \(question.utf8.count) "))
        }
    }

    @Test func `a question with nothing on standard input and none at all ends at once`() async throws {
        try await Scene.with(["api"]) { t in
            #expect(try t.tutti("ask", "-", "api").status == 64)
            #expect(try t.tutti("ask").status == 64)
            let closed = try t.shell("tutti ask x api <&-; echo $?")
            #expect(closed.output == "line 1\nline 2\nline 3\n0\n", "\(closed.errors)")
            #expect(try t.shell("tutti ask - api <&-; echo $?").output != "0\n")
        }
    }

    @Test func `standard input is attached to a question that is an argument, and not read twice`() async throws {
        try await Scene.with(["api"]) { t in
            for file in ["/dev/stdin", "-"] {
                let asked = try t.tutti(
                    "ask", "Review this [[fake: --format plain --echo-stdin]]", "api", "--provider", "lines",
                    "--attach",
                    file, input: "a change")
                #expect(asked.status == 0, "\(asked.errors)")
                let question = try Outside.query(
                    t.store, "select content from messages where role = 'user' order by created_at desc limit 1")
                #expect(question[0][0].text?.contains("----- attached: stdin\na change\n") == true)
            }
            for words in [
                ["-", "api", "--attach", "/dev/stdin"], ["x", "api", "--attach", "-", "--attach", "/dev/stdin"],
                ["-", "api", "--system", "/dev/stdin"],
            ] {
                let twice = try run(t.command(["ask"] + words), input: Array("text".utf8), directory: t.project)
                #expect(twice.status == 64, "\(words)")
                #expect(twice.errors.contains("can be read once"))
            }
        }
    }

    static let brokenSettings: [(String, String, String)] = [
        ("version: 1\nmodles:\n  api: { path: api }\n", "tutti.yaml:2:1", "did you mean"),
        ("version: 1\nmodules:\n  api: { path: api, provder: codex }\n", "tutti.yaml:3:21", "did you mean"),
        ("version: 1\njobs: many\n", "tutti.yaml:2:7", ""),
        ("version: 1\nmodules:\n\tapi: {}\n", "tutti.yaml:3:1", ""),
        ("version: 1\ntimeout: { total: 10 parsecs }\n", "tutti.yaml:2:19", ""),
        ("modules: [\n", "tutti.yaml:", ""),
        ("version: 1\njobs: 2\njobs: 3\n", "tutti.yaml:3:1", "line 2"),
    ]

    @Test(arguments: brokenSettings)
    func `a broken tutti.yaml is pointed at`(_ text: String, _ place: String, _ words: String) async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(text, to: "project/tutti.yaml")
            for command in [["ask", "x", "api"], ["module", "ls"]] {
                let result = try run(t.command(command), directory: t.project)
                #expect(result.status == 78, "\(result.errors)")
                #expect(result.errors.contains(place), "\(result.errors)")
                #expect(result.errors.contains(words), "\(result.errors)")
            }
        }
    }

    @Test func `a store that is a directory, another program's file, corrupt, or newer is refused and left as it was`()
        async throws
    {
        try await Scene.with(["api"]) { t in
            func expect(_ path: String, _ status: Int32, _ words: String) throws {
                let before = contents(of: path)
                for command in [["ask", "x", "api"], ["ps"], ["search", "x"]] {
                    let result = try run(t.command(command + ["--db", path]), directory: t.project)
                    #expect(result.status == status, "\(command) \(path) \(result.errors)")
                    #expect(result.errors.contains(words), "\(result.errors)")
                }
                #expect(contents(of: path) == before)
            }
            try expect(t.folder.makeFolder("folder.db"), 73, "is a directory")
            try expect(t.folder.write("Dear diary, today nothing happened at all.\n", to: "text.db"), 65, "text.db")
            let sound = t.folder.file("sound.db")
            #expect(try t.tutti("ask", "x", "api", "--db", sound).status == 0)
            _ = try Outside.script(
                """
                import sqlite3, sys
                sound, newer, other, corrupt = sys.argv[1:]
                source = sqlite3.connect(sound)
                for path in (newer, corrupt):
                    copy = sqlite3.connect(path)
                    source.backup(copy)
                    if path == newer:
                        copy.execute("pragma user_version = 9999")
                    copy.close()
                sqlite3.connect(other).executescript("create table recipes (name text); insert into recipes values ('soup')")
                data = bytearray(open(corrupt, "rb").read())
                data[4096:40960] = b"\\x5a" * 36864
                open(corrupt, "wb").write(data)
                print(1)
                """, [sound, t.folder.file("newer.db"), t.folder.file("other.db"), t.folder.file("corrupt.db")])
            try expect(t.folder.file("newer.db"), 78, "newer Tutti")
            try expect(t.folder.file("other.db"), 65, "other.db")
            try expect(t.folder.file("corrupt.db"), 65, "corrupt.db")
        }
    }

    @Test func `an empty file becomes a store, and none at all is no error to read`() async throws {
        try await Scene.with(["api"]) { t in
            #expect(try t.tutti("ps").status == 0)
            let empty = try t.folder.write("", to: "empty.db")
            #expect(try t.tutti("ask", "x", "api", "--db", empty).status == 0)
            #expect(
                try Outside.query(empty, "select count(*) from messages where status = 'completed'")[0][0].number ?? 0
                    > 0)
        }
    }

    @Test(.enabled(if: getuid() == 0, "only root may mount"))
    func `a store that may only be read takes no new question`() async throws {
        try await Scene.with(["api"]) { t in
            #expect(try t.tutti("ask", "x", "api").status == 0)
            let place = try t.folder.makeFolder("mount")
            guard try run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", place]).status == 0 else { return }
            defer { _ = try? run(["umount", "-l", place]) }
            #expect(try run(["cp", t.store, "\(place)/tutti.db"]).status == 0)
            guard try run(["mount", "-o", "remount,ro", place]).status == 0 else { return }
            let asked = try t.tutti("ask", "x", "api", "--db", "\(place)/tutti.db")
            #expect([73, 74, 77].contains(asked.status), "\(asked.status) \(asked.errors)")
            #expect(asked.errors.contains("you may write there"), "\(asked.errors)")
        }
    }

    @Test(.enabled(if: getuid() == 0, "only root may mount"))
    func `a full disk under the store is said, and what was stored stays readable`() async throws {
        try await Scene.with(["api"]) { t in
            let place = try t.folder.makeFolder("mount")
            guard try run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", place]).status == 0 else { return }
            defer { _ = try? run(["umount", "-l", place]) }
            let store = "\(place)/tutti.db"
            #expect(try t.tutti("ask", "first", "api", "--db", store).status == 0)
            _ = try t.shell("head -c 4000000 /dev/zero >'\(place)/filler'")
            let full = try t.start("ask", "second [[fake: --lines 400 --width 500]]", "api", "--db", store)
            // With no room for the run itself it ends; with room for that alone it says so and waits for more.
            #expect(eventually { ["full", "space"].contains { full.errorText.contains($0) } }, "\(full.errorText)")
            unlink("\(place)/filler")
            let status = try full.wait().status ?? -1
            #expect([0, 1, 6, 73, 74].contains(status), "\(status) \(full.errorText)")
            #expect(try Outside.query(store, "pragma integrity_check")[0][0].text == "ok")
            #expect(try t.tutti("search", "first", "-c", "--db", store).output == "1\n")
            #expect(try t.tutti("ask", "third", "api", "--db", store).status == 0)
            #expect(t.survivors() == [])
        }
    }

    @Test func `no HOME is an error with a way out, unless everything is named`() async throws {
        try await Scene.with(["api"]) { t in
            let lost = try t.tutti("ask", "x", "api", environment: ["HOME": nil])
            if lost.status != 0 {
                #expect([64, 66, 69, 73, 78].contains(lost.status), "\(lost.status)")
                #expect(lost.errors.split(separator: "\n").count >= 2, "\(lost.errors)")
            }
            let named = try t.tutti(
                "ask", "x", "api",
                environment: [
                    "HOME": nil, "XDG_CONFIG_HOME": "\(t.home)/.config", "XDG_STATE_HOME": "\(t.home)/state",
                    "XDG_DATA_HOME": "\(t.home)/data", "XDG_CACHE_HOME": "\(t.home)/cache",
                ])
            #expect(named.status == 0, "\(named.errors)")
        }
    }

    @Test func `no TMPDIR, a TMPDIR that is not there, and a locale of C change nothing`() async throws {
        try await Scene.with(["api"]) { t in
            for (name, value) in [
                ("TMPDIR", "/nowhere"), ("LANG", "C"), ("LC_ALL", "C"), ("TERM", "dumb"), ("PATH", ""),
            ] {
                let result = try t.tutti("ask", "x [[fake: --unicode --lines 1]]", "api", environment: [name: value])
                #expect(result.status == 0, "\(name) \(result.errors)")
                #expect(result.output == "line 1 café 你好 🙂\n", "\(name)")
            }
            let table = try t.tutti("ps", "-a", environment: ["LANG": "C"])
            #expect(table.output.utf8.allSatisfy { $0 < 0x80 }, "\(table.output)")
        }
    }

    @Test func `every error says what to do next`() async throws {
        try await Scene.with(["api"]) { t in
            for words in [
                ["ask", "x", "nobody"], ["ask"], ["show", "ZZZZ"], ["nonsense"], ["config", "get", "colour"],
                ["provider", "show", "nobody"], ["module", "show", "nobody"],
                ["wait", "@last"], ["retry", "@last"], ["usage", "--by", "weather"],
                ["events", "--from", "yesterday"], ["replay", "@last", "--speed", "-1"],
            ] {
                let result = try run(t.command(words), directory: t.project)
                #expect(result.status >= 64 && result.status < 80, "\(words): \(result.status) \(result.errors)")
                let lines = result.errors.split(separator: "\n")
                #expect(lines.count >= 2 && lines[0].hasPrefix("tutti: "), "\(words): \(result.errors)")
            }
        }
    }
}
