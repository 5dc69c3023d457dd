import Foundation

/// Runs `body`, which may block, on a thread of its own, so that the two threads of the concurrency pool stay free.
///
/// It stays in the task of the test, so that a failed expectation is counted for it.
package func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withTaskExecutorPreference(OwnThread()) { try await immediately(body) }
}

/// `body` as something that an executor can run.
@concurrent private func immediately<T: Sendable>(_ body: @Sendable () throws -> T) async throws -> T { try body() }

/// Runs each job on a new thread.
private final class OwnThread: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let thread = Thread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}
