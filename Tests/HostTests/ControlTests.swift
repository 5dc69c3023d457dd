import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `The control socket` {
    @Test func `carries bytes into the provider and closes its input`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--stdin", "lines"), open())
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            #expect(try control.say("stdin 6", Array("hello\n".utf8)) == "ok")
            try waitForFile(session.file("spool.jsonl"), containing: "hello\n")
            #expect(try control.say("stdin 0") == "ok")
            #expect(try control.say("stdin 9", Array("ping\nend\n".utf8)) == "ok")
            #expect(try control.say("close-stdin") == "ok")
            #expect(try session.waitForEnd().status == 0)
            #expect(session.spool == "hello\nping\nend\n")
        }
    }

    @Test func `carries megabytes through a small pipe, whole, one client after another`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--echo-stdin"), open())
            let first = try ControlClient(session)
            let second = try ControlClient(session)
            let block = Array("0123456789abcde\n".utf8)
            let bytes = Array(repeating: block, count: 60_000).flatMap { $0 }
            #expect(try first.say("epoch 1") == "ok")
            #expect(try second.say("epoch 1") == "ok")
            try first.tell("stdin \(bytes.count)", bytes)
            try second.tell("stdin \(bytes.count)", bytes)
            #expect(first.answer() == "ok")
            #expect(second.answer() == "ok")
            #expect(try first.say("close-stdin") == "ok")
            #expect(try session.waitForEnd().status == 0)
            #expect(session.spool.hasPrefix("stdin \(bytes.count * 2) "))
            let hash = String(fnv1a(bytes + bytes), radix: 16)
            #expect(session.spool.contains(hash))
        }
    }

    @Test func `half a message of a coordinator that died never reaches the provider`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--stdin", "lines"), open())
            do {
                let dying = try ControlClient(session)
                #expect(try dying.say("epoch 1") == "ok")
                try dying.tell("stdin 100", Array("only the beginning".utf8))
            }
            let next = try ControlClient(session)
            #expect(try next.say("epoch 2") == "ok")
            #expect(try next.say("stdin 6", Array("whole\n".utf8)) == "ok")
            #expect(try next.say("close-stdin") == "ok")
            try session.waitForEnd()
            #expect(session.spool == "whole\n")
        }
    }

    @Test func `an older coordinator is not obeyed any more`() async throws {
        try await withFolder { folder in
            var options = open()
            options.epoch = 5
            let session = try HostedSession(folder, fake("--stdin", "lines"), options)
            let old = try ControlClient(session)
            #expect(try old.say("ping") == "error say your epoch first")
            #expect(try old.say("epoch 4") == "error fenced")
            #expect(try old.say("epoch 5") == "ok")
            #expect(try old.say("ping") == "ok")
            let new = try ControlClient(session)
            #expect(try new.say("epoch 6") == "ok")
            for command in ["ping", "signal 9", "end", "close-stdin"] {
                #expect(try old.say(command) == "error fenced")
            }
            #expect(try old.say("stdin 4", Array("old\n".utf8)) == "error fenced")
            #expect(try old.say("epoch 5") == "error fenced")
            #expect(try new.say("stdin 4", Array("new\n".utf8)) == "ok")
            #expect(try new.say("close-stdin") == "ok")
            #expect(try session.waitForEnd().endedBy == nil)
            #expect(session.spool == "new\n")
        }
    }

    @Test func `signals reach the provider and everything in its group`() async throws {
        try await withFolder { folder in
            let script =
                "trap 'echo outer' USR1; sh -c 'trap \"echo inner; exit\" USR1; echo ready; while :; do sleep 0.01; done'; echo end"
            let session = try HostedSession(folder, ["sh", "-c", script])
            try waitForFile(session.file("spool.jsonl"), containing: "ready\n")
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            #expect(try control.say("signal \(SIGUSR1)") == "ok")
            let end = try session.waitForEnd()
            #expect(end.status == 0 && end.endedBy == nil)
            #expect(session.spool.contains("inner\n") && session.spool.contains("outer\n"))
        }
    }

    @Test func `stopping and continuing means the whole tree`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--children", "4", "--lines", "1", "--hang", "end"))
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            let tree = session.survivors.filter { $0 != session.host.pid }
            #expect(tree.count == 5)
            #expect(try control.say("signal \(SIGSTOP)") == "ok")
            #expect(eventually { tree.allSatisfy { ProcessTable.state(of: $0) == "T" } })
            #expect(try control.say("signal \(SIGCONT)") == "ok")
            #expect(eventually { tree.allSatisfy { ProcessTable.state(of: $0) != "T" } })
            #expect(try control.say("signal \(SIGTERM)") == "ok")
            let end = try session.waitForEnd()
            #expect(end.signal == Int(SIGTERM) && end.endedBy == "request")
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `nonsense is answered and harms nobody`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"))
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            for line in [
                "", "nonsense", "epoch", "epoch -1", "epoch x", "signal 0", "signal 65", "signal", "end now", "\u{0}",
            ] {
                #expect(try control.say(line)?.hasPrefix("error ") ?? false, "\(line)")
            }
            #expect(try control.say("stdin 3", [1, 2, 3]) == "error standard input is not open")
            #expect(try control.say("ping") == "ok")
            for line in ["stdin -1", "stdin 99999999999", String(repeating: "x", count: 500)] {
                let other = try ControlClient(session)
                #expect(try other.say(line)?.hasPrefix("error ") ?? false)
                #expect(other.answer() == nil)
            }
            // More than may be connected at once: the others are served all the same.
            let crowd = try (0..<20).map { _ in try ControlClient(session) }
            #expect(try control.say("ping") == "ok")
            _ = crowd
            #expect(try control.say("end") == "ok")
            #expect(try session.waitForEnd().endedBy == "request")
        }
    }

    @Test func `a provider that does not read its input is reported, and the host lives`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, ["sh", "-c", "exec <&-; echo closed; sleep 60"], open())
            try waitForFile(session.file("spool.jsonl"), containing: "closed\n")
            let control = try ControlClient(session)
            #expect(try control.say("epoch 1") == "ok")
            #expect(try control.say("stdin 2", [1, 10]) == "error the provider does not read its standard input")
            #expect(try control.say("stdin 2", [1, 10]) == "error standard input is not open")
            #expect(try control.say("end") == "ok")
            try session.waitForEnd()
        }
    }

    private func open() -> HostedSession.Options {
        var options = HostedSession.Options()
        options.input = "open"
        return options
    }
}
