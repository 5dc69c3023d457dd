import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `What a provider is started with` {
    @Test func `descriptors of the coordinator do not reach it`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.wrapper = #"exec 3</dev/null 5>/dev/null 7</etc/passwd 9>/dev/null; exec "$@""#
            for number in 0..<20 {
                options.output = number % 2 == 0 ? "file" : "pump"
                options.input = number % 4 < 2 ? "none" : "open"
                let dump = folder.file("dump\(number)")
                let session = try HostedSession(folder, "s\(number)", fake("--stdin", "none", "--dump", dump), options)
                try session.waitForEnd()
                let seen = (text(of: dump) ?? "").split(separator: "\n").filter { $0.hasPrefix("fd ") }
                #expect(seen.map { $0.split(separator: " ")[1] } == ["0", "1", "2"], "\(seen)")
            }
        }
    }

    @Test func `no descriptor of the host stays open for its own descendants to hold`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"))
            let control = try ControlClient(session)
            // Its own ones, and whatever the process that started it had open at that moment.
            let open = ProcessTable.descriptors(of: session.host.pid).keys.filter { $0 > 2 }
            #expect(open.count >= 5)
            for descriptor in open {
                guard let facts = text(of: "/proc/\(session.host.pid)/fdinfo/\(descriptor)") else { continue }
                let flags = facts.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last
                let value = flags.flatMap { Int32($0, radix: 8) }
                #expect(value.map { $0 & O_CLOEXEC != 0 } == true, "\(descriptor): \(facts)")
            }
            #expect(try control.say("epoch 1") == "ok")
            #expect(try control.say("end") == "ok")
            try session.waitForEnd()
        }
    }

    @Test func `its signals, group and folder are those of a fresh program`() async throws {
        try await withFolder { folder in
            let dump = folder.file("dump")
            let work = try folder.makeFolder("work")
            var options = HostedSession.Options()
            options.workingDirectory = work
            options.environment = ["CANARY": "kept"]
            let session = try HostedSession(folder, fake("--dump", dump), options)
            let provider = try #require(try session.waitForStart()["provider_pid"] as? Int)
            try session.waitForEnd()
            let lines = (text(of: dump) ?? "").split(separator: "\n").map(String.init)
            #expect(lines.contains("cwd \(work)"))
            #expect(lines.contains { $0.hasPrefix("group \(provider) ") && $0.hasSuffix("parent \(session.host.pid)") })
            #expect(lines.contains("SigBlk:\t0000000000000000"))
            #expect(lines.contains("SigIgn:\t0000000000000000"))
            #expect(lines.contains("env CANARY=kept"))
            #expect(lines.contains("env \(session.mark)"))
        }
    }

    @Test func `its standard input is the file, and ends`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.inputBytes = Array("a question of some length".utf8)
            let session = try HostedSession(folder, fake("--echo-stdin"), options)
            try session.waitForEnd()
            let hash = String(fnv1a("a question of some length".utf8), radix: 16)
            #expect(session.spool == "stdin 25 \(String(repeating: "0", count: 16 - hash.count))\(hash)\n")
        }
    }

    @Test func `the terminal is out of its reach`() async throws {
        try await withFolder { folder in
            let terminal = try PseudoTerminal()
            // The leader of a new session gets the first terminal that it opens.
            let wrapper = #"exec 3<>\#(terminal.path); exec "$@""#
            let direct = folder.file("direct")
            let leader = ["/bin/sh", "-c", wrapper, "sh"] + fake("--tty", direct)
            try ChildProcess(leader, newSession: true).wait()
            #expect(text(of: direct)?.hasPrefix("open: ok") ?? false)

            let hosted = folder.file("hosted")
            var options = HostedSession.Options()
            options.wrapper = wrapper.replacing("exec \"$@\"", with: "\"$@\"")
            options.newSession = true
            let session = try HostedSession(folder, fake("--tty", hosted), options)
            #expect(try session.waitForEnd().status == 0)
            #expect(text(of: hosted) == "open: No such device or address\n")
            _ = terminal
        }
    }
}
