import ArgumentParser
import Testing

@testable import Commands

@Suite struct ArgumentNormalizerTests {
    @Test(arguments: [
        (["--json", "ps"], ["ps", "--json=*"]),
        (["ps", "--json"], ["ps", "--json=*"]),
        (["--json=id,state", "ps", "-a"], ["ps", "--json=id,state", "-a"]),
        (["-C", "/x", "--db", "a.db", "ask", "q", "m"], ["ask", "-C", "/x", "--db", "a.db", "q", "m"]),
        (["-q", "provider", "ls"], ["provider", "ls", "-q"]),
        (["provider", "--json"], ["provider", "--json=*"]),
        (["config", "--json", "get", "jobs"], ["config", "get", "--json=*", "jobs"]),
        (["-q", "config", "--db", "a.db", "get"], ["config", "get", "-q", "--db", "a.db"]),
        (["config", "--help"], ["config", "--help"]),
        (["ps", "-w"], ["ps", "--watch=2s"]),
        (["ps", "--watch=5s"], ["ps", "--watch=5s"]),
        (["ask", "--", "--json"], ["ask", "--", "--json"]),
        (["queue", "prio", "-9", "ab12"], ["queue", "prio", "--", "-9", "ab12"]),
        (
            ["queue", "prio", "-9", "ab12", "--db", "a.db", "-q"],
            ["queue", "prio", "--db", "a.db", "-q", "--", "-9", "ab12"]
        ),
        (["queue", "prio", "9", "ab12", "-q"], ["queue", "prio", "9", "ab12", "-q"]),
        (["queue", "prio", "--", "-9", "ab12"], ["queue", "prio", "--", "-9", "ab12"]),
        (["--help"], ["--help"]),
        ([], []),
    ])
    func `global options may stand before the command, and --json without a value`(typed: [String], read: [String]) {
        #expect(ArgumentNormalizer.normalize(typed) == read)
    }

    @Test func `every command can be parsed, and has a help page`() throws {
        for verb in Root.verbs where !ArgumentNormalizer.groups.contains(verb) {
            let command = try #require(Root.command([verb]) ?? Root.command(["recover"]))
            #expect(Root.helpMessage(for: command, columns: 100).contains("USAGE"), "\(verb)")
        }
    }
}
