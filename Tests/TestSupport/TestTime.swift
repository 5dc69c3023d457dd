import Glibc

/// How long tests wait: one constant, stretched by `TUTTI_TEST_SLOW`.
package enum TestTime {
    /// The factor of `TUTTI_TEST_SLOW`: 5 unless said otherwise, 1 where time bounds are meant exactly.
    package static let slowness: Double = {
        guard let text = environmentVariable("TUTTI_TEST_SLOW"), let value = Double(text), value > 0 else { return 5 }
        return value
    }()

    /// The longest that a test waits for something that must happen: 6 s, stretched.
    package static let limit: Duration = stretched(.seconds(6))

    /// `duration` times the factor: for bounds on how long something may take.
    package static func stretched(_ duration: Duration) -> Duration { duration * slowness }

    /// The monotonic clock, as a distance from an arbitrary origin.
    package static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The processor time that the calling thread has used.
    package static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// How long `body` took.
    package static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let start = now()
        try body()
        return now() - start
    }
}

/// A moment by which something must have happened.
package struct Deadline: Sendable {
    private let end: Duration

    /// The moment `duration` from now.
    package init(_ duration: Duration = TestTime.limit) { end = TestTime.now() + duration }

    /// What is left, in milliseconds rounded up, as `poll` wants it; 0 when the moment has passed.
    package var remainingMilliseconds: Int32 {
        let left = end - TestTime.now()
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    /// True when the moment has passed.
    package var hasPassed: Bool { TestTime.now() >= end }
}

/// The value of an environment variable, nil when it is not set.
package func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// What a test could not do, in words.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    /// A failure described by `description`.
    package init(_ description: String) { self.description = description }

    /// A failed system call: what was tried and the system's word.
    package init(errno code: Int32, _ tried: String) { description = "\(tried): \(String(cString: strerror(code)))" }
}
