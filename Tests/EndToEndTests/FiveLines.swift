import Model
import TestSupport
import Testing
import TuttiKit

/// The example of the README, compiled and run.
@Suite struct FiveLinesTests {
    @Test func `five lines ask a module, follow its events and read its thread`() async throws {
        try await withTemporaryFolder { home in
            let folder = try home.makeFolder("shop")
            _ = try home.makeFolder("shop/gateway")
            try home.write(
                "// requireToken checks the token of every request.\nfunc requireToken() {}\n",
                to: "shop/gateway/auth.go")
            try home.write(
                "version: 1\nprovider: offline\nmodules: { gateway: { path: gateway } }\n", to: "shop/tutti.yaml")
            let environment = [
                "HOME": home.path, "PATH": "/usr/bin:/bin", "TUTTI_BIN": Products.tutti, "TUTTI_HOST": Products.host,
            ]
            try await FiveLinesTests.example(folder, environment)
            let store = try #require(contents(of: home.file(".local/share/tutti/tutti.db")))
            #expect(!store.isEmpty)
        }
    }

    private static func example(_ folder: String, _ environment: [String: String]) async throws {
        // README: begin
        let tutti = try Tutti(directory: folder, environment: environment)
        let answer = try await tutti.ask("Who checks the token?", module: "gateway") { piece, whole in print(piece) }
        for try await event in tutti.events(run: answer.run) { print(event.sequence, event.type) }
        for message in try await tutti.messages(thread: answer.thread) { print(message.role, message.content) }
        print(try await tutti.processing().count, "messages are being written")
        // README: end
        #expect(answer.text.contains("auth.go:1"))
        #expect(try await tutti.messages(thread: answer.thread).map(\.status) == ["completed", "completed"])
        #expect(try await tutti.processing().isEmpty)
        var types: [String] = []
        for try await event in tutti.events(run: answer.run) { types.append(event.type) }
        #expect(types.first == "run.started")
        #expect(types.last == "run.finished")
        #expect(types.contains("text.delta"))
    }

    @Test func `the README shows these very lines`() throws {
        let source = try #require(text(of: Repository.path("Tests/EndToEndTests/FiveLines.swift")))
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let begin = try #require(lines.firstIndex { $0.hasSuffix("// README: begin") })
        let end = try #require(lines.firstIndex { $0.hasSuffix("// README: end") })
        let indentation = lines[begin].prefix { $0 == " " }.count
        let example = lines[(begin + 1)..<end].map { String($0.dropFirst(indentation)) }
        #expect(try Page("README.md").blocks(in: "swift").map(\.lines) == [example])
        #expect(example.count == 5)
    }
}
