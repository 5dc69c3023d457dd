import TestSupport
import Testing

/// Numbers of a provider that fit nowhere: read, recorded and shown, and nothing ends by them.
@Suite struct HostileNumbersTests {
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
