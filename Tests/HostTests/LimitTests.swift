import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `The host keeps the limits by itself` {
    @Test func `the total time ends a provider that says nothing`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.total = 300
            let session = try HostedSession(folder, fake("--hang", "start"), options)
            let end = try session.waitForEnd()
            #expect(end.endedBy == "total_timeout" && end.signal == Int(SIGTERM))
            #expect(
                end.duration >= .milliseconds(300)
                    && end.duration < .milliseconds(300) + TestTime.stretched(.milliseconds(200)))
        }
    }

    @Test func `after the grace the whole tree goes`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            // Long enough for the provider to be deaf by then.
            options.total = 1500
            options.grace = 150
            let session = try HostedSession(
                folder, fake("--children", "4", "--children-ignore", "--ignore-term", "--hang", "start"), options)
            let end = try session.waitForEnd()
            #expect(end.endedBy == "total_timeout" && end.signal == Int(SIGKILL))
            #expect(end.duration >= .milliseconds(1650))
            #expect(session.survivors.isEmpty)
        }
    }

    @Test(arguments: ["file", "pump"])
    func `a spool over its size ends the session`(output: String) async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.output = output
            options.spool = 1_000_000
            let session = try HostedSession(folder, ["sh", "-c", "exec yes 'a long line of output'"], options)
            let end = try session.waitForEnd()
            #expect(end.endedBy == "spool_size" && end.signal == Int(SIGTERM))
            #expect(end.spoolLength > 1_000_000)
        }
    }

    @Test func `a provider far over its size gets no grace`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.spool = 1_000_000
            options.grace = 60_000
            let session = try HostedSession(folder, ["sh", "-c", "trap '' TERM; yes 'a long line of output'"], options)
            let end = try session.waitForEnd()
            #expect(end.endedBy == "spool_size" && end.signal == Int(SIGKILL))
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `a session whose folder is removed ends`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"))
            try session.waitForStart()
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            removeTree(session.folder)
            #expect(try session.host.wait().status == 74)
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `a spool under its size is left alone`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.spool = 7000
            let session = try HostedSession(folder, fake("--lines", "70", "--width", "100"), options)
            let end = try session.waitForEnd()
            #expect(end.endedBy == nil && end.status == 0 && end.spoolLength == 7000)
        }
    }
}

@Suite(.serialized) struct `A disk that fills up` {
    /// A small file system of its own; needs the right to mount.
    static let canMount = geteuid() == 0 && (try? run(["unshare", "-m", "true"]).status) == 0

    @Test(.enabled(if: canMount))
    func `stops the provider until there is space again, and no byte is missing`() async throws {
        try await withFolder { folder in
            try withSmallDisk(folder, output: "file", fake("--lines", "400", "--width", "2000", "--rate", "250")) {
                session, filler in
                // 800 kB of output on a disk where 600 kB are left: somewhere in between the provider is stopped.
                let provider = Int32(try #require(try session.waitForStart()["provider_pid"] as? Int))
                #expect(eventually { ProcessTable.state(of: provider) == "T" })
                unlink(filler)
                let end = try session.waitForEnd()
                #expect(end.status == 0 && end.endedBy == nil && end.spoolLength == 800_000, "\(end)")
                #expect(session.spool.hasSuffix("\n") && session.spool.contains("line 400."))
            }
        }
    }

    @Test(.enabled(if: canMount))
    func `is told in the record when bytes were lost`() async throws {
        try await withFolder { folder in
            // One write that cannot be stopped in the middle.
            let write = ["sh", "-c", "exec dd if=/dev/zero bs=3000000 count=1"]
            try withSmallDisk(folder, output: "file", write, total: 500) { session, _ in
                let end = try session.waitForEnd()
                #expect(end.endedBy == "spool_full", "\(end)")
                #expect(end.spoolLength < 2_100_000)
                #expect(session.survivors.isEmpty)
            }
        }
    }

    @Test(.enabled(if: canMount))
    func `makes a provider wait for the pump`() async throws {
        try await withFolder { folder in
            let yes = ["sh", "-c", "yes 'a line of output' | head -c 1000000"]
            try withSmallDisk(folder, output: "pump", yes) { session, filler in
                try session.waitForStart()
                try waitForFile(session.file("spool.jsonl")) { $0.count > 200_000 }
                #expect(!waitUntilReadable(session.host.endDescriptor, limit: .milliseconds(300)))
                unlink(filler)
                let end = try session.waitForEnd()
                #expect(end.status == 0 && end.endedBy == nil && end.spoolLength == 1_000_000, "\(end)")
            }
        }
    }
}

/// Runs `body` with a session whose folder lies on a file system of 2 MB, of which 1.4 MB are taken by the file `filler`.
private func withSmallDisk(
    _ folder: TemporaryFolder, output: String, _ command: [String], total: Int? = nil,
    _ body: (HostedSession, _ filler: String) throws -> Void
) throws {
    let disk = folder.file("sessions")
    mkdir(disk, 0o700)
    #expect(try run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", disk]).status == 0)
    defer { _ = try? run(["umount", "-l", disk]) }
    let filler = try folder.write([UInt8](repeating: 1, count: 1_400_000), to: "sessions/filler")
    var options = HostedSession.Options()
    options.output = output
    options.total = total
    try body(try HostedSession(folder, command, options), filler)
}

@Suite(.serialized) struct `Nobody is left to record the ending` {
    @Test func `the session ends when no coordinator comes back`() async throws {
        try await withFolder { folder in
            let lock = try Lock(folder, "a.lock")
            var options = HostedSession.Options()
            options.orphan = 400
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"), options)
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            // A coordinator that was there for longer than the limit: the time counts from its end.
            #expect(!waitUntilReadable(session.host.endDescriptor, limit: .milliseconds(600)))
            lock.release()
            let end = try session.waitForEnd()
            #expect(end.endedBy == "orphan_timeout" && end.signal == Int(SIGTERM))
            #expect(end.duration >= .milliseconds(900))
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `a lock that nobody holds is no coordinator`() async throws {
        try await withFolder { folder in
            try folder.write("", to: "dead.lock")
            try Lock(folder, "dead.lock").release()
            var options = HostedSession.Options()
            options.orphan = 200
            #expect(
                try HostedSession(folder, fake("--hang", "start"), options).waitForEnd().endedBy == "orphan_timeout")
        }
    }

    @Test func `one of several coordinators is enough`() async throws {
        try await withFolder { folder in
            try Lock(folder, "dead.lock").release()
            let lock = try Lock(folder, "live.lock")
            var options = HostedSession.Options()
            options.orphan = 150
            let session = try HostedSession(folder, fake("--first-delay", "500", "--lines", "1"), options)
            #expect(try session.waitForEnd().endedBy == nil)
            lock.release()
        }
    }

    @Test func `the ending starts a recovery, without the session's mark`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--exit", "4"), try recovering(folder, marked: true))
            #expect(try session.waitForEnd().status == 4)
            let seen = try waitForFile(folder.file("recovered"), containing: "end\n")
            #expect(seen.hasPrefix("recover --db /nonexistent/tutti.db\n"))
            #expect(!seen.contains("TUTTI_SESSION=") && !seen.contains("TUTTI_RUN=") && seen.contains("CANARY=kept"))
        }
    }

    @Test func `a provider that could not start starts a recovery too`() async throws {
        try await withFolder { folder in
            try HostedSession(folder, ["/nonexistent"], try recovering(folder)).waitForEnd()
            try waitForFile(folder.file("recovered"), containing: "end\n")
        }
    }

    @Test func `recoveries are started three times in ten minutes at most`() async throws {
        try await withFolder { folder in
            // Written once: a shell reads its script while it runs, and an earlier recovery may still be running.
            let options = try recovering(folder)
            for number in 0..<6 { try HostedSession(folder, "s\(number)", fake(), options).waitForEnd() }
            try waitForFile(folder.file("recovered")) {
                $0.split(separator: 10).count { $0.elementsEqual("end".utf8) } == 3
            }
            #expect(text(of: folder.file("sessions/recover.log"))?.split(separator: "\n").count == 3)
            // Ten minutes later there may be another.
            try folder.write("1000\n1001\n1002\n", to: "sessions/recover.log")
            try HostedSession(folder, "later", fake(), options).waitForEnd()
            try waitForFile(folder.file("recovered")) {
                $0.split(separator: 10).count { $0.elementsEqual("end".utf8) } == 4
            }
        }
    }

    @Test func `nothing is recovered while a coordinator lives`() async throws {
        try await withFolder { folder in
            let lock = try Lock(folder, "live.lock")
            try HostedSession(folder, fake(), try recovering(folder)).waitForEnd()
            #expect(access(folder.file("sessions/recover.log"), F_OK) != 0)
            lock.release()
        }
    }
}

/// A coordinator's lock, held as a coordinator holds it.
private final class Lock {
    private var descriptor: Int32

    init(_ folder: TemporaryFolder, _ name: String) throws {
        mkdir(folder.file("locks"), 0o700)
        descriptor = open(folder.file("locks/\(name)"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard holdLock(descriptor) else { throw TestFailure(errno: errno, "lock \(name)") }
    }

    func release() {
        close(descriptor)
        descriptor = -1
    }
}

/// Options whose recovering program appends its arguments and environment to the file `recovered`.
private func recovering(_ folder: TemporaryFolder, marked: Bool = false) throws -> HostedSession.Options {
    let script = "#!/bin/sh\n{ echo \"$@\"; env; echo end; } >> '\(folder.path)/recovered'\n"
    var options = HostedSession.Options()
    options.recoverer = try folder.write(script, to: "tutti", executable: true)
    if marked { options.environment = ["TUTTI_RUN": "R", "CANARY": "kept"] }
    return options
}
