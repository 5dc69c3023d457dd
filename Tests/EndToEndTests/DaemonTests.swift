import Foundation
import Glibc
import TestSupport
import Testing

/// The serving coordinator in the background.
@Suite struct DaemonTests {
    @Test func `it is started, seen, and stopped, each as often as one likes`() async throws {
        try await Scene.with(["api"]) { t in
            #expect(try t.tutti("daemon", "status").status == 1)
            #expect(try t.tutti("daemon", "stop").output == "nobody serves this store\n")
            let started = try t.json("daemon", "start", "--json")
            let pid = try #require(started["pid"].number)
            #expect(ProcessTable.arguments(of: Int32(pid)).dropFirst().first == "serve")
            #expect(try t.json("daemon", "start", "--json")["pid"].number == pid)
            let second = try t.tutti("serve", "--detach")
            #expect(second.status == 75 && second.errors.contains("process \(pid)"), "\(second.errors)")
            let run = try required(try t.json("ask", "x", "api", "-d", "--json")["run"])
            #expect(try t.tutti("wait", run).status == 0)
            let status = try t.tutti("daemon", "status")
            #expect(status.status == 0 && status.output.contains("process \(pid) serves "), "\(status.output)")
            #expect(t.coordinators() == [])
            let stopped = try t.tutti("daemon", "stop")
            #expect(stopped.status == 0 && stopped.output == "stopped process \(pid)\n", "\(stopped.output)")
            #expect(t.survivors() == [])
            #expect(try t.tutti("daemon", "status").status == 1)
        }
    }

    @Test func `its log tells each change, for its owner alone, and stays small`() async throws {
        try await Scene.with(["api"]) { t in
            let log = t.state + "/log/serve.log"
            _ = try t.json("serve", "--detach", "--json")
            let run = try required(try t.json("ask", "x", "api", "-d", "--json", "--name", "evil\u{1B}[31mname")["run"])
            #expect(try t.tutti("wait", run).status == 0)
            try waitForFile(log, containing: "run \(run.prefix(6)) is over: completed, exit 0")
            let said = try #require(text(of: log))
            #expect(said.contains("run \(run.prefix(6)) begins: ask evil") && !said.contains("\u{1B}"), "\(said)")
            var facts = stat()
            #expect(stat(log, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            // A file that has grown too large is set aside before the next line.
            let handle = try #require(FileHandle(forWritingAtPath: log))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(repeating: UInt8(ascii: "x"), count: 1_100_000))
            try handle.close()
            try t.tutti("ask", "x", "api", "-d")
            try waitForFile(log + ".1", containing: "serving ")
            try waitForFile(log, containing: " begins: ask")
            #expect(stat(log, &facts) == 0 && facts.st_size < 100_000 && facts.st_mode & 0o777 == 0o600)
            #expect(try t.tutti("daemon", "stop").status == 0)
            #expect(try #require(text(of: log)).contains("stopping: SIGTERM"))
        }
    }

    @Test func `one that cannot serve says why to whoever started it`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            // Nobody can write the lock: it is a folder.
            let folder = try required(
                try Outside.query(t.store, "select value from store where key = 'id'")[0][0])
            #expect(mkdir(t.state + "/stores/\(folder)/serve.lock", 0o700) == 0)
            let failed = try t.tutti("daemon", "start")
            #expect(failed.status == 73, "\(failed.errors)")
            #expect(failed.errors.contains("serve.lock cannot be created") && failed.errors.contains("tutti serve"))
            #expect(t.survivors() == [])
        }
    }

    @Test func `stopping ends the process that serves and no other of its number`() async throws {
        try await Scene.with(["api"]) { t in
            let serve = try t.serve()
            // As it would look if the number had been given to another process since.
            let bystander = try t.start("wait", "@last", "--timeout", "1h")
            defer { bystander.signal(SIGKILL) }
            let folder = try required(try Outside.query(t.store, "select value from store where key = 'id'")[0][0])
            let lock = t.state + "/stores/\(folder)/serve.lock"
            let said = try #require(text(of: lock))
            let wrong = said.replacingOccurrences(of: "\"pid\":\(serve.pid)", with: "\"pid\":\(bystander.pid)")
            #expect(wrong != said)
            try #require(FileHandle(forWritingAtPath: lock)).write(contentsOf: Data(wrong.utf8))
            #expect(try t.tutti("daemon", "stop").status == 0)
            #expect(ProcessTable.isAlive(serve.pid))
            serve.signal(SIGTERM)
            try serve.wait()
        }
    }

    @Test func `the unit is printed or written, and another one is not replaced unasked`() async throws {
        try await Scene.with(["api"]) { t in
            let printed = try t.tutti("daemon", "install", "--print")
            #expect(printed.output.contains("ExecStart=\(Products.tutti) serve\n"), "\(printed.output)")
            #expect(printed.output.contains("Environment=PATH=/usr/local/bin:/usr/bin:/bin\n"))
            let example = try #require(text(of: Repository.path("Config/tutti.service")))
            #expect(
                printed.output.replacingOccurrences(of: Products.tutti, with: "/usr/local/bin/tutti") == example)
            let path = t.home + "/.config/systemd/user/tutti.service"
            #expect(access(path, F_OK) != 0)
            let installed = try t.tutti("daemon", "install")
            #expect(text(of: path) == printed.output)
            #expect(installed.output.contains("systemctl --user daemon-reload"))
            #expect(installed.output.contains("systemctl --user enable --now tutti.service"))
            #expect(try t.tutti("daemon", "install").output.contains("is there already"))
            try t.folder.write("[Unit]\n", to: "home/.config/systemd/user/tutti.service")
            #expect(try t.tutti("daemon", "install").status == 73)
            #expect(try t.tutti("daemon", "install", "--yes").status == 0)
            #expect(text(of: path) == printed.output)
            let other = try t.tutti("daemon", "install", "--print", "--db", "other.db")
            #expect(other.output.contains("serve --db \(t.project)/other.db\n"), "\(other.output)")
        }
    }
}
