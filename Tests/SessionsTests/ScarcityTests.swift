import Glibc
import Model
import Sessions
import TestSupport
import Testing

/// What is short, and what is left over; each in a process of its own, since limits and leaks are the whole process's.
@Suite struct ScarcityTests {
    @Test func `with few descriptors all sessions end, and most wait for their turn`() async {
        await #expect(processExitsWith: .success) {
            // T22: `prlimit --nofile`, many more jobs than that. The limit is on numbers, and none above it may be open:
            // Foundation could not close them in a child. So the numbers below are used up but for some.
            let taken = Set(ProcessTable.descriptors(of: getpid()).keys)
            let numbers = max(64, (taken.max() ?? 0) + 1)
            let free = (0..<numbers).filter { !taken.contains($0) }
            for _ in free.dropFirst(45) { _ = open("/dev/null", O_RDONLY | O_CLOEXEC) }
            var limit = rlimit(rlim_cur: UInt(numbers), rlim_max: UInt(numbers))
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            try await onStage { stage in
                let plans = (0..<120).map { _ in stage.plan(["--lines", "2", "--linger", "20"]) }
                for plan in plans { stage.current.start(plan) }
                for plan in plans {
                    let end = try await stage.end(of: plan.id, limit: TestTime.stretched(.seconds(30)))
                    try #require(end.outcome.state == .completed, "\(end.outcome)")
                }
            }
        }
    }

    @Test func `sessions leave no descriptor, thread or zombie behind`() async {
        await #expect(processExitsWith: .success) {
            // T24, in small.
            try await onStage { stage in
                func run(_ count: Int) async throws {
                    let plans = (0..<count).map { _ in stage.plan(["--lines", "2"]) }
                    for plan in plans { stage.current.start(plan) }
                    for plan in plans { _ = try await stage.end(of: plan.id) }
                }
                try await run(40)
                let base = ProcessTable.descriptors(of: getpid()).count
                for _ in 0..<5 { try await run(40) }
                // The hosts themselves end a moment after their records.
                let deadline = Deadline()
                while ProcessTable.descriptors(of: getpid()).count > base + 8 || hasZombies() {
                    try #require(!deadline.hasPassed, "\(ProcessTable.descriptors(of: getpid()))")
                    sched_yield()
                }
            }
        }
    }
}

private func hasZombies() -> Bool {
    ProcessTable.all().contains { ProcessTable.parent(of: $0) == getpid() && ProcessTable.state(of: $0) == "Z" }
}
