import TestSupport
import Testing

@testable import TuttiKit

/// What a program that embeds Tutti relies on, where it is less than plain.
@Suite struct KitTests {
    @Test(arguments: [
        ("", "cafe", "cafe"), ("cafe", "cafe\u{301}", "\u{301}"), ("👩", "👩\u{200D}👧", "\u{200D}👧"),
        ("a\r", "a\r\nb", "\nb"),
        ("taken back", "other", ""), ("longer", "long", ""), ("same", "same", ""),
    ])
    func `the pieces of a text are the whole of it, wherever they were cut`(
        _ before: String, _ content: String, _ expected: String
    ) {
        let piece = TextFollower.growth(of: content, after: before)
        #expect(Array(piece.utf8) == Array(expected.utf8))
        if !piece.isEmpty { #expect(Array((before + piece).utf8) == Array(content.utf8)) }
    }

    @Test func `the events of a run end when it is over, after a retry too, and there are none of an unknown one`()
        async throws
    {
        try await withTemporaryFolder { home in
            let folder = try home.makeFolder("shop")
            _ = try home.makeFolder("shop/api")
            _ = try home.makeFolder(".config")
            _ = try home.makeFolder(".config/tutti")
            try home.write(
                """
                version: 1
                provider: second
                retry: { attempts: 1 }
                limits: { memory: 1MiB, disk_floor: 1MiB }
                providers:
                  second: { extends: plain, command: [/bin/sh, -c, "cat >/dev/null; test -e ok || { touch ok; exit 1; }; echo fine"] }
                  slow: { extends: plain, command: [/bin/sh, -c, "exec sleep 100"] }
                """, to: ".config/tutti/config.yaml")
            let environment = [
                "HOME": home.path, "PATH": "/usr/bin:/bin", "TUTTI_BIN": Products.tutti, "TUTTI_HOST": Products.host,
            ]
            @discardableResult func command(_ words: String...) throws -> RunResult {
                try run(
                    ["/usr/bin/env", "-i"] + environment.map { "\($0)=\($1)" } + [Products.tutti] + words,
                    directory: folder)
            }
            #expect(try command("ask", "x", "./api").status == 1)
            #expect(try command("retry", "@last").status == 0)
            let id = String(try command("ps", "-a", "--format", "{{run}}").output.prefix { $0 != "\n" })
            let tutti = try Tutti(directory: folder, environment: environment)
            var events: [RecordedEvent] = []
            for try await event in tutti.events(run: id) { events.append(event) }
            #expect(events.filter { $0.type == "run.finished" }.count == 2)
            #expect(events.last?.type == "run.finished")
            let last = try #require(events.last?.sequence)
            for try await event in tutti.events(run: id, from: last) { Issue.record("after the end: \(event.json)") }
            await #expect(throws: TuttiProblem.self) {
                for try await _ in tutti.events(run: "0123456789ABCDEF") {}
            }
            let problem = await #expect(throws: TuttiProblem.self) {
                _ = try await tutti.ask("x", module: "./api", provider: "slow", timeout: .milliseconds(500))
            }
            #expect(problem?.code == "total_timeout")
            #expect(problem?.message.contains("0.5 s") == true, "\(problem?.message ?? "")")
        }
    }
}
