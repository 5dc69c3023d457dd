import Foundation
import GRDB
import Glibc
import Model
import TestSupport
import Testing

@testable import Store

@Suite struct `Opening a store` {
    private func open(_ path: String, _ access: Store.Access = .readWrite, in folder: TemporaryFolder) throws -> Store {
        try Store.open(path, access: access, stateHome: folder.file("state"))
    }

    /// The error of an opening that must be refused, with the bytes of the file unchanged.
    private func refusal(_ path: String, _ access: Store.Access = .readWrite, in folder: TemporaryFolder) throws
        -> TuttiError
    {
        let before = contents(of: path)
        let error = try #require(throws: TuttiError.self) { try open(path, access, in: folder) }
        #expect(contents(of: path) == before)
        #expect(!error.hint.isEmpty && !error.message.isEmpty)
        return error
    }

    private func mode(_ path: String) -> mode_t {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mode & 0o777 : 0
    }

    @Test func `a new store and the folders above it belong to the owner alone`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("a/b/t.db")
            let store = try open(path, in: folder)
            defer { store.close() }
            #expect(mode(folder.file("a")) == 0o700)
            for each in ["", "-wal", "-shm", ".tick"] { #expect(mode(path + each) == 0o600, "\(each)") }
            #expect(mode(store.stateFolder + "/sessions") == 0o700)
            #expect(store.stateFolder == folder.file("state/stores/\(store.id.text)"))
        }
    }

    @Test func `an empty file is a new store, and a symbolic link leads to one`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = try folder.write("", to: "t.db")
            let link = folder.file("link.db")
            #expect(symlink(path, link) == 0)
            let store = try open(link, in: folder)
            #expect(store.path == path)
            #expect(Store.tickPath(for: link) == path + ".tick")
            let id = store.id
            store.close()
            let again = try open(path, .readOnly, in: folder)
            #expect(again.id == id)
            again.close()
        }
    }

    @Test func `reading where nothing is says so and creates nothing`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            #expect(try refusal(folder.file("none.db"), .readOnly, in: folder).code == .notFound)
            #expect(namesInFolder(folder.path).isEmpty)
        }
    }

    @Test func `what cannot be a store is refused with its reason and left as it was`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let directory = try folder.makeFolder("folder.db")
            #expect(try refusal(directory, in: folder).code == .cannotCreate)
            let text = try folder.write(String(repeating: "not a database ", count: 100), to: "text.db")
            #expect(try refusal(text, in: folder).code == .badInput)
            #expect(try refusal(text, .readOnly, in: folder).code == .badInput)
            let file = try folder.write("x", to: "file")
            #expect(try refusal(file + "/t.db", in: folder).code == .cannotCreate)
            let foreign = folder.file("foreign.db")
            let queue = try DatabaseQueue(path: foreign)
            try queue.write { try $0.execute(sql: "CREATE TABLE mine (x)") }
            try queue.close()
            let error = try refusal(foreign, in: folder)
            #expect(error.code == .badInput)
            #expect(error.message.contains("another program"))
            let original = folder.file("t.db")
            try open(original, in: folder).close()
            #expect(Glibc.link(original, folder.file("hard.db")) == 0)
            #expect(try refusal(original, in: folder).message.contains("hard links"))
        }
    }

    @Test func `a damaged store is refused and never deleted`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            try open(path, in: folder).close()
            var bytes = try #require(contents(of: path))
            for index in 100..<4096 { bytes[index] = 0xAA }
            try folder.write(bytes, to: "t.db")
            let error = try refusal(path, in: folder)
            #expect(error.code == .badInput)
            #expect(error.hint.contains("corrupt"))
        }
    }

    @Test func `a store without write permission is refused for writing`() throws {
        guard geteuid() != 0 else { return }
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let inner = try folder.makeFolder("inner")
            let path = inner + "/t.db"
            try open(path, in: folder).close()
            chmod(path, 0o400)
            #expect(try refusal(path, in: folder).code == .notAllowed)
            chmod(path, 0o600)
            chmod(inner, 0o500)
            defer { chmod(inner, 0o700) }
            #expect(try refusal(path, in: folder).code == .notAllowed)
            #expect(try refusal(inner + "/new.db", in: folder).code == .notAllowed)
        }
    }

    @Test func `a network file system is refused before anything is written`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            for magic in [0x6969, 0xFE53_4D42, 0x6573_5546] {
                let opening = Opening(
                    path: folder.file("t.db"), access: .readWrite, stateHome: folder.file("state"), schema: .current,
                    fileSystemType: { _ in magic })
                let error = try #require(throws: TuttiError.self) { try Store.open(opening) }
                #expect(error.code == .badConfiguration)
                #expect(error.message.contains("network file system"))
            }
            #expect(namesInFolder(folder.path).isEmpty)
        }
    }

    @Test func `a newer store is refused without a write`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            try open(path, in: folder).close()
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "PRAGMA user_version = 99") }
            try queue.close()
            for access in [Store.Access.readWrite, .readOnly] {
                let error = try refusal(path, access, in: folder)
                #expect(error.message.contains("newer"))
                #expect(error.code == .badConfiguration)
            }
        }
    }

    @Test(arguments: [false, true])
    func `an older store is migrated after a backup, by readers too, and only while nobody works with it`(
        _ readsFirst: Bool
    ) throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            let first = try open(path, in: folder)
            let run = RunDraft(createdAt: StoreFixture.time)
            try first.writeAndWait { _ = try $0.insert(run) }
            let state = first.stateFolder
            first.close()
            var schema = Schema.current
            schema.migrations.append(
                Schema.Migration(version: Schema.current.version + 1) {
                    try $0.execute(sql: "ALTER TABLE runs ADD COLUMN colour TEXT")
                })
            let opening = Opening(path: path, access: .readWrite, stateHome: folder.file("state"), schema: schema)
            let coordinator = Identifier.random()
            let lock = try CoordinatorLock.acquire(coordinator, in: state + "/coordinators")
            let refused = try #require(throws: TuttiError.self) { try Store.open(opening) }
            #expect(refused.code == .tryAgain && refused.message.contains(coordinator.short))
            // Every command of this program would say the same.
            #expect(!refused.hint.contains("tutti"))
            var reading = opening
            reading.access = .readOnly
            #expect(try #require(throws: TuttiError.self) { try Store.open(reading) }.code == .tryAgain)
            lock.release()
            if readsFirst {
                let looking = try Store.open(reading)
                #expect(try looking.read { try $0.run(run.id)?.id } == run.id)
                looking.close()
                #expect(contents(of: path + ".backup-v\(Schema.current.version)") != nil)
            }
            let second = try Store.open(opening)
            #expect(try second.read { try $0.run(run.id)?.id } == run.id)
            second.close()
            let backup = try open(path + ".backup-v\(Schema.current.version)", .readOnly, in: folder)
            #expect(try backup.read { try $0.run(run.id)?.id } == run.id)
            backup.close()
            #expect(mode(path + ".backup-v\(Schema.current.version)") == 0o600)
            #expect(try refusal(path, in: folder).message.contains("newer"))
        }
    }

    @Test func `whoever finds a store that another one has migrated meanwhile keeps that one's copy of the old`() throws
    {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            try open(path, in: folder).close()
            let kept = try folder.write("the old one", to: "t.db.backup-v1")
            let opening = Opening(path: path, access: .readWrite, stateHome: folder.file("state"), schema: .current)
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            try opening.keepCopy(of: queue, version: 1, at: path)
            #expect(contents(of: kept) == Array("the old one".utf8))
            #expect(contents(of: kept + ".part") == nil)
            try opening.keepCopy(of: queue, version: Schema.current.version, at: path)
            #expect(contents(of: "\(path).backup-v\(Schema.current.version)") != nil)
        }
    }

    @Test func `a copy is read and not worked with, as long as its original is there`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let (path, copy) = (folder.file("t.db"), folder.file("copy.db"))
            let store = try open(path, in: folder)
            try store.backup(to: copy)
            store.close()
            let refused = try refusal(copy, in: folder)
            #expect(refused.code == .badConfiguration && refused.message.contains(path), "\(refused.message)")
            let reading = try open(copy, .readOnly, in: folder)
            #expect(reading.id == store.id && reading.stateFolder == store.stateFolder)
            reading.close()
            // The original may be moved, and a copy may take its place or another.
            let moved = folder.file("moved.db")
            try #require(rename(path, moved) == 0)
            try open(moved, in: folder).close()
            #expect(try refusal(copy, in: folder).message.contains(moved))
            try #require(rename(moved, folder.file("away")) == 0 && rename(copy, path) == 0)
            try open(path, in: folder).close()
            // What stands in its place is another store: it has nothing to do with this one.
            try #require(rename(path, folder.file("kept.db")) == 0)
            let other = try open(path, in: folder)
            #expect(other.id != store.id)
            other.close()
            try open(folder.file("kept.db"), in: folder).close()
        }
    }

    @Test func `a migration that fails leaves the old schema`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            try open(path, in: folder).close()
            var schema = Schema.current
            schema.migrations.append(
                Schema.Migration(version: Schema.current.version + 1) {
                    try $0.execute(sql: "CREATE TABLE half (x); CREATE TABLE runs (x)")
                })
            let opening = Opening(path: path, access: .readWrite, stateHome: folder.file("state"), schema: schema)
            #expect(throws: TuttiError.self) { try Store.open(opening) }
            let store = try open(path, in: folder)
            #expect(try store.read { try $0.db.tableExists("half") } == false)
            store.close()
        }
    }

    @Test func `a damaged store is set aside only when asked, and a copy is made while it is written`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            let store = try open(path, in: folder)
            let run = RunDraft(createdAt: StoreFixture.time)
            try store.writeAndWait { _ = try $0.insert(run) }
            #expect(try store.damage().isEmpty)
            try store.backup(to: folder.file("copy.db"))
            let refused = #expect(throws: TuttiError.self) { try store.backup(to: folder.file("copy.db")) }
            #expect(refused?.code == .cannotCreate)
            store.close()
            let copy = try open(folder.file("copy.db"), .readOnly, in: folder)
            #expect(try copy.read { try $0.run(run.id)?.id } == run.id)
            copy.close()
            let before = contents(of: path)
            let aside = try Store.setAside(path, at: StoreFixture.time)
            #expect(aside.hasPrefix(path + ".corrupt-2026"))
            #expect(contents(of: aside) == before)
            #expect(contents(of: path) == nil)
        }
    }

    @Test func `reading works beside a writer and after it`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            let writer = try open(path, in: folder)
            let reader = try open(path, .readOnly, in: folder)
            let run = RunDraft(createdAt: StoreFixture.time)
            try writer.writeAndWait { _ = try $0.insert(run) }
            #expect(try reader.read { try $0.runs().map(\.id) } == [run.id])
            #expect(throws: StoreError.notWritable) { try reader.writeAndWait { _ = try $0.insert(run) } }
            writer.close()
            #expect(try reader.read { try $0.runs().map(\.id) } == [run.id])
            reader.close()
        }
    }

    @Test func `many that open a new store at once get the same one`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.file("t.db")
            let ids = try await withThrowingTaskGroup(of: Identifier.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await onOwnThread {
                            let store = try Store.open(path, access: .readWrite, stateHome: folder.file("state"))
                            defer { store.close() }
                            return store.id
                        }
                    }
                }
                return try await group.reduce(into: Set<Identifier>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `everybody looks for living coordinators in one place, whatever their state home is`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            func open(_ home: String, _ access: Store.Access = .readWrite) throws -> Store {
                try Store.open(path, access: access, stateHome: folder.file(home))
            }
            let first = try open("one")
            let coordinator = Identifier.random()
            let lock = try CoordinatorLock.acquire(coordinator, in: first.stateFolder + "/coordinators")
            for access in [Store.Access.readWrite, .readOnly] {
                let other = try open("other", access)
                #expect(other.stateFolder == first.stateFolder)
                #expect(CoordinatorLock.holders(in: other.stateFolder + "/coordinators") == [coordinator])
                other.close()
            }
            lock.release()
            first.close()
            // Nobody lives in a folder that is gone, nor in one that another store names.
            try FileManager.default.removeItem(atPath: folder.file("one"))
            let moved = try open("other")
            #expect(moved.stateFolder == folder.file("other/stores/\(moved.id.text)"))
            try moved.writeAndWait {
                try $0.db.execute(sql: "UPDATE store SET value = '/tmp' WHERE key = 'state_folder'")
            }
            moved.close()
            let again = try open("third")
            #expect(again.stateFolder == folder.file("third/stores/\(again.id.text)"))
            again.close()
        }
    }

    @Test func `every type of event has a number of its own`() {
        #expect(Set(EventType.allCases.map(\.number)).count == EventType.allCases.count)
        for type in EventType.allCases { #expect(EventType.numbered(type.number) == type) }
    }
}
