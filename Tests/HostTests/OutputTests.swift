import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `Every byte of the output is kept` {
    @Test(arguments: ["file", "pump"])
    func `six megabytes arrive whole and leave no trace in memory`(output: String) async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.output = output
            let session = try HostedSession(
                folder, fake("--lines", "30000", "--width", "200", "--hang", "end"), options)
            let control = try ControlClient(session)
            let last = Array("line 30000".utf8)
            let bytes = try waitForFile(session.file("spool.jsonl")) {
                $0.count == 6_000_000 && $0.suffix(200).starts(with: last)
            }
            for number in [1, 2, 15_000, 29_999] {
                let line = bytes[((number - 1) * 200)..<(number * 200)]
                #expect(line.starts(with: "line \(number).".utf8) && line.last == 10)
            }
            #expect(peakKiB(of: session.host.pid) < 24_000)
            #expect(try control.say("epoch 1") == "ok")
            #expect(try control.say("end") == "ok")
            #expect(try session.waitForEnd().spoolLength == 6_000_000)
        }
    }

    /// Four ways to open /dev/stdout and /dev/stderr by name; each writes three lines to both.
    static let openers: [(name: String, command: [String])] = [
        ("bash", ["bash", "-c", "for i in 1 2 3; do echo line $i > /dev/stdout; echo error $i > /dev/stderr; done"]),
        (
            "python3",
            [
                "python3", "-c",
                "for i in '123':\n open('/dev/stdout','w').write(f'line {i}\\n'); open('/dev/stderr','w').write(f'error {i}\\n')",
            ]
        ),
        (
            "node",
            [
                "node", "-e",
                "for (const i of '123') { fs.writeFileSync('/dev/stdout', `line ${i}\\n`); fs.writeFileSync('/dev/stderr', `error ${i}\\n`) }",
            ]
        ),
        (
            "tee",
            [
                "sh", "-c",
                "for i in 1 2 3; do echo line $i | tee /dev/stdout >/dev/null; echo error $i | tee /dev/stderr >/dev/null; done",
            ]
        ),
        (
            "fake-provider",
            [Products.fakeProvider, "--lines", "3", "--reopen", "truncate", "--stderr", "error 1\nerror 2\nerror 3"]
        ),
    ]

    @Test func `the pump loses nothing to programs that open their output by name`() async throws {
        try await withFolder { folder in
            for opener in `Every byte of the output is kept`.openers {
                if opener.name == "node", (try? run(["node", "--version"])) == nil { continue }
                var options = HostedSession.Options()
                options.output = "pump"
                // tee copies to its own standard output, so its lines come by name only.
                let session = try HostedSession(folder, opener.name, opener.command, options)
                #expect(try session.waitForEnd().status == 0, "\(opener.name)")
                let expected = opener.name == "tee" ? "" : "line 1\nline 2\nline 3\n"
                if opener.name != "tee" { #expect(session.spool == expected, "\(opener.name)") }
                let errors = text(of: session.file("stderr.head")) ?? ""
                if opener.name != "tee" { #expect(errors == "error 1\nerror 2\nerror 3\n", "\(opener.name)") }
            }
        }
    }

    @Test func `tee into its own output says everything twice`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.output = "pump"
            let script = "for i in 1 2 3; do echo line $i | tee /dev/stdout; echo error $i | tee /dev/stderr >&2; done"
            let session = try HostedSession(folder, ["sh", "-c", script], options)
            #expect(try session.waitForEnd().status == 0)
            #expect(session.spool == "line 1\nline 1\nline 2\nline 2\nline 3\nline 3\n")
            #expect(text(of: session.file("stderr.head")) == "error 1\nerror 1\nerror 2\nerror 2\nerror 3\nerror 3\n")
        }
    }

    @Test func `the pump takes what is left in the pipe when leftovers hold it`() async throws {
        try await withFolder { folder in
            var options = HostedSession.Options()
            options.output = "pump"
            let session = try HostedSession(
                folder, fake("--children", "6", "--lines", "2000", "--width", "100"), options)
            let end = try session.waitForEnd()
            #expect(end.leftovers == 6 && end.spoolLength == 200_000)
            #expect(session.spool.hasSuffix("\n") && session.spool.contains("line 2000."))
            #expect(session.survivors.isEmpty)
        }
    }

    @Test func `standard error keeps its first and its last 64 KiB`() async throws {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--stderr-bytes", "400000"))
            let end = try session.waitForEnd()
            let head = try #require(contents(of: session.file("stderr.head")))
            let tail = try #require(contents(of: session.file("stderr.tail")))
            var whole: [UInt8] = []
            var number = 1
            while whole.count < 400_000 {
                whole += Array("error line \(number)\n".utf8)
                number += 1
            }
            #expect(end.errorBytes == whole.count)
            #expect(head.count == 65536 && head.elementsEqual(whole.prefix(65536)))
            #expect(tail.count == 65536 && tail.elementsEqual(whole.suffix(65536)))
        }
    }

    @Test func `short errors are in the head alone, and between the two there is no gap`() async throws {
        try await withFolder { folder in
            let short = try HostedSession(folder, "short", fake("--stderr", "one word"))
            try short.waitForEnd()
            #expect(text(of: short.file("stderr.head")) == "one word\n")
            #expect(access(short.file("stderr.tail"), F_OK) != 0)
            let middle = try HostedSession(folder, "middle", fake("--stderr-bytes", "100000"))
            let end = try middle.waitForEnd()
            let head = contents(of: middle.file("stderr.head")) ?? []
            let tail = contents(of: middle.file("stderr.tail")) ?? []
            #expect(head.count + tail.count == end.errorBytes)
        }
    }

    @Test func `the spool cannot be opened for writing while it grows, and belongs to its owner afterwards`()
        async throws
    {
        try await withFolder { folder in
            let session = try HostedSession(folder, fake("--lines", "1", "--hang", "end"))
            try waitForFile(session.file("spool.jsonl"), containing: "line 1\n")
            #expect(mode(session.file("spool.jsonl")) == 0o400)
            #expect(mode(session.file("ctl.sock")) == 0o600)
            session.host.signal(SIGTERM)
            try session.waitForEnd()
            for name in ["spool.jsonl", "exit.json", "host.json"] { #expect(mode(session.file(name)) == 0o600) }
            #expect(namesInFolder(session.folder) == ["claim", "exit.json", "host.json", "spool.jsonl"])
        }
    }
}

private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

private func peakKiB(of pid: Int32) -> Int {
    let line = (text(of: "/proc/\(pid)/status") ?? "").split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? .max
}
