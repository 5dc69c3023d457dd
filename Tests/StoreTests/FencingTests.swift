import GRDB
import Glibc
import Model
import Synchronization
import Testing

@testable import Store

@Suite struct `Ownership in the store` {
    let fixture: StoreFixture
    let block = BlockKey(message: "m", index: 0)

    init() throws { fixture = try StoreFixture() }

    private func another() throws -> (lock: CoordinatorLock, fence: Fence) {
        let id = Identifier.random()
        let lock = try CoordinatorLock.acquire(id, in: fixture.store.stateFolder + "/coordinators")
        return (
            lock, try fixture.store.writeAndWait { try $0.register(id, pid: 1, kind: "test", at: StoreFixture.time) }
        )
    }

    @Test func `a coordinator whose work was taken over writes nothing any more`() async throws {
        let question = try fixture.ask()
        let other = try another()
        let errors = Mutex<[String]>([])
        fixture.store.onError = { error in errors.withLock { $0.append(error.map { "\($0)" } ?? "well") } }
        fixture.store.record(question.slice(to: 5, [.textDelta(block, "hello")]))
        let fence = fixture.fence
        let adoption = try await fixture.store.write(.full, as: other.fence) {
            try $0.adopt(coordinator: fence.coordinator, at: fence.epoch, into: other.fence, at: StoreFixture.time)
        }
        #expect(adoption?.sessions.map(\.id) == [question.session])
        #expect(adoption?.sessions.first?.offset == 5)
        #expect(adoption?.sessions.first?.epoch == 2)
        #expect(adoption?.runs.map(\.id) == [question.run])
        #expect(adoption?.runs.first?.owner == other.fence.coordinator)
        fixture.store.record(question.slice(to: 9, [.textDelta(block, "late")]))
        await #expect(throws: StoreError.fenced(fence)) {
            try await fixture.store.write(.full, as: fence) {
                try $0.heartbeat(fence.coordinator, at: StoreFixture.time)
            }
        }
        #expect(try fixture.store.read { try $0.committedOffset(session: question.session) } == 5)
        #expect(errors.withLock { $0.count } == 1)
        let again = try await fixture.store.write(.full, as: other.fence) {
            try $0.adopt(coordinator: fence.coordinator, at: fence.epoch, into: other.fence, at: StoreFixture.time)
        }
        #expect(again == nil, "the second adopter is too late")
    }

    @Test func `a lock that is given back is free, though a child that was just forked shares it`() throws {
        let held = try another()
        let shared = try #require(
            (0..<Int32(65_536)).first { descriptor in
                var name = [UInt8](repeating: 0, count: 4096)
                let length = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
                return length > 0 && String(decoding: name.prefix(length), as: UTF8.self) == held.lock.path
            }.map { dup($0) })
        defer { close(shared) }
        let folder = fixture.store.stateFolder + "/coordinators"
        #expect(CoordinatorLock.isHeld(held.fence.coordinator, in: folder))
        held.lock.release(leavesWork: true)
        #expect(!CoordinatorLock.isHeld(held.fence.coordinator, in: folder))
    }

    @Test func `an adopter never reads again what closed a message in the middle of a slice`() async throws {
        let question = try fixture.ask()
        let other = try another()
        fixture.store.record(
            question.slice(
                to: 7,
                [
                    .textDelta(block, "whole"), .textBlock(block, "whole"),
                    .closeMessage(question.message, .completed, content: nil, failure: nil),
                ]))
        let fence = fixture.fence
        let adoption = try await fixture.store.write(.full, as: other.fence) {
            try $0.adopt(coordinator: fence.coordinator, at: 1, into: other.fence, at: StoreFixture.time)
        }
        #expect(adoption?.sessions.first?.offset == 7)
    }

    @Test func `an adopter goes on with text that was in the log alone`() async throws {
        let question = try fixture.ask()
        let other = try another()
        let later = BlockKey(message: "m", index: 1)
        fixture.store.record(
            question.slice(
                to: 5,
                [.textDelta(block, "wrong"), .textReset(block), .textDelta(block, "Hello "), .textDelta(later, "wor")]))
        try await fixture.store.flush()
        let fence = fixture.fence
        _ = try await fixture.store.write(.full, as: other.fence) {
            try $0.adopt(coordinator: fence.coordinator, at: 1, into: other.fence, at: StoreFixture.time)
        }
        var slice = RecordedSlice(session: question.session, fence: other.fence, offset: 9)
        slice.append(.textDelta(later, "ld"), end: 9, at: StoreFixture.time)
        slice.append(.textBlock(block, "Hello "), end: 9, at: StoreFixture.time)
        fixture.store.record(slice)
        try await fixture.store.write(.full, as: other.fence) {
            try $0.endSession(question.session, Outcome(state: .completed), exit: nil, at: StoreFixture.time)
            try $0.completeMessage(question.message, .completed, at: StoreFixture.time)
        }
        let message = try fixture.store.read { try $0.message(question.message) }
        #expect(message?.content == "Hello world")
        #expect(message?.status == .completed)
    }

    @Test func `an adopter keeps text that waited while another block was taken back`() async throws {
        let question = try fixture.ask()
        let other = try another()
        let later = BlockKey(message: "m", index: 1)
        let fence = fixture.fence
        let slice = question.slice(to: 5, [.textDelta(block, "wrong"), .textDelta(later, "kept"), .textReset(block)])
        // In one transaction, so that nothing is written because its time has come.
        _ = try await fixture.store.write(.full, as: other.fence) { writer in
            try writer.apply(slice)
            return try writer.adopt(
                coordinator: fence.coordinator, at: 1, into: other.fence, at: StoreFixture.time)
        }
        #expect(try fixture.store.read { try $0.message(question.message)?.content } == "kept")
    }

    @Test func `a dead coordinator is one that owns unfinished work while its lock is free`() throws {
        let question = try fixture.ask()
        #expect(try fixture.store.read { try $0.deadCoordinators() }.isEmpty)
        #expect(try fixture.store.read { try $0.session(question.session)?.isOrphaned } == false)
        #expect(CoordinatorLock.holders(in: fixture.store.stateFolder + "/coordinators") == [fixture.fence.coordinator])
        fixture.lock.release()
        #expect(try fixture.store.read { try $0.deadCoordinators() }.map(\.id) == [fixture.fence.coordinator])
        #expect(try fixture.store.read { try $0.session(question.session)?.isOrphaned } == true)
    }

    @Test func `coordinators that ended long ago and own nothing are forgotten`() throws {
        let question = try fixture.ask()
        let (ended, fresh, next) = (Identifier.random(), Identifier.random(), Identifier.random())
        let day: Int64 = 86_400_000
        @Sendable func time(_ days: Int64) -> Timestamp {
            Timestamp(milliseconds: StoreFixture.time.milliseconds + days * day)
        }
        try fixture.store.writeAndWait { writer in
            for id in [ended, fresh] { _ = try writer.register(id, pid: 1, kind: "test", at: time(0)) }
            try writer.release(ended, at: time(1))
            try writer.release(question.fence.coordinator, at: time(1))
            try writer.release(fresh, at: time(3))
            _ = try writer.register(next, pid: 1, kind: "test", at: time(3))
            try writer.forgetCoordinators(endedBefore: time(2))
        }
        let left = try fixture.store.read { try String.fetchAll($0.db, sql: "SELECT id FROM coordinators") }
        // One that owns work still is told from one that nobody knows.
        #expect(Set(left) == Set([question.fence.coordinator, fresh, next].map(\.text)))
    }

    @Test func `a lock is held once, by whichever descriptor`() throws {
        let folder = fixture.store.stateFolder + "/coordinators"
        #expect(CoordinatorLock.isHeld(fixture.lock.id, in: folder))
        #expect(throws: TuttiError.self) { try CoordinatorLock.acquire(fixture.lock.id, in: folder) }
        #expect(!CoordinatorLock.isHeld(.random(), in: folder))
        // What dead ones left is tidied up, unless somebody must still take it over.
        let (left, empty) = (Identifier.random(), Identifier.random())
        for id in [left, empty] { try CoordinatorLock.acquire(id, in: folder).release(leavesWork: true) }
        CoordinatorLock.removeAbandoned(in: folder) { [left] }
        func isThere(_ id: Identifier) -> Bool { access("\(folder)/\(id.text).lock", F_OK) == 0 }
        #expect(isThere(left) && !isThere(empty) && isThere(fixture.lock.id))
        // A lock whose file was removed under its holder does not take a later holder's away.
        let old = try CoordinatorLock.acquire(left, in: folder)
        #expect(unlink("\(folder)/\(left.text).lock") == 0)
        let new = try CoordinatorLock.acquire(left, in: folder)
        old.release()
        #expect(isThere(left) && CoordinatorLock.isHeld(left, in: folder))
        new.release()
        #expect(!isThere(left))
    }

    @Test func `a write that fails leaves nothing behind and does not disturb its neighbours`() async throws {
        struct Refusal: Error {}
        let question = try fixture.ask()
        fixture.store.record(question.slice(to: 3, [.textDelta(block, "abc")]))
        let store = fixture.store
        let bad = Task {
            try await store.write(.full) { writer in
                try writer.restartMessage(question.message)
                try writer.setRun(question.run, .failed, at: StoreFixture.time)
                throw Refusal()
            }
        }
        fixture.store.record(question.slice(to: 6, [.textDelta(block, "def")]))
        await #expect(throws: Refusal.self) { try await bad.value }
        try await fixture.store.write(.full) {
            try $0.completeMessage(question.message, .completed, at: StoreFixture.time)
        }
        #expect(try fixture.store.read { try $0.run(question.run)?.state } == .running)
        #expect(try fixture.store.read { try $0.message(question.message)?.content } == "abcdef")
    }

    @Test func `a run that goes on is not put back into the queue`() throws {
        let question = try fixture.ask()
        let reopened = try fixture.store.writeAndWait {
            try $0.reopenRun(question.run, owner: nil, at: StoreFixture.time)
        }
        #expect(!reopened)
        #expect(try fixture.store.read { try $0.run(question.run)?.owner } == fixture.fence.coordinator)
    }

    @Test func `what is over stays over`() async throws {
        let question = try fixture.ask()
        let time = StoreFixture.time
        let answers = try await fixture.store.write { writer in
            [
                try writer.setJob(question.job, .cancelled, at: time),
                try writer.setJob(question.job, .completed, at: time),
                try writer.endSession(question.session, Outcome(state: .cancelled), exit: nil, at: time),
                try writer.endSession(question.session, Outcome(state: .completed), exit: nil, at: time),
                try writer.completeMessage(question.message, .cancelled, at: time),
                try writer.completeMessage(question.message, .completed, content: "x", at: time),
            ]
        }
        #expect(answers == [true, false, true, false, true, false])
        await #expect(throws: StoreError.self) {
            try await fixture.store.write { try $0.setRun(.random(), .completed, at: time) }
        }
        #expect(try fixture.store.read { try $0.job(question.job)?.state } == .cancelled)
        #expect(try fixture.store.read { try $0.session(question.session)?.state } == .cancelled)
    }
}
