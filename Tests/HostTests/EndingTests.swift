import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `How a provider ended is recorded` {
    @Test func `every exit status is recorded as it is`() async throws {
        try await withFolder { folder in
            for status in [
                0, 1, 2, 3, 7, 42, 63, 64, 65, 69, 70, 75, 77, 78, 99, 100, 124, 125, 126, 127, 128, 130, 137, 143, 255,
            ] {
                let session = try HostedSession(folder, "exit\(status)", fake("--lines", "1", "--exit", "\(status)"))
                let end = try session.waitForEnd()
                #expect(end.status == status)
                #expect(end.signal == nil && !end.core && end.endedBy == nil && end.leftovers == 0)
                #expect(session.spool == "line 1\n" && end.spoolLength == 7)
            }
        }
    }

    @Test func `every signal is recorded as it is`() async throws {
        try await withFolder { folder in
            for signal in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 31, 34, 64] {
                let session = try HostedSession(folder, "signal\(signal)", fake("--signal", "\(signal)"))
                let end = try session.waitForEnd()
                #expect(end.signal == signal)
                #expect(end.status == nil && !end.core && end.endedBy == nil)
            }
        }
    }

    @Test func `a core dump is recorded`() async throws {
        try await withFolder { folder in
            let pattern = text(of: "/proc/sys/kernel/core_pattern") ?? ""
            let end = try HostedSession(folder, fake("--core")).waitForEnd()
            #expect(end.signal == Int(SIGABRT))
            // A pattern that leads to a program or elsewhere is the machine's own affair.
            if pattern.hasPrefix("core") { #expect(end.core) }
        }
    }

    @Test func `an end before the first byte leaves an empty spool`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--cut", "start", "--exit", "3"))
            let end = try session.waitForEnd()
            #expect(end.status == 3 && end.spoolLength == 0 && session.spool == "")
        }
    }

    @Test func `the record tells when and how long`() async throws {
        try await withFolder { folder in
            let end = try HostedSession(folder, fake("--first-delay", "60")).waitForEnd()
            #expect(end.duration >= .milliseconds(60))
            #expect(end.ended - end.started >= 60)
        }
    }

    @Test func `the first record names host and provider beyond doubt`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--hang", "start"))
            let record = try session.waitForStart()
            let provider = Int32(try #require(record["provider_pid"] as? Int))
            #expect(record["pid"] as? Int == Int(session.host.pid))
            #expect(record["start_time"] as? UInt64 == ProcessTable.startTime(of: session.host.pid))
            #expect(record["provider_start_time"] as? UInt64 == ProcessTable.startTime(of: provider))
            #expect(
                record["boot_id"] as? String
                    == text(of: "/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init))
            var status = stat()
            stat("/proc/self/ns/pid", &status)
            #expect(record["pid_ns"] as? UInt64 == UInt64(status.st_ino))
            #expect(record["protocol"] as? Int == 1)
            session.host.signal(SIGTERM)
            #expect(try session.waitForEnd().endedBy == "request")
        }
    }
}

@Suite(.serialized) struct `A provider that cannot be started` {
    @Test func `leaves an exit record that says why`() async throws {
        try await withFolder { folder in
            let plain = try folder.write("no program", to: "plain")
            let script = try folder.write("#!/nonexistent/interpreter\n", to: "script", executable: true)
            let binary = try folder.write([0x7f, 0x45, 0x4c, 0x46, 0, 0], to: "binary", executable: true)
            let cases: [(name: String, command: [String], cwd: String?, words: String, number: Int32)] = [
                ("name", ["no-such-provider"], nil, "No such file or directory", ENOENT),
                ("path", ["/nonexistent/provider"], nil, "No such file or directory", ENOENT),
                ("mode", [plain], nil, "Permission denied", EACCES),
                ("folder", [folder.path], nil, "Permission denied", EACCES),
                ("interpreter", [script], nil, "interpreter", ENOENT),
                ("format", [binary], nil, "Exec format error", ENOEXEC),
                ("cwd", ["/bin/echo"], "/nonexistent/folder", "No such file or directory", ENOENT),
                ("cwdfile", ["/bin/echo"], plain, "Not a directory", ENOTDIR),
            ]
            for one in cases {
                var options = HostedSession.Options()
                options.workingDirectory = one.cwd
                let session = try HostedSession(folder, one.name, one.command, options)
                let end = try session.waitForEnd()
                #expect(end.endedBy == "start_failed", "\(one.name)")
                #expect(end.startErrno == Int(one.number), "\(one.name): \(end.startError ?? "")")
                #expect(end.startError?.contains(one.words) ?? false, "\(one.name): \(end.startError ?? "")")
                #expect(end.status == nil && end.signal == nil)
                #expect(access(session.file("ctl.sock"), F_OK) != 0)
                if let cwd = one.cwd { #expect(end.startError?.contains(cwd) ?? false) }
            }
        }
    }

    @Test func `is not looked for in the module's own folder`() async throws {
        try await withFolder { folder in
            try folder.write("#!/bin/sh\necho planted\n", to: "claude", executable: true)
            var options = HostedSession.Options()
            options.environment = ["PATH": ".::/nonexistent"]
            let session = try HostedSession(folder, ["claude"], options)
            #expect(try session.waitForEnd().endedBy == "start_failed")
            #expect(session.spool == "")
        }
    }

    @Test func `a folder takes one host only`() async throws {
        try await withFolder { folder in
            let first = try HostedSession(folder, "same", fake("--lines", "1", "--hang", "end"))
            try waitForFile(first.file("spool.jsonl"), containing: "line 1\n")
            let second = try HostedSession(folder, "same", fake("--lines", "2"))
            #expect(try second.host.wait().status == 75)
            first.host.signal(SIGTERM)
            #expect(try first.waitForEnd().spoolLength == 7)
            let third = try HostedSession(folder, "same", fake("--lines", "3"))
            #expect(try third.host.wait().status == 75)
            #expect(first.spool == "line 1\n")
        }
    }

    @Test func `bad arguments end with 64 and a word on standard error`() async throws {
        try await withFolder { folder in
            let good = [
                "--protocol", "1", "--dir", folder.path, "--cwd", "/", "--stdout", "file", "--stdin", "none", "--epoch",
                "1",
                "--total-ms", "0", "--spool-max", "0", "--orphan-ms", "0", "--grace-ms", "0", "--locks", "/", "--store",
                "/s",
                "--recover", "/r",
            ]
            func replaced(_ word: String, _ value: String) -> [String] {
                var words = good
                if let index = words.firstIndex(of: word) { words[index + 1] = value }
                return words + ["--", "/bin/true"]
            }
            let cases: [([String], String)] = [
                ([], "--protocol is missing"), (good, "-- is missing"), (good + ["--"], "no command"),
                (replaced("--protocol", "2"), "protocol 2"), (replaced("--stdout", "tty"), "--stdout"),
                (replaced("--total-ms", "-1"), "--total-ms"), (replaced("--epoch", "x"), "--epoch"),
                (replaced("--dir", "relative"), "absolute"), (good + ["--colour", "x"], "--colour is not known"),
                (good + ["--epoch", "2"], "twice"),
            ]
            for (words, expected) in cases {
                let result = try run([Products.host] + words)
                #expect(result.status == 64)
                #expect(result.errors.contains(expected), "\(result.errors)")
            }
            let result = try run([Products.host] + replaced("--dir", "/nonexistent"))
            #expect(result.status == 73 && result.errors.contains("/nonexistent"))
            #expect(namesInFolder(folder.path).isEmpty)
        }
    }
}
