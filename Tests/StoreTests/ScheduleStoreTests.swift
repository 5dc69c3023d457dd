import Foundation
import GRDB
import Glibc
import Model
import TestSupport
import Testing

@testable import Store

@Suite struct `Schedules in the store` {
    private func draft(_ name: String = "nightly", cron: String = "0 3 * * *") -> ScheduleDraft {
        ScheduleDraft(
            name: name, file: "/p/nightly.batch.yaml", directory: "/p", origin: .file, cron: cron,
            timeZone: "Europe/Zurich", grace: .seconds(7200), jitter: .seconds(5), inputs: ["question": "why"],
            trusted: ["/p/nightly.batch.yaml": "abc"], createdAt: StoreFixture.time)
    }

    private func later(_ minutes: Int64) -> Timestamp {
        Timestamp(milliseconds: StoreFixture.time.milliseconds + minutes * 60_000)
    }

    @Test func `a store of version 2 gets the table and keeps what it holds`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let path = folder.file("t.db")
            let schema = Schema(migrations: Array(Schema.current.migrations.prefix(2)))
            let old = try Store.open(
                Opening(path: path, access: .readWrite, stateHome: folder.file("state"), schema: schema))
            let run = RunDraft(createdAt: StoreFixture.time)
            try old.writeAndWait { _ = try $0.insert(run) }
            old.close()
            let new = try Store.open(path, access: .readWrite, stateHome: folder.file("state"))
            defer { new.close() }
            #expect(try new.read { try $0.run(run.id)?.id } == run.id)
            #expect(try new.read { try $0.schedules() }.isEmpty)
            let id = try new.writeAndWait { [draft = draft()] in try $0.put(draft) }
            #expect(try new.read { try $0.schedules().map(\.id) } == [id])
            #expect(contents(of: path + ".backup-v2") != nil)
        }
    }

    @Test func `a schedule is read back as it was written`() throws {
        let fixture = try StoreFixture()
        let draft = draft()
        try fixture.store.writeAndWait { _ = try $0.put(draft) }
        let row = try #require(try fixture.store.read { try $0.schedules() }.first)
        #expect(row.draft == draft)
        #expect(row.place == SchedulePlace(last: StoreFixture.time))
        #expect(row.run == nil && row.trouble == nil && row.fired == nil)
    }

    @Test func `written again it stays itself, and forgets its past only with its times`() throws {
        let fixture = try StoreFixture()
        let id = try fixture.store.writeAndWait { [draft = draft()] in try $0.put(draft) }
        let old = SchedulePlace(last: StoreFixture.time)
        let new = SchedulePlace(last: later(1), waiting: later(1))
        let hasMoved = try fixture.store.writeAndWait { [at = later(1)] in
            try $0.move(schedule: id, from: old, to: new, trouble: "the file changed", at: at)
        }
        #expect(hasMoved)
        var changed = draft()
        changed.id = .random()
        changed.inputs = ["question": "how"]
        changed.createdAt = later(9)
        let again = try fixture.store.writeAndWait { [changed] in try $0.put(changed) }
        #expect(again == id)
        var row = try fixture.store.read { try $0.schedule(named: "nightly") }
        #expect(row.place == new && row.trouble == nil && row.draft.inputs == ["question": "how"])
        changed.cron = "0 4 * * *"
        try fixture.store.writeAndWait { [changed] in _ = try $0.put(changed) }
        row = try fixture.store.read { try $0.schedule(named: "nightly") }
        #expect(row.id == id && row.place == SchedulePlace(last: later(9)) && row.draft.cron == "0 4 * * *")
    }

    @Test func `of two that move a schedule on from one place, one does`() throws {
        let fixture = try StoreFixture()
        let id = try fixture.store.writeAndWait { [draft = draft()] in try $0.put(draft) }
        let old = SchedulePlace(last: StoreFixture.time)
        let moved = try (0..<2).map { _ in
            try fixture.store.writeAndWait { [new = SchedulePlace(last: later(1)), at = later(1)] in
                try $0.move(schedule: id, from: old, to: new, trouble: nil, at: at)
            }
        }
        #expect(moved == [true, false])
        #expect(try fixture.store.writeAndWait { try $0.removeSchedule(id) })
        let gone = try fixture.store.writeAndWait { [new = SchedulePlace(last: later(2)), at = later(1)] in
            try $0.move(schedule: id, from: SchedulePlace(last: at), to: new, trouble: nil, at: at)
        }
        #expect(!gone)
    }

    @Test func `its runs are found by their keys, and those of another are not`() throws {
        let fixture = try StoreFixture()
        let (one, two) = (Identifier.random(), Identifier.random())
        func run(_ key: String, _ state: RunState = .queued) throws -> Identifier {
            let draft = RunDraft(key: key, createdAt: StoreFixture.time)
            try fixture.store.writeAndWait { writer in
                _ = try writer.insert(draft)
                if state.isFinal { try writer.setRun(draft.id, state, at: StoreFixture.time) }
            }
            return draft.id
        }
        let first = try run(ScheduleRow.keyPrefix(of: one) + "2026-01-01T00:00:00.000Z")
        _ = try run(ScheduleRow.keyPrefix(of: one) + "2026-01-02T00:00:00.000Z", .completed)
        let now = try run(ScheduleRow.keyPrefix(of: one) + "now:ABC")
        _ = try run(ScheduleRow.keyPrefix(of: two) + "2026-01-01T00:00:00.000Z")
        _ = try run("schedule")
        #expect(try fixture.store.read { try $0.unfinishedRuns(ofSchedule: one) } == [first, now])
    }

    @Test func `a run that is deleted leaves its schedule`() throws {
        let fixture = try StoreFixture()
        let id = try fixture.store.writeAndWait { [draft = draft()] in try $0.put(draft) }
        let run = RunDraft(key: ScheduleRow.keyPrefix(of: id) + "now:A", createdAt: StoreFixture.time)
        try fixture.store.writeAndWait { writer in
            _ = try writer.insert(run)
            try writer.note(schedule: id, run: run.id, fired: StoreFixture.time)
        }
        #expect(try fixture.store.read { try $0.schedule(named: "nightly").run } == run.id)
        try fixture.store.writeAndWait { try $0.core.execute("DELETE FROM runs WHERE id = ?", [run.id.text]) }
        let row = try fixture.store.read { try $0.schedule(named: "nightly") }
        #expect(row.run == nil && row.runState == nil && row.fired == StoreFixture.time)
    }

    @Test func `a name goes before an identifier, and a word that fits nothing or several is refused`() throws {
        let fixture = try StoreFixture()
        let ids = try ["a", "b"].map { name in
            try fixture.store.writeAndWait { [draft = draft(name)] in try $0.put(draft) }
        }
        #expect(try fixture.store.read { try $0.schedule(named: "b").id } == ids[1])
        #expect(
            try fixture.store.read { try $0.schedule(named: String(ids[0].text.prefix(8)).lowercased()).id } == ids[0])
        let error = tuttiError { _ = try fixture.store.read { try $0.schedule(named: "none") } }
        #expect(error?.code == .notFound)
    }

    @Test func `one serves, its words can be read, and a file that is left behind keeps nobody out`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            #expect(!ServingLock.isHeld(in: folder.path) && ServingLock.holder(in: folder.path) == nil)
            let lock = try #require(try ServingLock.acquire(in: folder.path))
            #expect(ServingLock.holder(in: folder.path) == [:])
            lock.say(["pid": 17, "long": "a word that is longer than what comes after it"])
            lock.say(["pid": 18])
            #expect(ServingLock.holder(in: folder.path) == ["pid": 18])
            #expect(try ServingLock.acquire(in: folder.path) == nil)
            lock.release()
            #expect(ServingLock.holder(in: folder.path) == nil)
            var facts = stat()
            #expect(stat(folder.file("serve.lock"), &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            #expect(try ServingLock.acquire(in: folder.path) != nil)
        }
    }
}
