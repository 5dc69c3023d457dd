import Foundation
import GRDB
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Store

/// Copies of a store that is being written.
@Suite struct BackupTests {
    /// What any program finds in each of the copies: whether it is sound, and how much is in it.
    private static let look = """
        import sqlite3, sys
        for path in sys.argv[1:]:
            db = sqlite3.connect(path)
            sound = [row[0] for row in db.execute("pragma integrity_check")] == ["ok"]
            db.execute("insert into blocks_search(blocks_search, rank) values ('integrity-check', 1)")
            counts = [db.execute("select count(*) from " + name).fetchone()[0] for name in ("events", "blocks", "sessions")]
            ends = db.execute("select coalesce(max(id), 0) from events").fetchone()[0]
            print(sound, ends == counts[0], *counts)
        """

    @Test func `copies that are made while others write are whole, sound, and hold more and more`() async throws {
        try await onOwnThread {
            let fixture = try StoreFixture()
            let isOver = Atomic<Bool>(false)
            let store = fixture.store
            let question = try fixture.ask()
            let done = DispatchSemaphore(value: 0)
            let thread = Thread {
                var number: Int64 = 0
                while !isOver.load(ordering: .relaxed) {
                    number += 1
                    let block = BlockKey(message: "m\(number)", index: 0)
                    let words = "words of number \(number)"
                    let slice = question.slice(
                        to: number * 10, [.textDelta(block, words), .textBlock(block, words)])
                    try? store.writeAndWait(.stream) { try $0.apply(slice) }
                }
                done.signal()
            }
            thread.start()
            defer {
                isOver.store(true, ordering: .relaxed)
                done.wait()
            }
            let copies = (0..<5).map { "\(fixture.folder)/copy-\($0).db" }
            let made = try copies.map { try store.backup(to: $0) }
            var last = [0, 0, 0]
            let lines = try python(BackupTests.look, copies).split(separator: "\n")
            #expect(lines.count == copies.count)
            for (line, copy) in zip(lines, made) {
                let words = line.split(separator: " ")
                #expect(words.prefix(2) == ["True", "True"], "\(line)")
                let counts = words.dropFirst(2).compactMap { Int($0) }
                #expect(counts.count == 3 && zip(last, counts).allSatisfy { $0 <= $1 }, "\(last) then \(counts)")
                #expect(Int64(counts[0]) == copy.newestEvent)
                last = counts
            }
            #expect(last[0] > 0)
            let read = try Store.open(
                "\(fixture.folder)/copy-4.db", access: .readOnly, stateHome: fixture.folder + "/state")
            defer { read.close() }
            #expect(try read.read { try $0.session(question.session)?.state } == .starting)
            #expect(read.id == store.id)
        }
    }

    private func refusal(_ fixture: StoreFixture, _ copy: String, replacing: Bool = false) throws -> TuttiError {
        try #require(throws: TuttiError.self) { try fixture.store.backup(to: copy, replacing: replacing) }
    }

    @Test func `a copy is for its owner alone, and takes the place of another file only when that is wanted`() throws {
        let fixture = try StoreFixture()
        let copy = fixture.folder + "/copy.db"
        try Data("somebody's".utf8).write(to: URL(filePath: copy))
        let refused = try refusal(fixture, copy)
        #expect(refused.code == .cannotCreate && refused.hint.contains("--yes"))
        #expect(contents(of: copy) == Array("somebody's".utf8))
        let made = try fixture.store.backup(to: copy, replacing: true)
        #expect(made.path == copy)
        var facts = stat()
        #expect(stat(copy, &facts) == 0 && facts.st_mode & 0o777 == 0o600 && Int64(facts.st_size) == made.bytes)
        #expect(namesInFolder(fixture.folder).filter { $0.hasPrefix("copy.db") } == ["copy.db"])
    }

    @Test func `the store's own files, folders and databases in use are no place for a copy`() throws {
        let fixture = try StoreFixture()
        let path = fixture.path
        symlink(path, fixture.folder + "/link.db")
        for own in [path, path + "-wal", path + "-shm", path + ".tick", fixture.folder + "/link.db"] {
            #expect(try refusal(fixture, own, replacing: true).code == .usage, "\(own)")
        }
        #expect(try refusal(fixture, fixture.folder, replacing: true).code == .cannotCreate)
        #expect(try refusal(fixture, "/dev/null", replacing: true).code == .cannotCreate)
        #expect(try refusal(fixture, fixture.folder + "/nowhere/copy.db").code == .cannotCreate)
        try Data("log".utf8).write(to: URL(filePath: fixture.folder + "/other.db-wal"))
        let used = try refusal(fixture, fixture.folder + "/other.db", replacing: true)
        #expect(used.code == .cannotCreate && used.message.contains("in use"))
        #expect(try fixture.store.damage().isEmpty)
    }

    @Test func `what a killed copy left is begun anew, and another's work is left alone`() throws {
        let fixture = try StoreFixture()
        let copy = fixture.folder + "/copy.db"
        let left = copy + StoreCopy.suffix
        try Data(repeating: 7, count: 100_000).write(to: URL(filePath: left))
        // Somebody else's, of the name that others use.
        try Data("mine".utf8).write(to: URL(filePath: copy + ".part"))
        try fixture.store.backup(to: copy)
        #expect(contents(of: left) == nil && contents(of: copy + ".part") == Array("mine".utf8))
        // Two names of one file: what has both is no copy that was begun.
        link(copy + ".part", left)
        #expect(try refusal(fixture, copy, replacing: true).code == .cannotCreate)
        #expect(contents(of: copy + ".part") == Array("mine".utf8))
        let other = fixture.folder + "/other.db"
        let descriptor = open(other + StoreCopy.suffix, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        flock(descriptor, LOCK_EX)
        #expect(try refusal(fixture, other).code == .tryAgain)
        #expect(contents(of: other + StoreCopy.suffix) == [])
    }

    @Test func `a copy that nobody wants any more leaves nothing`() throws {
        let fixture = try StoreFixture()
        let control = BackupControl()
        control.cancel()
        #expect(throws: CancellationError.self) {
            try fixture.store.backup(to: fixture.folder + "/copy.db", control: control)
        }
        #expect(namesInFolder(fixture.folder).filter { $0.hasPrefix("copy") } == [])
    }

    @Test func `a damaged store gives no copy`() throws {
        let fixture = try StoreFixture()
        _ = try fixture.ask()
        // A block that search never heard of: the file is whole, and its index is not.
        try fixture.store.writeAndWait { writer in
            try writer.db.execute(sql: "INSERT INTO blocks_search (blocks_search) VALUES ('delete-all')")
            try writer.db.execute(sql: "DELETE FROM blocks_search_data WHERE id > 1")
            try writer.db.execute(sql: "UPDATE blocks_search_docsize SET sz = x'FF'")
        }
        let damaged = try? refusal(fixture, fixture.folder + "/copy.db")
        if let damaged { #expect(damaged.code == .badInput) }
        try fixture.store.writeAndWait { writer in
            try writer.db.execute(sql: "PRAGMA writable_schema = ON")
            try writer.db.execute(
                sql: "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'jobs') "
                    + "WHERE name = 'pools'")
        }
        let refused = try refusal(fixture, fixture.folder + "/second.db")
        #expect(refused.code == .badInput && refused.message.contains("damaged"))
        #expect(namesInFolder(fixture.folder).filter { $0.hasPrefix("second") } == [])
    }
}
