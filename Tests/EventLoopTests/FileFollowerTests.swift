import EventLoop
import Foundation
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

/// Follows folders on a loop of its own and keeps what it hears.
final class Following: @unchecked Sendable {
    let loop: EventLoop
    private let condition = NSCondition()
    private var bytes: [FollowedFolder: [UInt8]] = [:]
    private var heard: [FollowedFolder: [String]] = [:]
    private var follower: FileFollower?
    private var order: [FollowedFolder] = []
    /// Bytes that the last full sweep found unread.
    let unread = Atomic<Int64>(0)

    init(_ options: FollowerOptions = FollowerOptions()) throws {
        loop = try EventLoop()
        let follower = FileFollower(
            loop, growing: "spool", names: ["first", "second"], options: options,
            callbacks: FollowerCallbacks(
                bytes: { [self] folder, offset, buffer in
                    let copy = [UInt8](buffer)
                    note(folder) {
                        if bytes[folder, default: []].count != Int(offset) {
                            heard[folder, default: []].append("offset \(offset) is wrong")
                        }
                        bytes[folder, default: []] += copy
                        order.append(folder)
                    }
                },
                appeared: { [self] folder, name in note(folder) { heard[folder, default: []].append("name \(name)") } },
                reachedEnd: { [self] folder, offset in
                    note(folder) { heard[folder, default: []].append("end \(offset)") }
                },
                shrank: { [self] folder, offset, length in
                    note(folder) { heard[folder, default: []].append("shrank \(offset) \(length)") }
                },
                waits: { [self] folder in note(folder) { heard[folder, default: []].append("waits") } },
                swept: { [self] in unread.store($0, ordering: .relaxed) }))
        self.follower = follower
    }

    private func note(_ folder: FollowedFolder, _ change: () -> Void) {
        condition.withLock(change)
        condition.broadcast()
    }

    /// Does something with the follower on its loop.
    func on<T: Sendable>(_ body: @escaping @Sendable (isolated FileFollower) -> T) async -> T {
        let follower = condition.withLock { self.follower }
        return await withCheckedContinuation { done in
            loop.run { if let follower { done.resume(returning: follower.assumeIsolated { body($0) }) } }
        }
    }

    func follow(_ path: String) async -> FollowedFolder { await on { $0.follow(path) } }

    /// Waits until `isEnough` holds of a folder's bytes and what else was heard of it.
    func wait(
        _ folder: FollowedFolder, until isEnough: @escaping @Sendable ([UInt8], [String]) -> Bool
    ) async throws {
        let isThere = try await onOwnThread { [self] in
            let end = Date(timeIntervalSinceNow: TestTime.limit / .seconds(1))
            return condition.withLock {
                while !isEnough(bytes[folder] ?? [], heard[folder] ?? []) {
                    if !condition.wait(until: end) { return false }
                }
                return true
            }
        }
        if !isThere { throw TestFailure("waited in vain; heard \(heard(folder)), \(content(folder).count) bytes") }
    }

    /// Waits until `condition` holds, looking again after each of the loop's turns.
    func waitForTurns(until condition: @escaping @Sendable () -> Bool) async throws {
        let deadline = Deadline()
        while await !on({ _ in condition() }) {
            if deadline.hasPassed { throw TestFailure("waited in vain") }
        }
    }

    func content(_ folder: FollowedFolder) -> [UInt8] { condition.withLock { bytes[folder] ?? [] } }
    func heard(_ folder: FollowedFolder) -> [String] { condition.withLock { heard[folder] ?? [] } }
    var readOrder: [FollowedFolder] { condition.withLock { order } }

    func close() async {
        _ = await on { $0.close() }
        await end(loop)
        condition.withLock { follower = nil }
    }
}

@Suite struct FileFollowerTests {
    /// Ways to hear of new bytes: by inotify alone (as good as no sweep), and by the sweep alone.
    static var ways: [FollowerOptions] {
        var notified = FollowerOptions()
        notified.sweep = .seconds(1000)
        var blind = FollowerOptions()
        blind.usesInotify = false
        return [notified, blind]
    }

    private func append(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestFailure(errno: errno, "open \(path)") }
        defer { close(file) }
        try writeAll(bytes, to: file)
    }

    @Test(arguments: ways) func `single bytes and bursts all arrive, in order`(_ options: FollowerOptions) async throws
    {
        try await withTemporaryFolder { folder in
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            var random = SplitMix64(seed: printedSeed())
            var written: [UInt8] = []
            for round in 0..<200 {
                let count = round % 3 == 0 ? 1 : Int.random(in: 1...20_000, using: &random)
                let piece = (0..<count).map { UInt8(truncatingIfNeeded: written.count &+ $0 &* 7) }
                try append(piece, to: folder.file("spool"))
                written += piece
            }
            let whole = written
            try await following.wait(followed) { bytes, _ in bytes.count >= whole.count }
            #expect(following.content(followed) == whole)
            #expect(following.heard(followed).isEmpty)
            await following.close()
        }
    }

    @Test(arguments: ways) func `what was there before and what is renamed into place is told once`(
        _ options: FollowerOptions
    ) async throws {
        try await withTemporaryFolder { folder in
            try folder.write("before", to: "spool")
            try folder.write("", to: "first")
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            try await following.wait(followed) { bytes, heard in bytes.count == 6 && heard == ["name 0"] }
            try folder.write("", to: "second.new")
            rename(folder.file("second.new"), folder.file("second"))
            try await following.wait(followed) { _, heard in heard == ["name 0", "name 1"] }
            await following.close()
        }
    }

    @Test func `a busy file does not keep the others waiting`() async throws {
        try await withTemporaryFolder { folder in
            var options = FollowerOptions()
            options.bytesPerRead = 4096
            options.bytesPerTurn = 16_384
            let busy = try folder.makeFolder("busy")
            try append([UInt8](repeating: 1, count: 4_000_000), to: "\(busy)/spool")
            let following = try Following(options)
            for number in 0..<10 { try append([2], to: "\(try folder.makeFolder("quiet\(number)"))/spool") }
            // All in one turn of the loop, the busy one first.
            let all = await following.on { follower in
                [follower.follow(busy)] + (0..<10).map { follower.follow(folder.file("quiet\($0)")) }
            }
            let large = all[0]
            let quiet = all.dropFirst()
            for one in quiet { try await following.wait(one) { bytes, _ in bytes == [2] } }
            try await following.wait(large) { bytes, _ in bytes.count == 4_000_000 }
            let order = following.readOrder
            let lastQuiet = try #require(order.lastIndex { $0 != large })
            #expect(order[lastQuiet...].filter { $0 == large }.count > 100)
            await following.close()
        }
    }

    @Test func `the end is told when it has been reached, also of a file that is not there`() async throws {
        try await withTemporaryFolder { folder in
            let following = try Following()
            let empty = await following.follow(try folder.makeFolder("empty"))
            _ = await following.on { $0.readToEnd(empty) }
            try await following.wait(empty) { _, heard in heard == ["end 0"] }
            let path = try folder.makeFolder("full")
            try append([UInt8](repeating: 3, count: 1_000_000), to: "\(path)/spool")
            let full = await following.follow(path)
            _ = await following.on { $0.readToEnd(full) }
            try await following.wait(full) { bytes, heard in bytes.count == 1_000_000 && heard == ["end 1000000"] }
            await following.close()
        }
    }

    @Test(arguments: ways) func `a file that becomes shorter is told of`(_ options: FollowerOptions) async throws {
        try await withTemporaryFolder { folder in
            try folder.write("0123456789", to: "spool")
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            try await following.wait(followed) { bytes, _ in bytes.count == 10 }
            #expect(truncate(folder.file("spool"), 4) == 0)
            try await following.wait(followed) { _, heard in heard == ["shrank 10 4"] }
            await following.close()
        }
    }

    @Test func `the sweep finds what no notice told of`() async throws {
        try await withTemporaryFolder { folder in
            var options = FollowerOptions()
            options.sweep = .milliseconds(20)
            let following = try Following(options)
            // The folder is made after it is followed, so no watch could be had.
            let late = await following.follow(folder.file("late"))
            let counts = await following.on { $0.counts.withoutWatch }
            #expect(counts == 1)
            let path = try folder.makeFolder("late")
            try append([7, 8], to: "\(path)/spool")
            try await following.wait(late) { bytes, _ in bytes == [7, 8] }
            await following.close()
        }
    }

    @Test func `following and stopping a thousand times leaves nothing open`() async throws {
        try await withTemporaryFolder { folder in
            let path = try folder.makeFolder("one")
            try append([1], to: "\(path)/spool")
            let following = try Following()
            for _ in 0..<1000 {
                let followed = await following.follow(path)
                _ = await following.on { $0.stop(followed) }
            }
            let last = await following.follow(path)
            try await following.wait(last) { bytes, _ in bytes == [1] }
            let counts = await following.on { $0.counts.folders }
            #expect(counts == 1)
            let spools = ProcessTable.descriptors(of: getpid()).values.filter { $0 == "\(path)/spool" }
            #expect(spools.count <= 1)
            await following.close()
            #expect(!ProcessTable.descriptors(of: getpid()).values.contains("\(path)/spool"))
        }
    }

    @Test func `a folder that is removed while it is followed harms nobody`() async throws {
        try await withTemporaryFolder { folder in
            let path = try folder.makeFolder("gone")
            try append([1], to: "\(path)/spool")
            let following = try Following()
            let followed = await following.follow(path)
            try await following.wait(followed) { bytes, _ in bytes == [1] }
            removeTree(path)
            let other = await following.follow(try folder.makeFolder("other"))
            try append([5], to: folder.file("other/spool"))
            try await following.wait(other) { bytes, _ in bytes == [5] }
            _ = await following.on { $0.stop(followed) }
            await following.close()
        }
    }

    @Test func `a file read once keeps no descriptor, one that goes on growing keeps its own`() async throws {
        try await withTemporaryFolder { folder in
            var options = FollowerOptions()
            options.sweep = .seconds(3600)
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            let spool = folder.file("spool")
            let isOpen: @Sendable () -> Bool = { ProcessTable.descriptors(of: getpid()).values.contains(spool) }
            try append([1], to: spool)
            try await following.wait(followed) { bytes, _ in bytes == [1] }
            try await following.waitForTurns { !isOpen() }
            try append([2], to: spool)
            try await following.wait(followed) { bytes, _ in bytes == [1, 2] }
            #expect(await following.on { _ in isOpen() })
            await following.close()
            #expect(!isOpen())
        }
    }

    @Test func `notices that gather are all served, and the first after a silence at once`() async throws {
        try await withTemporaryFolder { folder in
            var options = FollowerOptions()
            options.sweep = .seconds(3600)
            // Longer than any test may wait: a first notice that was kept waiting would not come at all.
            options.gathering = .seconds(3600)
            let patient = try Following(options)
            let first = await patient.follow(try folder.makeFolder("first"))
            try append([1], to: folder.file("first/spool"))
            try await patient.wait(first) { bytes, _ in bytes == [1] }
            await patient.close()

            options.gathering = .milliseconds(20)
            let following = try Following(options)
            var followed: [FollowedFolder] = []
            for number in 0..<8 { followed.append(await following.follow(try folder.makeFolder("f\(number)"))) }
            for round in 0..<50 {
                for number in 0..<8 { try append([UInt8(round)], to: folder.file("f\(number)/spool")) }
            }
            for each in followed {
                try await following.wait(each) { bytes, _ in bytes == (0..<50).map { UInt8($0) } }
            }
            await following.close()
        }
    }

    @Test func `a silent file is closed, and opened again when it grows`() async throws {
        try await withTemporaryFolder { folder in
            var options = FollowerOptions()
            options.sweep = .milliseconds(10)
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            let spool = folder.file("spool")
            for round in 1...3 {
                try append([UInt8](repeating: 9, count: 100), to: spool)
                try await following.wait(followed) { bytes, _ in bytes.count == round * 100 }
                try await following.waitForTurns { !ProcessTable.descriptors(of: getpid()).values.contains(spool) }
            }
            _ = await following.on { $0.readToEnd(followed) }
            try await following.wait(followed) { _, heard in heard == ["end 300"] }
            await following.close()
        }
    }

    @Test(arguments: [true, false]) func `bytes that may not be read wait in their file, and are known to be there`(
        _ usesInotify: Bool
    ) async throws {
        try await withTemporaryFolder { folder in
            let isOpen = Mutex(false)
            var options = FollowerOptions()
            options.usesInotify = usesInotify
            options.sweep = .milliseconds(10)
            options.mayRead = { isOpen.withLock { $0 } }
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            try append([UInt8](repeating: 7, count: 700_000), to: folder.file("spool"))
            _ = await following.on { $0.readToEnd(followed) }
            try await following.wait(followed) { _, heard in heard.count { $0 == "waits" } >= 3 }
            #expect(following.content(followed).isEmpty)
            #expect(following.unread.load(ordering: .relaxed) == 700_000)
            isOpen.withLock { $0 = true }
            try await following.wait(followed) { _, heard in heard.contains("end 700000") }
            #expect(following.content(followed).count == 700_000)
            try await following.waitForTurns { following.unread.load(ordering: .relaxed) == 0 }
            await following.close()
        }
    }

    @Test func `another file in the place of the followed one is not read on`() async throws {
        try await withTemporaryFolder { folder in
            var options = FollowerOptions()
            options.sweep = .milliseconds(10)
            let following = try Following(options)
            let followed = await following.follow(folder.path)
            let spool = folder.file("spool")
            try append([1, 2, 3], to: spool)
            try await following.wait(followed) { bytes, _ in bytes.count == 3 }
            try await following.waitForTurns { !ProcessTable.descriptors(of: getpid()).values.contains(spool) }
            try folder.write("another text", to: "other")
            rename(folder.file("other"), spool)
            try await following.wait(followed) { _, heard in heard == ["shrank 3 0"] }
            #expect(following.content(followed) == [1, 2, 3])
            await following.close()
        }
    }
}
