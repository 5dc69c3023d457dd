import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `Nothing of a session is left` {
    @Test func `a grandchild that holds every descriptor delays nothing`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--children", "1", "--lines", "1", "--exit", "7"))
            var end: Exit?
            let taken = try TestTime.measure { end = try session.waitForEnd() }
            #expect(end?.status == 7 && end?.leftovers == 1 && end?.endedBy == nil)
            // The grandchild would stay for ever.
            #expect(taken < TestTime.stretched(.seconds(1)))
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `a provider that closes its descriptors and lives on delays no other`() async throws {
        try await withFolder { folder in
            let quiet = try HostedSession(folder, "quiet", fake("--close-output", "--hang", "end"))
            try quiet.waitForStart()
            let others = try (0..<20).map { try HostedSession(folder, "other\($0)", fake("--exit", "\($0)")) }
            for (number, other) in others.enumerated() { #expect(try other.waitForEnd().status == number) }
            #expect(quiet.survivors.count == 2)
            quiet.host.signal(SIGTERM)
            #expect(try quiet.waitForEnd().signal == Int(SIGTERM))
            #expect(quiet.survivors.isEmpty)
        }
    }

    @Test(arguments: ["file", "pump"])
    func `fifty descendants, half of them daemons, go with a provider that will not`(output: String) async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.output = output
            let session = try HostedSession(
                folder, fake("--children", "50", "--children-ignore", "--ignore-term", "--lines", "1", "--hang", "end"),
                options)
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            #expect(session.survivors.count == 52)
            session.host.signal(SIGTERM)
            let asked = TestTime.now()
            let end = try session.waitForEnd()
            #expect(TestTime.now() - asked < TestTime.stretched(.milliseconds(1100)))
            #expect(end.signal == Int(SIGKILL) && end.endedBy == "request")
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `daemons that outlive the provider are counted and ended`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--children", "50", "--children-close", "--exit", "0"))
            let end = try session.waitForEnd()
            #expect(end.status == 0 && end.leftovers == 50 && end.endedBy == nil)
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `a stopped provider is woken to end`() async throws {
        try await withFolder { folder in
            let effects = folder.file("effects")
            var options = HostedSession.Options()
            options.grace = 20_000
            let session = try HostedSession(
                folder, fake("--effects", effects, "--exit-on-term", "9", "--stop", "start"), options)
            try waitForFile(effects, containing: "start")
            session.host.signal(SIGTERM)
            #expect(try session.waitForEnd().status == 9)
        }
    }

    @Test func `a second wish to end does not wait for the grace`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.grace = 50_000
            let session = try HostedSession(folder, fake("--ignore-term", "--lines", "1", "--hang", "end"), options)
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            session.host.signal(SIGTERM)
            #expect(try control.say("ping") == "ok")
            session.host.signal(SIGTERM)
            #expect(try session.waitForEnd().signal == Int(SIGKILL))
        }
    }

    @Test func `a tree that grows while it is ended is ended too`() async throws {
        try await withFolder { folder in
            let script = "for i in 1 2 3; do (while :; do (setsid sleep 60 &); done) & done; echo ready; wait"
            let session = try HostedSession(folder, ["bash", "-c", script])
            try waitForFile(session.file("spool.jsonl"), containing: "ready")
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            #expect(try control.say("end") == "ok")
            #expect(try session.waitForEnd().endedBy == "request")
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `a pipe's last reader may finish what the provider left in it`() async throws {
        try await withFolder { folder in
            for output in ["file", "pump"] {
                var options = HostedSession.Options()
                options.output = output
                let session = try HostedSession(
                    folder, output, ["bash", "-c", "exec > >(cat); for i in $(seq 500); do echo $i; done"], options)
                #expect(try session.waitForEnd().leftovers == 0)
                #expect(session.spool.split(separator: "\n").count == 500)
            }
        }
    }

    @Test func `signals of a terminal do not touch the session`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"))
            let control = try ControlClient(session)
            for signal in [SIGHUP, SIGINT, SIGQUIT, SIGPIPE] { session.host.signal(signal) }
            #expect(try control.say("epoch 1") == "ok")
            #expect(session.survivors.count == 2)
            #expect(try control.say("end") == "ok")
            #expect(try session.waitForEnd().signal == Int(SIGKILL))
        }
    }

    @Test func `the session goes on when its coordinator is killed`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.input = "open"
            options.wrapper = #""$@" & wait"#
            let session = try HostedSession(folder, fake("--stdin", "lines"), options)
            let before = try ControlClient(session)
            #expect(try before.say("epoch 1") == "ok")
            session.host.signal(SIGKILL)
            try session.host.wait()
            let after = try ControlClient(session)
            #expect(try after.say("epoch 2") == "ok")
            #expect(try after.say("stdin 6", Array("after\n".utf8)) == "ok")
            #expect(try after.say("close-stdin") == "ok")
            try waitForFile(session.file("exit.json"), containing: #""status":0"#)
            #expect(session.spool == "after\n")
            #expect(ProcessTable.waitUntilGone(marked: session.mark).isEmpty)
        }
    }

    @Test func `a host that is killed takes an obedient provider along`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"))
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            try session.waitForStart()
            session.host.signal(SIGKILL)
            #expect(try session.host.wait().signal == SIGKILL)
            #expect(ProcessTable.waitUntilGone(marked: session.mark).isEmpty)
            #expect(access(session.file("exit.json"), F_OK) != 0)
        }
    }

    @Test func `a host that is killed leaves the others to be found by their mark`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(
                folder, fake("--children", "4", "--children-ignore", "--ignore-term", "--lines", "1", "--hang", "end"))
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            try session.waitForStart()
            session.host.signal(SIGKILL)
            try session.host.wait()
            let left = session.survivors
            #expect(left.count == 5)
            for pid in left { kill(pid, SIGKILL) }
            #expect(ProcessTable.waitUntilGone(marked: session.mark).isEmpty)
        }
    }
}
