import Model
import Scheduler

/// A queue with names instead of identifiers, and a clock that the test moves.
struct Desk {
    var queue: JobQueue
    var now = Duration.zero
    private(set) var last: [JobQueue.Action] = []

    init(policy: JobQueue.Policy = JobQueue.Policy(), seed: UInt64 = 1) {
        queue = JobQueue(policy: policy, seed: seed)
    }

    /// Tells the queue something and returns the names of the jobs that start.
    @discardableResult mutating func tell(_ event: JobQueue.Event) -> [String] {
        last = queue.handle(event, at: now)
        return started
    }

    /// The names of the jobs that the last event started, in order.
    var started: [String] {
        last.compactMap { if case .start(let job, _) = $0 { Desk.name(job) } else { nil } }
    }

    /// The names and states of the jobs that the last event ended.
    var finished: [String] {
        last.compactMap { if case .finish(let job, let state, _) = $0 { "\(Desk.name(job)) \(state)" } else { nil } }
    }

    /// Why the jobs that the last event ended did so.
    var reasons: [String] {
        last.compactMap { if case .finish(_, _, let failure?) = $0 { failure.message } else { nil } }
    }

    /// The names and states of the jobs that the last event wrote down.
    var recorded: [String] {
        last.compactMap { if case .record(let job, let state, _) = $0 { "\(Desk.name(job)) \(state)" } else { nil } }
    }

    @discardableResult mutating func add(_ jobs: QueuedJob..., groups: [JobGroup] = []) -> [String] {
        tell(.add(jobs, groups: groups, together: false))
    }

    @discardableResult mutating func limit(_ pool: Pool, _ max: Int?, reserve: Int = 0) -> [String] {
        tell(.limit(pool, PoolLimit(max: max, reserve: reserve)))
    }

    /// The job's attempt ends well.
    @discardableResult mutating func complete(_ name: String) -> [String] {
        tell(.attemptEnded(job: id(name), JobQueue.AttemptEnd(.completed)))
    }

    /// The job's attempt fails.
    @discardableResult mutating func fail(
        _ name: String, _ kind: FailureClass, after: Double? = nil
    ) -> [String] {
        tell(
            .attemptEnded(
                job: id(name),
                JobQueue.AttemptEnd(.failed, Failure(kind, "made up", retryAfterSeconds: after))))
    }

    @discardableResult mutating func pass(_ time: Duration) -> [String] {
        now += time
        return tell(.tick)
    }

    /// What the job waits for, as a sentence.
    func why(_ name: String) -> String? { queue.waiting(id(name), at: now)?.sentence }

    private static func name(_ id: Identifier) -> String {
        String(id.text.drop { $0 == "0" }).lowercased()
    }
}

/// The identifier for a short name of letters and digits without i, l, o and u.
func id(_ name: String) -> Identifier {
    let text = String(repeating: "0", count: max(0, 16 - name.count)) + name
    return Identifier(text) ?? Identifier.random()
}

/// A job with this name, of a run called `r` unless said otherwise.
func job(
    _ name: String, run: String = "r", _ change: (inout QueuedJob) -> Void = { _ in }
) -> QueuedJob {
    var job = QueuedJob(id(name), run: id(run), name: name)
    change(&job)
    return job
}
