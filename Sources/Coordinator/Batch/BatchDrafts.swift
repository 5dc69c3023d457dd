import Batch
import Model
import Scheduler
import Sessions
import Settings
import Store

/// Makes the rows of the store for parts of a batch.
struct BatchDrafts {
    let run: Identifier
    let project: String
    let spec: RunSpec
    let configuration: Configuration
    let plan: BatchPlan

    /// One job with the thread and the message that its answer goes to.
    struct Draft {
        var thread: ThreadDraft
        var message: MessageDraft
        var job: JobDraft
        var spec: JobSpec
    }

    /// The draft of one part; `position` is its place in the run.
    func draft(_ place: BatchPlace, name: String, position: Int, at time: Timestamp) -> Draft {
        let shape = plan.shape(of: place.job, row: place.row)
        let module = shape.module.flatMap { configuration.module($0) }
        let isCommand = place.role != .row || plan.file.job(place.job)?.kind == .run
        var own = JobSpec(
            provider: isCommand ? BatchDrafts.command : shape.provider ?? module?.provider ?? configuration.provider,
            model: shape.model ?? module?.model ?? configuration.model,
            limits: PreparedRun.limits(
                configuration, timeouts: shape.timeouts(over: configuration.timeouts(for: module))))
        own.module = shape.module
        own.place = place
        own.share = shape.fairShare
        own.queueTimeout = shape.queueTimeout
        let retry = PreparedRun.policy(shape.retry(over: configuration.retry, ofCommand: isCommand))
        if retry != spec.retry { own.retry = retry }
        own.pools = shape.pools.map { name in
            RunSpec.pool(name, in: configuration)
        }
        own.budget = RunBudget(shape.budget, within: nil, isForced: false)
        for fallback in isCommand ? [] : shape.fallbacks { own.elsewhere.formUnion(fallback.when ?? RetryPolicy.usual) }
        let thread = ThreadDraft(module: name, project: project, title: plan.file.name, createdAt: time)
        let job = Identifier.random()
        let answer = MessageDraft(thread: thread.id, job: job, module: name, role: .assistant, createdAt: time)
        let draft = JobDraft(
            id: job, run: run, position: position,
            kind: place.role == .row ? (isCommand ? "command" : "prompt") : place.role.rawValue, module: name,
            path: module?.path ?? plan.folder, key: shape.key, state: .waiting,
            priority: min(20, max(-20, shape.priority + spec.priority)),
            maxAttempts: retry.attempts, thread: thread.id, message: answer.id, spec: own.json, createdAt: time)
        return Draft(thread: thread, message: answer, job: draft, spec: own)
    }

    /// The provider's name of a job that is a command.
    static let command = "command"

    /// The parts of a job: its rows where they are known, else what makes them.
    static func places(of job: BatchPlan.Job, in plan: BatchPlan) -> [BatchPlace] {
        switch job.rows {
        case .single: [BatchPlace(.row, of: job.name)]
        case .known(let rows):
            rows.indices.filter { !rows[$0].isDropped }.map { BatchPlace(.row, of: job.name, row: $0) }
        case .afterNeeds, .afterCommand:
            (plan.file.job(job.name)?.matrix?.commandAxes ?? []).map { BatchPlace(.axis, of: job.name, axis: $0) }
                + [BatchPlace(.matrix, of: job.name)]
        }
    }
}
