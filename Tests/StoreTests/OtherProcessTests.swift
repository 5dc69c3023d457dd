import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Store

/// A `store-writer` at work on a store of its own.
private final class WriterProcess {
    let folder: String
    let process = Process()
    private let output: FileHandle
    private var pending = ""

    var path: String { folder + "/t.db" }

    init(sessions: Int, seed: UInt64, folder: String) throws {
        self.folder = folder
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: Products.path(of: "store-writer"))
        process.arguments = [folder + "/t.db", folder + "/state", "\(sessions)", "\(seed)"]
        process.standardOutput = pipe
        output = pipe.fileHandleForReading
        try process.run()
        try wait(for: "ready")
    }

    /// Blocks until the writer has printed `word` on a line of its own.
    func wait(for word: String) throws {
        while true {
            while let end = pending.firstIndex(of: "\n") {
                let line = String(pending[..<end])
                pending.removeSubrange(...end)
                if line == word { return }
            }
            let data = output.availableData
            if data.isEmpty { throw TestFailure("the writer ended before it said \(word)") }
            pending += String(decoding: data, as: UTF8.self)
        }
    }

    /// Blocks until so many further commits were announced by the tick file.
    func waitForEvents(_ count: Int64) throws {
        let tick = TickFile(storePath: path)
        let first = tick.read() ?? 0
        try waitForChange(in: folder, what: "commits") { (tick.read() ?? 0) >= first + count }
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// What every moment of a `store-writer`'s store must look like, told by Python alone.
private let check = """
    import sqlite3, sys
    db = sqlite3.connect(sys.argv[1])
    assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
    db.execute("insert into blocks_search(blocks_search) values ('integrity-check')")
    whole = ""
    number = 0
    total = 0
    for (session,) in db.execute("select id from sessions").fetchall():
        text, end = "", 0
        for offset, data in db.execute("select offset, data ->> '$.text' from event_log where session_id = ? and type = 'text.delta' order by seq", (session,)):
            text += data
            assert offset is None or offset >= len(text), (offset, len(text))
            end = max(end, offset or 0)
        assert end == len(text), (session, end, len(text))
        while len(whole) < len(text):
            whole += "%d." % number
            number += 1
        assert whole.startswith(text), session
        total += len(text)
    print("whole", total > 0)
    """

@Suite struct `Other processes` {
    @Test func `a second process sees the text grow with plain SQL and never a lock`() async throws {
        try await withTemporaryFolder { folder in
            try await onOwnThread {
                let writer = try WriterProcess(sessions: 20, seed: 1, folder: folder.path)
                defer { writer.kill() }
                let seen = try python(
                    """
                    import sqlite3, sys, time
                    db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=0.5)
                    last, grown, reads = 0, 0, 0
                    end = time.monotonic() + 60
                    while (grown < 5 or reads < 200) and time.monotonic() < end:
                        rows = db.execute("select module, status, length(content) from messages where status='processing'").fetchall()
                        assert len(rows) == 20 and all(r[1] == 'processing' for r in rows), rows[:2]
                        assert db.execute("select count(*) from processing_messages").fetchone() == (20,)
                        total = sum(r[2] for r in rows)
                        assert total >= last
                        grown += total > last
                        last = total
                        reads += 1
                    print("grew", grown >= 5)
                    """, writer.path)
                #expect(seen == "grew True\n")
            }
        }
    }

    @Test func `a writer that is killed leaves whole slices, and the adopter every byte of the text`() async throws {
        var generator = SplitMix64(seed: printedSeed())
        for _ in 0..<6 {
            let seed = generator.next()
            let events = Int64.random(in: 1...4000, using: &generator)
            try await withTemporaryFolder { folder in
                try await onOwnThread {
                    let writer = try WriterProcess(sessions: 5, seed: seed, folder: folder.path)
                    try writer.waitForEvents(events)
                    writer.kill()
                    try adoptAndCompare(writer.path, state: folder.path + "/state")
                    #expect(try python(check, writer.path) == "whole True\n")
                }
            }
        }
    }

    /// Takes over what a killed writer left, ends it, and compares each message with the log.
    private func adoptAndCompare(_ path: String, state: String) throws {
        let store = try Store.open(path, access: .readWrite, stateHome: state)
        defer { store.close() }
        let id = Identifier.random()
        let lock = try CoordinatorLock.acquire(id, in: store.stateFolder + "/coordinators")
        defer { lock.release() }
        let time = StoreFixture.time
        let fence = try store.writeAndWait { try $0.register(id, pid: getpid(), kind: "test", at: time) }
        let dead = try store.read { try $0.deadCoordinators() }
        #expect(dead.count == 1)
        for coordinator in dead {
            let adoption = try store.writeAndWait(.full, as: fence) {
                try $0.adopt(coordinator: coordinator.id, at: coordinator.epoch, into: fence, at: time)
            }
            for session in try #require(adoption).sessions {
                let message = try #require(session.message)
                try store.writeAndWait(.full, as: fence) { writer in
                    try writer.endSession(session.id, Outcome(state: .lost), exit: nil, at: time)
                    try writer.completeMessage(message, .failed, at: time)
                }
                let content = try store.read { try $0.message(message)?.content }
                #expect(content?.utf8.count == Int(session.offset))
            }
        }
        #expect(try store.read { try $0.processingMessages() }.isEmpty)
    }

    @Test func `a disk that fails loses nothing once it works again`() async throws {
        try await withTemporaryFolder { folder in
            try await onOwnThread {
                let writer = try WriterProcess(sessions: 3, seed: 7, folder: folder.path)
                try writer.waitForEvents(100)
                let limit = try ChildProcess([
                    "prlimit", "--pid", "\(writer.process.processIdentifier)", "--fsize=65536:",
                ])
                _ = try limit.wait()
                try writer.wait(for: "failed")
                let lift = try ChildProcess(
                    ["prlimit", "--pid", "\(writer.process.processIdentifier)", "--fsize=unlimited:"])
                _ = try lift.wait()
                try writer.wait(for: "well")
                try writer.waitForEvents(100)
                writer.kill()
                #expect(try python(check, writer.path) == "whole True\n")
            }
        }
    }

    @Test func `many processes write and read at once and none meets a lock`() async throws {
        try await withTemporaryFolder { folder in
            try await onOwnThread {
                let first = try WriterProcess(sessions: 4, seed: 3, folder: folder.path)
                let second = try WriterProcess(sessions: 4, seed: 4, folder: folder.path)
                defer { second.kill() }
                let store = try Store.open(first.path, access: .readOnly, stateHome: folder.path + "/state")
                defer { store.close() }
                for _ in 0..<100 {
                    _ = try store.read { try $0.sessions() }
                    _ = try store.read { try $0.events(after: 0, limit: 100) }
                }
                try first.waitForEvents(2000)
                first.kill()
                try second.waitForEvents(2000)
                let sessions = try store.read { try $0.sessions() }
                #expect(sessions.count == 8)
                #expect(sessions.filter(\.isOrphaned).count == 4, "only the killed one's")
            }
        }
    }
}
