import Foundation
import Glibc
import TestSupport
import Testing

/// The coordinator that stays: one for a store, claims, takes over, hands over, and says that it lives.
@Suite struct ServeTests {
    @Test func `of two that want to serve, one does, and the other names it`() async throws {
        try await Scene.with { t in
            let rivals = try (0..<2).map { _ in try t.start("serve") }
            var loser: Int?
            #expect(
                eventually {
                    loser = rivals.firstIndex { !ProcessTable.isAlive($0.pid) }; return loser != nil
                })
            let lost = try #require(loser)
            let winner = rivals[1 - lost]
            #expect(try rivals[lost].wait().status == 75)
            #expect(
                rivals[lost].errorText.contains("already, process \(winner.pid), since 20"), "\(rivals[lost].errorText)"
            )
            try winner.waitForErrors("serving ")
            let status = try t.json("daemon", "status", "--json")
            #expect(status["pid"].number == Int(winner.pid))
            winner.signal(SIGTERM)
            #expect(try winner.wait().status == 143)
            #expect(t.survivors() == [])
        }
    }

    @Test func `what is enqueued is claimed by whoever serves, and nothing else is started`() async throws {
        try await Scene.with { t in
            try t.makeGate("api")
            let serve = try t.serve()
            let accepted = try t.json("ask", "x", "api", "--provider", "gated", "-d", "--json")
            let run = try required(accepted["run"])
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            // From the run's writing to its claim, by the clock of the store.
            let took = try Outside.query(
                t.store,
                "select r.started_at - r.created_at, c.pid, c.kind from runs r join coordinators c on c.id = r.owner where r.id = ?",
                run)
            let waited = Duration.milliseconds(took[0][0].number ?? .max)
            #expect(waited < TestTime.stretched(.milliseconds(300)), "claimed after \(waited)")
            #expect(took[0][1].number == Int(serve.pid) && took[0][2].text == "serve")
            #expect(t.coordinators() == [], "no other coordinator")
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", run).status == 0)
            try serve.waitForErrors("run \(run.prefix(6)) is over: completed, exit 0")
            serve.signal(SIGINT)
            #expect(try serve.wait().status == 130)
            #expect(serve.errorText.contains("stopped; nothing is left to do"))
            #expect(t.survivors() == [])
        }
    }

    @Test func `what a dead coordinator left is taken over, also when only its host is left to say so`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let ask = try t.start("ask", "x", "api", "--provider", "gated", "--json")
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            let guards = t.guards()
            let serve = try t.serve()
            for pid in guards { kill(pid, SIGSTOP) }
            ask.signal(SIGKILL)
            try ask.wait()
            for pid in guards { kill(pid, SIGKILL) }
            let time = TestTime.now()
            try Outside.until(
                t.store, "select 1 from runs join coordinators c on c.id = runs.owner where c.kind = 'serve'")
            let took = TestTime.now() - time
            #expect(took < TestTime.stretched(.seconds(2)), "\(took)")
            try serve.waitForErrors("is dead: took over 1 run with 1 live session")
            try t.release("api", "end\n")
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            serve.signal(SIGTERM)
            #expect(try serve.wait().status == 143)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `after kill -9 nothing is lost, and the next one serves at once`() async throws {
        try await Scene.with { t in
            for module in ["api", "web"] { try t.makeGate(module) }
            let serve = try t.serve()
            try t.tutti("ask", "x", "api", "web", "--provider", "gated", "-d")
            try Outside.until(
                t.store, "select 1 from messages where content = 'begin\n' group by 1 having count(*) = 2")
            serve.signal(SIGKILL)
            try serve.wait()
            let next = try t.serve()
            try t.release("api", "one\n")
            try t.release("web", "two\n")
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            let sessions = try Outside.query(t.store, "select count(*) from sessions")
            #expect(sessions[0][0].number == 2)
            // It serves: a run is claimed by it although others may still be busy with what the dead one had.
            let run = try required(try t.json("ask", "x", "api", "-d", "--json")["run"])
            #expect(try t.tutti("wait", run).status == 0)
            next.signal(SIGTERM)
            #expect(try next.wait().status == 143)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `told to stop it hands over what lives, says so, and nothing is asked twice`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let serve = try t.serve()
            let run = try required(try t.json("ask", "x", "api", "--provider", "gated", "-d", "--json")["run"])
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            serve.signal(SIGTERM)
            #expect(try serve.wait().status == 143)
            #expect(serve.errorText.contains("stopping: SIGTERM"))
            #expect(
                serve.errorText.contains("1 run with 1 live session goes on in the background"), "\(serve.errorText)")
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", run).status == 0)
            let sessions = try Outside.query(t.store, "select count(*) from sessions")
            #expect(sessions[0][0].number == 1)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `a run that is written while it stops is not forgotten`() async throws {
        try await Scene.with(["api"]) { t in
            for _ in 0..<3 {
                let serve = try t.serve()
                serve.signal(SIGTERM)
                let run = try required(try t.json("ask", "x", "api", "-d", "--json")["run"])
                #expect(try serve.wait().status == 143)
                #expect(try t.tutti("wait", run).status == 0)
            }
            #expect(t.survivors() == [])
        }
    }

    @Test func `settings that were changed and trusted hold for the next run`() async throws {
        try await Scene.with(["api"]) { t in
            let serve = try t.serve()
            func yaml(_ text: String) throws {
                try t.folder.write(
                    "version: 1\nprovider: p\nproviders: { p: { extends: plain, command: [/bin/echo, \(text)] } }\nmodules: { api: { path: api } }\n",
                    to: "project/tutti.yaml")
                #expect(try t.tutti("trust").status == 0)
            }
            for word in ["one", "two"] {
                try yaml(word)
                let run = try required(try t.json("ask", "x", "api", "-d", "--json")["run"])
                #expect(try t.tutti("wait", run).status == 0)
                #expect(try t.tutti("show", run, "-r").output == word + "\n")
            }
            serve.signal(SIGTERM)
            try serve.wait()
        }
    }

    @Test func `an agent that asks in the background stays as deep as it is`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                "version: 1\nproviders: { deep: { extends: plain, command: [/bin/sh, -c, 'echo depth $TUTTI_DEPTH'] } }\n",
                to: "home/.config/tutti/config.yaml")
            let serve = try t.serve()
            let accepted = try t.tutti(
                "ask", "x", "api", "--provider", "deep", "-d", "--json", environment: ["TUTTI_DEPTH": "2"])
            let run = try required(try Fields(accepted.output)["run"])
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try t.tutti("show", run, "-r").output == "depth 3\n")
            serve.signal(SIGTERM)
            try serve.wait()
        }
    }

    @Test(arguments: [false, true])
    func `a service manager hears that it is ready, that it lives, what it is at, and that it ends`(
        _ isAbstract: Bool
    ) async throws {
        try await Scene.with(["api"]) { t in
            let listener = try t.listener(isAbstract: isAbstract)
            let serve = try t.start(
                "serve", environment: ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "400000", "TUTTI_X": "1"])
            try listener.until("READY=1")
            try listener.until("STATUS=nothing to do")
            for _ in 0..<3 { try listener.until("WATCHDOG=1") }
            // Who is stopped does not say that it lives.
            serve.signal(SIGSTOP)
            #expect(eventually { ProcessTable.state(of: serve.pid) == "T" })
            serve.signal(SIGCONT)
            try listener.until("WATCHDOG=1")
            serve.signal(SIGTERM)
            try listener.until("STOPPING=1")
            #expect(try serve.wait().status == 143)
            try listener.end()
        }
    }

    @Test func `what it starts does not speak for it`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                "version: 1\nproviders: { told: { extends: plain, command: [/bin/sh, -c, 'echo said ${NOTIFY_SOCKET:-nothing}'] } }\n",
                to: "home/.config/tutti/config.yaml")
            let listener = try t.listener(isAbstract: true)
            let serve = try t.start("serve", environment: ["NOTIFY_SOCKET": listener.name])
            try listener.until("READY=1")
            let run = try required(try t.json("ask", "x", "api", "--provider", "told", "-d", "--json")["run"])
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try t.tutti("show", run, "-r").output == "said nothing\n")
            serve.signal(SIGTERM)
            try serve.wait()
            try listener.end()
        }
    }
}

/// A service manager's end of the socket: what it hears, line by line, in another program's hands.
final class NotifyListener {
    let name: String
    private let process: ChildProcess
    private var seen = 0

    init(name: String, process: ChildProcess) {
        self.name = name
        self.process = process
    }

    /// Waits for the next message that is this line.
    func until(_ line: String) throws {
        var lines: [Substring] = []
        let found = eventually {
            lines = process.outputText.split(separator: "\n")
            return lines.dropFirst(seen).contains { $0 == line }
        }
        guard found, let place = lines.dropFirst(seen).firstIndex(where: { $0 == line }) else {
            throw TestFailure("no \(line) in \(lines.dropFirst(seen)) \(process.errorText)")
        }
        seen = place + 1
    }

    func end() throws {
        process.signal(SIGTERM)
        try process.wait()
    }
}

extension Scene {
    /// Starts to serve in this scene, and returns once it does.
    func serve() throws -> ChildProcess {
        let serve = try start("serve")
        try serve.waitForErrors("serving ")
        return serve
    }

    /// Listens as a service manager does.
    func listener(isAbstract: Bool) throws -> NotifyListener {
        let name = isAbstract ? "@tutti-\(getpid())-\(UInt32.random(in: 0 ... .max))" : folder.file("notify")
        let script = """
            import socket, sys
            name = sys.argv[1]
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind("\\0" + name[1:] if name[0] == "@" else name)
            print("bound", flush=True)
            while True:
                print(s.recv(4096).decode(), flush=True)
            """
        let process = try ChildProcess(["/usr/bin/env", "python3", "-c", script, name], directory: folder.path)
        try process.waitForOutput("bound\n")
        return NotifyListener(name: name, process: process)
    }
}

extension ChildProcess {
    /// Waits until the standard error holds `text`.
    func waitForErrors(_ text: String) throws {
        guard eventually({ errorText.contains(text) || !ProcessTable.isAlive(pid) }), errorText.contains(text) else {
            throw TestFailure("no \"\(text)\" in: \(errorText)")
        }
    }
}
