import EventLoop
import Glibc
import TestSupport
import Testing

@Suite struct LoopTests {
    /// An actor that lives on a loop.
    actor Counter {
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        nonisolated let loop: EventLoop
        private(set) var count = 0

        init(_ loop: EventLoop) { self.loop = loop }

        func add() { count += 1 }
    }

    @Test func `posts of each thread are done in its order, and none is lost`() async throws {
        let loop = try EventLoop()
        let threads = 8
        let each = 5000
        let seen = Kept<[[Int]]>(Array(repeating: [], count: threads))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    try await onOwnThread {
                        for number in 0..<each {
                            loop.run { seen.withLock { $0[thread].append(number) } }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        await end(loop)
        for thread in 0..<threads { #expect(seen.value[thread] == Array(0..<each)) }
    }

    @Test func `the loop is the executor of its actors`() async throws {
        let loop = try EventLoop()
        let counter = Counter(loop)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { for _ in 0..<50 { await counter.add() } } }
        }
        #expect(await counter.count == 5000)
        #expect(!loop.isCurrent)
        let isInside = await withCheckedContinuation { done in
            loop.run { done.resume(returning: loop.isCurrent && counter.assumeIsolated { $0.count == 5000 }) }
        }
        #expect(isInside)
        await end(loop)
    }

    @Test func `a closed loop refuses work, and has done what came before`() async throws {
        let loop = try EventLoop()
        let done = Kept<Int>(0)
        for _ in 0..<1000 { loop.run { done.withLock { $0 += 1 } } }
        await end(loop)
        #expect(done.value == 1000)
        #expect(!loop.run {})
        await end(loop)
    }

    @Test func `timers come in their order and not before their time`() async throws {
        let loop = try EventLoop()
        let start = Monotonic.now
        let fired = Kept<[(Int, Monotonic)]>([])
        // Far enough off that all are set before the first is due.
        let waits = [330, 310, 320, 300]
        await withCheckedContinuation { (all: CheckedContinuation<Void, Never>) in
            loop.run {
                for wait in waits {
                    let timer = LoopTimer(loop) {
                        let count = fired.withLock { fired in
                            fired.append((wait, .now))
                            return fired.count
                        }
                        if count == waits.count { all.resume() }
                    }
                    timer.assumeIsolated { try? $0.set(to: start + .milliseconds(wait)) }
                }
            }
        }
        await end(loop)
        fired.withLock { fired in
            #expect(fired.map(\.0) == waits.sorted())
            for (wait, moment) in fired { #expect(moment - start >= .milliseconds(wait)) }
        }
    }

    @Test func `a timer that was set again or stopped fires as it was told last`() async throws {
        let loop = try EventLoop()
        let fired = Kept<[String]>([])
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            loop.run {
                let moved = LoopTimer(loop) { fired.withLock { $0.append("moved") } }
                let stopped = LoopTimer(loop) { fired.withLock { $0.append("stopped") } }
                let closed = LoopTimer(loop) { fired.withLock { $0.append("closed") } }
                let last = LoopTimer(loop) { done.resume() }
                let now = Monotonic.now
                moved.assumeIsolated {
                    try? $0.set(to: now)
                    try? $0.set(to: now + .milliseconds(5))
                }
                stopped.assumeIsolated {
                    try? $0.set(to: now + .milliseconds(1))
                    $0.stop()
                }
                closed.assumeIsolated {
                    try? $0.set(to: now + .milliseconds(1))
                    $0.close()
                    try? $0.set(to: now)
                }
                last.assumeIsolated { try? $0.set(to: now + .milliseconds(30)) }
            }
        }
        await end(loop)
        #expect(fired.value == ["moved"])
    }

    @Test func `signals are heard on the loop`() async throws {
        let loop = try EventLoop()
        let heard = Kept<[Int32]>([])
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            loop.run {
                let watch = SignalWatch(loop) { signal in
                    let count = heard.withLock { heard in
                        heard.append(signal)
                        return heard.count
                    }
                    if count == 1 { kill(getpid(), SIGWINCH) }
                    if count == 2 { done.resume() }
                }
                watch.assumeIsolated { try? $0.start([SIGUSR1, SIGWINCH]) }
                kill(getpid(), SIGUSR1)
            }
        }
        await end(loop)
        #expect(heard.value == [SIGUSR1, SIGWINCH])
    }

    @Test func `the end of a process is seen, also when it came before`() async throws {
        let loop = try EventLoop()
        for endsBefore in [false, true] {
            let child = try ChildProcess(endsBefore ? ["true"] : ["sleep", "1000"])
            if endsBefore { #expect(ProcessTable.waitForEnd(of: child.pid)) }
            let descriptor = try ProcessWatch.descriptor(of: child.pid)
            await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                loop.run {
                    let watch = ProcessWatch(loop) { done.resume() }
                    watch.assumeIsolated { try? $0.start(pidfd: descriptor) }
                    if !endsBefore { ProcessWatch.signal(SIGKILL, to: descriptor) }
                }
            }
            _ = try child.wait()
            #expect(throws: LoopError.self) { try ProcessWatch.descriptor(of: child.pid) }
        }
        await end(loop)
    }

    @Test func `loops come and go without leaving descriptors or threads behind`() async throws {
        await #expect(processExitsWith: .success) {
            func comeAndGo() async throws {
                let loop = try EventLoop()
                loop.run {
                    let timer = LoopTimer(loop) {}
                    timer.assumeIsolated { try? $0.set(to: .now + .seconds(1000)) }
                    let watch = SignalWatch(loop) { _ in }
                    watch.assumeIsolated { try? $0.start([SIGUSR2]) }
                }
                await end(loop)
            }
            // libuv opens what all loops share with the first.
            try await comeAndGo()
            let before = ProcessTable.descriptors(of: getpid()).count
            for _ in 0..<100 { try await comeAndGo() }
            // What the runtime opens meanwhile for itself is a handful; a loop that leaves one behind leaves a hundred.
            try #require(ProcessTable.descriptors(of: getpid()).count < before + 20)
        }
    }
}
