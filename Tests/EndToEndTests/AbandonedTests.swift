import Foundation
import Glibc
import TestSupport
import Testing

/// Work of which nothing lives any more: no coordinator, no guard, no host, as after the machine was switched off.
@Suite struct AbandonedTests {
    /// Ends all that lives at once, again and again: what ends may start something.
    private func switchOff(_ t: Scene) {
        repeat {
            for pid in t.processes() { kill(pid, SIGKILL) }
        } while !ProcessTable.waitUntilGone(
            marked: "HOME=\(t.home)", limit: .milliseconds(200)
        ).isEmpty
    }

    @Test(arguments: [["wait", "@last"], ["logs", "@last", "-f"]])
    func `it is told, and goes on as soon as somebody follows it`(_ words: [String]) async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let ask = try t.start("ask", "x", "api", "--provider", "gated")
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            switchOff(t)
            _ = try ask.wait()
            for words in [["ps"], ["why", "@last"], ["queue", "ls"], ["doctor"]] {
                let told = try t.tutti(words: words).output
                #expect(told.contains("tutti recover") && !told.contains("by itself; at once"), "\(words): \(told)")
            }
            let follower = try ChildProcess(t.command(words), directory: t.project)
            // What was lost is asked again.
            try Outside.until(t.store, "select 1 from sessions where attempt = 2 and state = 'running'")
            try t.release("api", "end\n")
            #expect(try follower.wait().status == 0)
            let sessions = try Outside.query(t.store, "select state, failure_class from sessions order by row").list
            #expect(sessions.count == 2 && sessions[0][1].text == "lost" && sessions[1][0].text == "completed")
            #expect(t.survivors() == [])
        }
    }

    @Test func `who is not the one to go on with it says who is`() async throws {
        try await Scene.with([]) { t in
            #expect(try t.tutti("pause").status == 0)
            #expect(try t.tutti("submit", "-d", "--", "touch", "made").status == 0)
            switchOff(t)
            #expect(try t.tutti("unpause", environment: ["TUTTI_SESSION": "x"]).status == 0)
            // What it started would end with its session.
            let waited = try t.tutti("wait", "@last", "--timeout", "6s", environment: ["TUTTI_SESSION": "x"])
            #expect(waited.status == 3 && waited.errors.contains("tutti recover --db \(t.store)"), "\(waited.errors)")
            #expect(t.processes() == [] && access(t.project + "/made", F_OK) != 0)
            // So would it do the work of a copy.
            let (copy, away) = (t.folder.file("copy.db"), t.folder.file("away.db"))
            #expect(try t.tutti("backup", copy).status == 0 && rename(t.store, away) == 0)
            let followed = try t.tutti("wait", "@last", "--timeout", "6s", "--db", copy)
            #expect(
                followed.status == 3 && followed.errors.contains("tutti recover --db \(copy)"), "\(followed.errors)")
            #expect(t.processes() == [] && access(t.project + "/made", F_OK) != 0)
        }
    }

    @Test(arguments: [false, true])
    func `whoever wishes something of what waits starts it again`(_ isUnclaimed: Bool) async throws {
        try await Scene.with([]) { t in
            #expect(try t.tutti("pause").status == 0)
            #expect(try t.tutti("submit", "-d", "--key", "k", "--", "touch", "made").status == 0)
            switchOff(t)
            if isUnclaimed {
                // As when it was killed between the writing of the run and the start of a coordinator.
                try Outside.execute(t.store, "update runs set owner = null")
                #expect(try t.tutti("submit", "-d", "--key", "k", "--", "touch", "made").status == 0)
                try Outside.until(t.store, "select 1 from runs where owner is not null")
            }
            #expect(try t.tutti("retry", "@last").status == 75)
            #expect(try t.tutti("unpause").status == 0)
            try Outside.until(t.store, "select 1 from runs where state = 'completed'")
            #expect(access(t.project + "/made", F_OK) == 0)
            #expect(try Outside.query(t.store, "select count(*) from sessions")[0][0].number == 1)
        }
    }
}
