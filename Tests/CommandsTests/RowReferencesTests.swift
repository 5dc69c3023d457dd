import Model
import Testing

@testable import Commands

@Suite struct RowReferencesTests {
    private let rows = ["AAAA", "BBBB", "CCCC"]

    @Test(arguments: [
        (["show", "%3"], ["show", "CCCC"]), (["diff", "%1", "web"], ["diff", "AAAA", "web"]),
        (["logs", "-f", "%2", "%1"], ["logs", "-f", "BBBB", "AAAA"]),
        (["search", "100%", "%3", "--run", "%2"], ["search", "100%", "%3", "--run", "BBBB"]),
        (["ps", "--run=%1"], ["ps", "--run=AAAA"]), (["ask", "%1"], ["ask", "%1"]), (["show", "%x"], ["show", "%x"]),
        (["why", "%1"], ["why", "AAAA"]), (["export", "%1", "-o", "%"], ["export", "AAAA", "-o", "%"]),
        (["queue", "hold", "%1", "%2"], ["queue", "hold", "AAAA", "BBBB"]),
        (["queue", "prio", "1", "%1"], ["queue", "prio", "1", "AAAA"]),
        (["queue", "ls", "%1"], ["queue", "ls", "%1"]), (["batch", "run", "%1"], ["batch", "run", "%1"]),
        (["batch", "reload", "%1"], ["batch", "reload", "AAAA"]),
        (["clean", "--run", "%1"], ["clean", "--run", "AAAA"]),
        (["schedule", "rm", "%2"], ["schedule", "rm", "BBBB"]),
        ([], []),
    ])
    func `rows of the last table stand for their identifiers`(typed: [String], meant: [String]) throws {
        #expect(try RowReferences.expand(typed) { rows } == meant)
    }

    @Test func `a row that is not there is not found, and says what to do`() {
        for (word, rows) in [("%4", rows), ("%0", rows), ("%1", [])] {
            let error = #expect(throws: TuttiError.self) { try RowReferences.expand(["show", word]) { rows } }
            #expect(error?.code == .notFound)
            #expect(error?.hint.contains("tutti ps -a") == true)
        }
    }

    @Test func `the table is read only when a row is named`() throws {
        var reads = 0
        _ = try RowReferences.expand(["show", "@last"]) {
            reads += 1
            return rows
        }
        #expect(reads == 0)
    }
}
