import Glibc
import TestSupport
import Testing

/// Ctrl+C once, twice and three times at a real terminal, and the signals that come from elsewhere.
@Suite struct SignalTests {
    private static let streaming = "x [[fake: --lines 3 --hang 2]]"

    @Test func `the first Ctrl+C ends gently and keeps the partial text as cancelled`() async throws {
        try await Scene.with { t in
            let screen = try t.atTerminal(
                ["ask", SignalTests.streaming, "api", "web"],
                [.see("line 2"), .type("\u{3}"), .see("press again to kill")])
            #expect(screen.status == 130)
            #expect(screen.isRestored)
            #expect(screen.showsCursor)
            #expect(t.survivors() == [])
            let rows = try Outside.query(
                t.store, "select status, content from messages where role = 'assistant' order by row")
            for row in rows.list {
                #expect(row[0].text == "cancelled")
                // The screen has shown the second line of one of them.
                #expect("line 1\nline 2\n".hasPrefix(row[1].text ?? "nothing"))
            }
            #expect(rows.list.contains { $0[1].text == "line 1\nline 2\n" })
            #expect(rows.list.count == 2)
            #expect(try t.json("show", "@last", "--json")["exit"].number == 130)
        }
    }

    @Test func `the second Ctrl+C kills what does not listen`() async throws {
        // The gentle end would take far longer than the test waits.
        try await Scene.with(grace: "10m") { t in
            let screen = try t.atTerminal(
                ["ask", "x [[fake: --lines 3 --hang 2 --ignore-term --children 4 --children-ignore]]", "api"],
                [
                    .see("line 2"), .type("\u{3}"), .see("press again to kill"), .type("\u{3}"),
                    .see("press again to leave"),
                ])
            #expect(screen.status == 130)
            #expect(screen.isRestored)
            #expect(t.survivors() == [])
            let rows = try Outside.query(t.store, "select status, content from messages where role = 'assistant'")
            #expect(rows[0][0].text == "cancelled")
            #expect(rows[0][1].text == "line 1\nline 2\n")
        }
    }

    @Test func `the third Ctrl+C leaves at once, and the rest is ended and recorded without it`() async throws {
        try await Scene.with { t in
            let screen = try t.atTerminal(
                ["ask", "x [[fake: --lines 3 --hang 2 --ignore-term]]", "api"],
                [
                    // A host that is stopped cannot end anything, so the first two have no effect yet.
                    .see("line 2"), .signalHosts(SIGSTOP), .type("\u{3}"), .see("press again to kill"), .type("\u{3}"),
                    .see("press again to leave"), .type("\u{3}"),
                ])
            #expect(screen.status == 130)
            #expect(screen.isRestored)
            for pid in t.processes() { kill(pid, SIGCONT) }
            // Whoever comes next brings it to its end.
            #expect(try t.tutti("ask", "next", "web").status == 0)
            #expect(t.survivors() == [])
            try Outside.until(
                t.store,
                "select 1 from messages where role = 'assistant' and status = 'cancelled' and content like 'line 1%'")
        }
    }

    @Test func `SIGTERM ends the run as Ctrl+C does and leaves with 143`() async throws {
        try await Scene.with { t in
            let ask = try t.start("ask", SignalTests.streaming, "api", "--json")
            try ask.waitForOutput("text.delta")
            ask.signal(SIGTERM)
            #expect(try ask.wait().status == 143)
            let last = try #require(try Fields.lines(ask.outputText).last)
            #expect(last["type"].text == "run.finished")
            #expect(last["exit"].number == 143)
            // The last one that leaves folds the write-ahead log into the file.
            var log = stat()
            #expect(stat(t.store + "-wal", &log) != 0 || log.st_size == 0, "\(log.st_size) bytes")
            #expect(t.survivors() == [])
        }
    }

    @Test func `a signal that comes while the run is being written ends it too`() async throws {
        try await Scene.with(["api"]) { t in
            #expect(try t.tutti("ask", "first", "api").status == 0)
            // The store is locked, so the command waits on its way to the run; it must listen already.
            let fields = try Outside.script(
                """
                import json, os, signal, sqlite3, subprocess, sys, time
                store, folder, limit, *argv = sys.argv[1:]
                db = sqlite3.connect(store, timeout=5, isolation_level=None)
                db.execute("begin immediate")
                asking = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                end, listens = time.monotonic() + float(limit), False
                while not listens and time.monotonic() < end and asking.poll() is None:
                    with open(f"/proc/{asking.pid}/status") as status:
                        caught = [line.split()[1] for line in status if line.startswith("SigCgt")]
                    listens = int(caught[0], 16) >> (signal.SIGTERM - 1) & 1 == 1
                    time.sleep(0.01)
                asking.send_signal(signal.SIGTERM)
                db.execute("rollback")
                print(json.dumps([int(listens), asking.wait()]))
                """,
                [t.store, t.project, "\(TestTime.limit.components.seconds)"]
                    + t.command(["ask", SignalTests.streaming, "api"]))
            #expect(fields[0].number == 1)
            #expect(fields[1].number == 143)
            #expect(t.survivors() == [])
            let states = try Outside.query(t.store, "select state from runs order by row")
            #expect(states.list.last?[0].text == "cancelled")
        }
    }

    @Test func `when the terminal goes away the run goes on to its end`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            _ = try t.atTerminal(
                ["ask", "x", "api", "--provider", "gated"], [.see("begin"), .hangUp, .release("api", "end\n")])
            let rows = try Outside.until(
                t.store, "select status, content from messages where role = 'assistant' and status <> 'processing'")
            #expect(rows[0][0].text == "completed")
            #expect(rows[0][1].text == "begin\nend")
            #expect(t.survivors() == [])
        }
    }

    @Test func `a run whose events nobody can keep is ended, and the reason said`() async throws {
        try await Scene.with(["api"]) { t in
            let result = try t.shell(
                "tutti ask 'x [[fake: --lines 400 --rate 100]]' api --json >/dev/full; echo $?")
            #expect(result.output == "74\n")
            #expect(result.errors.contains("cannot write to standard output: No space left on device"))
            let run = try Outside.query(t.store, "select state, exit from runs")
            #expect(run[0][0].text == "cancelled")
            #expect(run[0][1].number == 74)
            #expect(t.survivors() == [])
        }
    }

    @Test func `a reader that leaves ends the run quietly with 141`() async throws {
        try await Scene.with(["api"]) { t in
            let result = try t.shell(
                "tutti ask 'x [[fake: --lines 400 --rate 100]]' api --json | head -1; echo ${PIPESTATUS[0]}")
            #expect(result.errors == "")
            #expect(result.lines.last == "141")
            #expect(t.survivors() == [])
        }
    }
}
