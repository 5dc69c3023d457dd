import Glibc
import TestSupport
import Testing

/// The guard beside a coordinator: `tutti-host guard LOCK STORE TUTTI`.
@Suite struct `A guard` {
    /// A coordinator's lock, held by this process, and the guard that watches it.
    private struct Watched {
        let folder: TemporaryFolder
        let lock: String
        let descriptor: Int32
        let process: ChildProcess

        /// The recovering program says that it ran, then does `work` with the lock's path as `$LOCK`.
        init(_ folder: TemporaryFolder, recovery work: String = "rm \"$LOCK\"") throws {
            self.folder = folder
            mkdir(folder.file("coordinators"), 0o700)
            lock = folder.file("coordinators/one.lock")
            descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            #expect(holdLock(descriptor))
            let script = "#!/bin/sh\n{ echo \"$@\"; env; echo end; } >> '\(folder.path)/recovered'\n\(work)\n"
            let recoverer = try folder.write(script, to: "recover", executable: true)
            process = try ChildProcess(
                [Products.host, "guard", lock, folder.file("tutti.db"), recoverer],
                environment: ["LOCK": lock, "TUTTI_SESSION": "mark"])
        }

        var hasRecovered: Bool { access(folder.file("recovered"), F_OK) == 0 }
    }

    @Test func `ends when its coordinator has ended in order`() async throws {
        try await withFolder { folder in
            let watched = try Watched(folder)
            unlink(watched.lock)
            close(watched.descriptor)
            #expect(try watched.process.wait().status == 0)
            #expect(!watched.hasRecovered)
        }
    }

    @Test func `ends at once when there is nothing to watch`() async throws {
        try await withFolder { folder in
            let result = try run([Products.host, "guard", folder.file("none.lock"), "/s", "/bin/false"])
            #expect(result.status == 0)
            for words in [[], ["/one"], ["relative", "/s", "/t"], ["/l", "/s", "/t", "/more"]] {
                let result = try run([Products.host, "guard"] + words)
                #expect(result.status == 64 && result.errors.contains("LOCK STORE TUTTI"))
            }
        }
    }

    @Test func `starts a recovery when its coordinator was killed, and ends when that has taken over`() async throws {
        try await withFolder { folder in
            let watched = try Watched(folder)
            close(watched.descriptor)
            #expect(try watched.process.wait().status == 0)
            let seen = try waitForFile(folder.file("recovered"), containing: "end\n")
            #expect(seen.hasPrefix("recover --db \(folder.file("tutti.db"))\n"))
            #expect(!seen.contains("TUTTI_SESSION"), "a process with a session's mark is ended with it")
        }
    }

    @Test func `needs no second recovery when the first one found nothing to do`() async throws {
        try await withFolder { folder in
            let watched = try Watched(folder, recovery: "exit 0")
            close(watched.descriptor)
            #expect(try watched.process.wait().status == 0)
            #expect(text(of: folder.file("coordinators/recover.log"))?.split(separator: "\n").count == 1)
        }
    }

    @Test func `starts another recovery when the first one was killed, and not for ever`() async throws {
        try await withFolder { folder in
            let watched = try Watched(folder, recovery: "kill -9 $$")
            close(watched.descriptor)
            #expect(try watched.process.wait().status == 0)
            #expect(text(of: folder.file("coordinators/recover.log"))?.split(separator: "\n").count == 3)
        }
    }

    @Test func `waits for its turn, and gives up when somebody else takes over meanwhile`() async throws {
        try await withFolder { folder in
            _ = try folder.makeFolder("coordinators")
            let now = time(nil)
            try folder.write("\(now)\n\(now)\n\(now)\n", to: "coordinators/recover.log")
            let watched = try Watched(folder)
            close(watched.descriptor)
            #expect(!eventually(limit: .milliseconds(300)) { watched.hasRecovered })
            #expect(ProcessTable.isAlive(watched.process.pid))
            unlink(watched.lock)
            #expect(try watched.process.wait().status == 0)
            #expect(!watched.hasRecovered)
        }
    }

    @Test func `is not taken for a coordinator by those who ask, and keeps no adopter out`() async throws {
        try await withFolder { folder in
            let watched = try Watched(folder)
            let other = open(watched.lock, O_RDWR | O_CLOEXEC)
            defer { close(other) }
            // While the lock is held it waits, and holds nothing.
            #expect(!holdLock(other))
            unlink(watched.lock)
            close(watched.descriptor)
            #expect(try watched.process.wait().status == 0)
            // A child that another test starts just now may have the descriptor until it becomes another program.
            #expect(eventually { holdLock(other) })
        }
    }
}
