import TestSupport
import Testing

/// What a provider may print that fits nowhere: it is read, recorded and shown, and nothing ends or lies by it.
@Suite struct HostileOutputTests {
    @Test func `a figure cannot take the place of what an event says of itself`() async throws {
        try await Scene.with(["api"]) { t in
            let output = #"""
                {"type":"start","model":"m"}
                {"type":"table","v":7,"seq":1,"ts":"x","run":"r","job":"j","session":"s","module":"other","columns":["a"],"columns":["b"],"rows":[[1]]}
                {"type":"metric","name":"lines","seq":"\u0031","value":3}
                {"type":"result","text":"done"}

                """#
            try t.folder.write(output, to: "home/figures.jsonl")
            try t.folder.write(
                """
                version: 1
                limits: { memory: 1MiB, disk_floor: 1MiB, grace: 1s }
                providers: { odd: { extends: offline, command: [/bin/sh, -c, "cat \(t.home)/figures.jsonl"] } }
                """, to: "home/.config/tutti/config.yaml")
            let asked = try t.tutti("ask", "x", "api", "--provider", "odd", "--json")
            #expect(asked.status == 0, "\(asked.errors)")
            let figures = asked.lines.filter { $0.contains(#""type":"table""#) || $0.contains(#""type":"metric""#) }
            #expect(figures.count == 2)
            for line in figures {
                for name in ["v", "seq", "ts", "type", "run", "job", "session", "module", "columns"] {
                    let times = line.split(separator: "\"\(name)\":", omittingEmptySubsequences: false).count - 1
                    #expect(times == 1 || name == "columns" && times == 0, "\(name): \(line)")
                }
            }
            let table = try Fields(String(figures[0]))
            #expect(table["module"].text == "api")
            #expect(table["columns"][0].text == "b")
        }
    }

    @Test func `a line over the limit is passed on as text, and missed aloud where it had to be read`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(String(repeating: "x", count: 17_000_000), to: "home/long")
            let long = "cat \(t.home)/long"
            try t.folder.write(
                """
                version: 1
                limits: { memory: 1MiB, disk_floor: 1MiB, grace: 1s }
                providers:
                  text: { extends: plain, command: [/bin/sh, -c, "\(long); echo; echo end"] }
                  parts:
                    extends: jsonl
                    command: [/bin/sh, -c, "cd \(t.home); cat first long last"]
                    fields: { text: t, done: end }
                """, to: "home/.config/tutti/config.yaml")
            try t.folder.write("{\"t\":\"first \"}\n{\"t\":\"", to: "home/first")
            try t.folder.write("\"}\n{\"t\":\"last\"}\n{\"end\":true}\n", to: "home/last")
            let text = try t.tutti("ask", "x", "api", "--provider", "text", "-q")
            #expect(text.output.utf8.count == 17_000_005, "\(text.errors)")
            #expect(text.output.hasSuffix("x\nend\n"))
            #expect(text.errors.isEmpty, "\(text.errors)")

            let parts = try t.tutti("ask", "x", "api", "--provider", "parts", "-q")
            #expect(parts.status == 0)
            #expect(parts.output == "first last\n")
            #expect(parts.errors.contains("api: the answer is not whole: 17,000,008 bytes are no part of the answer"))
            #expect(parts.errors.contains("tutti logs --raw "))
            #expect(try t.tutti("show", "@last").output.contains("(not whole) first last"))
            #expect(try t.tutti("show", "-r", "@last").errors.contains("the answer is not whole"))
            let events = try t.tutti("events", "--json")
            #expect(events.output.contains("\"unread_bytes\":17000008"), "\(events.errors)")
        }
    }

    @Test func `a session whose provider states times that cannot be is recorded like any other`() async throws {
        try await Scene.with(["api"]) { t in
            let output =
                HostileNumbers.lines.joined(separator: "\n") + "\n"
                + HostileNumbers.rejected(resetsAt: "9223372036854775807", written: "2026-11-21T03:46:15.000Z")
            try t.folder.write(output, to: "home/sick.jsonl")
            try t.folder.write(
                """
                version: 1
                limits: { memory: 1MiB, disk_floor: 1MiB, grace: 1s }
                retry: { attempts: 1 }
                providers: { sick: { extends: claude, command: [/bin/sh, -c, "cat \(t.home)/sick.jsonl; exit 1"] } }
                """, to: "home/.config/tutti/config.yaml")
            for more in [[], ["--events"], ["--json"]] {
                let words = ["provider", "parse", "claude", "\(t.home)/sick.jsonl", "--exit", "1"] + more
                let parsed = try run(t.command(words), directory: t.project)
                #expect(parsed.status == 0, "\(words) \(parsed.errors)")
            }
            let asked = try t.tutti("ask", "x", "api", "--provider", "sick")
            #expect(asked.status == 1, "\(asked.errors)")
            let rows = try Outside.query(t.store, "select error_class from messages where role = 'assistant'")
            #expect(rows[0][0].text == "quota")
            #expect(try t.tutti("logs", "@last").status == 0)
        }
    }
}
