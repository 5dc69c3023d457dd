import Foundation
import Glibc
import TestSupport
import Testing

/// `tutti top` at a real terminal: what it shows, what its keys do, and that the terminal is given back at every end.
@Suite struct TopTests {
    private static let opened = "\u{1b}[?1049h"
    private static let closed = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"

    /// The other screen was taken and given back, and nothing was drawn afterwards but words.
    private func isGivenBack(_ screen: Screen) -> Bool {
        guard let opened = screen.output.ranges(of: TopTests.opened).last,
            let closed = screen.output.ranges(of: TopTests.closed).last
        else { return false }
        return opened.lowerBound < closed.lowerBound && screen.isRestored && screen.showsCursor
            && !screen.output[closed.upperBound...].contains("\u{1b}")
    }

    @Test func `what runs is shown live, filtered, opened, and left by q`() async throws {
        try await Scene.with(["api", "web"]) { t in
            try t.makeGate("api")
            try t.makeGate("web")
            try t.tutti("ask", "x", "api", "web", "--provider", "gated", "-d")
            try t.tutti("wait", "@last", "--for", "first-token")
            let screen = try t.atTerminal(
                ["top"],
                [
                    .see("2 running"), .see("api"), .type("/web\r"), .see("like web"), .type("\r"), .see("session"),
                    .see("begin"), .type("q"), .see("by state"), .type("?"), .see("any key"), .type("x"), .type("s"),
                    .see("by age"), .type("q"),
                ])
            #expect(screen.status == 0)
            #expect(isGivenBack(screen))
            for module in ["api", "web"] { try t.release(module, "end\n") }
            #expect(try t.tutti("wait", "@last").status == 0)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func `a signal gives the terminal back, and the work goes on`(_ number: Int32)
        async throws
    {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            try t.tutti("ask", "x", "api", "--provider", "gated", "-d")
            try t.tutti("wait", "@last", "--for", "first-token")
            let screen = try t.atTerminal(["top"], [.see("1 running"), .signal(number)])
            #expect(screen.status == (number == SIGTERM ? 143 : 130))
            #expect(isGivenBack(screen))
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", "@last").status == 0)
        }
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGILL, SIGTRAP]) func `a program that breaks gives the terminal back`(
        _ number: Int32
    ) async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            let screen = try t.atTerminal(["top"], [.see("by state"), .signal(number)])
            #expect(screen.status == -Int(number))
            #expect(isGivenBack(screen))
        }
    }

    @Test func `the screen follows the window's size and the store`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            try t.tutti("ask", "x", "api", "--provider", "gated", "-d")
            try t.tutti("wait", "@last", "--for", "first-token")
            let screen = try t.atTerminal(
                ["top"], columns: 120,
                [
                    .see("s sort   a all"), .resize(40), .see("enter ope…"), .release("api", "end\n"),
                    .see("completed"), .type("q"),
                ])
            #expect(screen.status == 0)
            #expect(isGivenBack(screen))
        }
    }

    @Test func `a job is cancelled after a yes, and asked again after another`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            try t.tutti("ask", "x", "api", "--provider", "gated", "-d")
            try t.tutti("wait", "@last", "--for", "first-token")
            let screen = try t.atTerminal(
                ["top", "api"],
                [
                    .see("api"), .type("c"), .see("cancel api?"), .type("n"), .see("left as it is"), .type("c"),
                    .see("cancel api?"), .type("y"), .see("cancelled"), .type("r"),
                    .see("ask api again?"), .type("y"), .see("is asked again"), .see("running"), .type("q"),
                ])
            #expect(screen.status == 0)
            #expect(isGivenBack(screen))
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", "@last").status == 0)
            #expect(try Outside.query(t.store, "select attempts from jobs")[0][0].number == 2)
            #expect(t.survivors() == [])
        }
    }

    @Test func `where there is no whole terminal it says what to use instead`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            let piped = try t.tutti("top")
            #expect(piped.status == 64 && piped.errors.contains("tutti ps -w") && piped.output == "")
            for (words, environment) in [
                (["top", "--json"], ["TERM": "xterm"]), (["top"], ["TERM": "dumb"]),
                (["top"], ["TERM": "xterm", "TUTTI_ACCESSIBLE": "1"]), (["top", "nonsense=1"], ["TERM": "xterm"]),
            ] as [([String], [String: String?])] {
                let screen = try t.atTerminal(words, environment: environment, [])
                #expect(screen.status == 64, "\(words)")
                #expect(!screen.output.contains(TopTests.opened))
            }
            #expect(try t.shell("tutti top </dev/null; echo $?").output == "64\n")
        }
    }
}
