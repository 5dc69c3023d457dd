package import Batch
package import Model
import Scheduler
package import Settings
import Store

/// A batch that is to be run: its plan, and how.
package struct BatchRequest: Sendable {
    package var plan: BatchPlan
    package var configuration: Configuration
    /// The file that `--config` named.
    package var configFile: String?
    package var name: String?
    /// At most one run has a given key.
    package var key: String?
    /// Added to what each job says, within −20 and 20.
    package var priority = 0
    /// The run costs no more than this, nor than what the file says.
    package var maxCost: Money?
    /// Jobs that are left out; what needs their success is skipped.
    package var leftOut: Set<String> = []
    /// The run whose answers stand for those of this one.
    package var resumed: ResumedRun?
    /// The environment of whoever runs it, so that folders and programs that are not there are told before anything starts.
    package var environment: [String: String]?
    /// A person waits for it.
    package var isInteractive = false
    /// How deep the agent is that asks; 0 for a person.
    package var depth = 0

    /// What stands in place of a provider's name where a row is a command.
    package static let commandProvider = BatchDrafts.command

    /// A request to run `plan` as the configuration says.
    package init(_ plan: BatchPlan, _ configuration: Configuration) {
        self.plan = plan
        self.configuration = configuration
    }
}

extension PreparedRun {
    /// Lays out the rows of a batch; writes nothing.
    package init(_ request: BatchRequest, at time: Timestamp) throws {
        let (plan, configuration) = (request.plan, request.configuration)
        // What comes before the job that a person begins with is taken from an earlier run.
        let taken = request.resumed.map { $0.wantsSameQuestion ? [] : Set(plan.jobs.map(\.name)).subtracting($0.anew) }
        try plan.checkRunnable(
            leavingOut: request.leftOut.union(taken ?? []),
            in: BatchSurroundings(configuration, environment: request.environment))
        var spec = RunSpec(
            directory: configuration.root, configFile: request.configFile, slots: max(1, configuration.jobs),
            retry: PreparedRun.policy(configuration.retry), mergeProvider: configuration.provider)
        spec.isInteractive = request.isInteractive
        spec.depth = request.depth
        spec.leftOut = request.leftOut.sorted()
        spec.priority = request.priority
        spec.resumed = request.resumed
        spec.maxCost = request.maxCost
        spec.takeLimits(of: configuration)
        try spec.takePools(of: plan, configuration)
        try spec.takeBudget(of: plan, configuration)
        let run = Identifier.random()
        let drafts = BatchDrafts(
            run: run, project: configuration.root, spec: spec, configuration: configuration, plan: plan)
        var threads: [ThreadDraft] = []
        var messages: [MessageDraft] = []
        var jobs: [JobDraft] = []
        var tickets: [JobTicket] = []
        for job in plan.jobs where !request.leftOut.contains(job.name) {
            for place in BatchDrafts.places(of: job, in: plan) {
                let draft = drafts.draft(
                    place, name: BatchDrafts.name(of: place, in: plan), position: jobs.count, at: time)
                threads.append(draft.thread)
                messages.append(draft.message)
                jobs.append(draft.job)
                if place.role == .row {
                    tickets.append(
                        JobTicket(
                            job: draft.job.id, module: draft.job.module ?? job.name, thread: draft.thread.id,
                            question: draft.message.id, answer: draft.message.id))
                }
            }
        }
        guard !jobs.isEmpty else {
            throw TuttiError(.usage, "Nothing of the batch is left to run.", hint: "leave fewer jobs out")
        }
        try RunKey.check(request.key)
        self.spec = spec
        self.run = RunDraft(
            id: run, kind: "batch", name: request.name ?? plan.file.name, question: plan.file.description,
            project: configuration.root, key: request.key, spec: BatchRun.document(of: spec, plan), createdAt: time)
        self.threads = threads
        self.messages = messages
        self.jobs = jobs
        ticket = RunTicket(run: run, jobs: tickets)
    }
}

extension BatchDrafts {
    /// What a part of a plan is called.
    static func name(of place: BatchPlace, in plan: BatchPlan) -> String {
        guard let job = plan.job(place.job) else { return place.job }
        switch place.role {
        case .axis: return "\(place.job).\(place.axis ?? "")"
        case .matrix, .removed: return place.job
        case .row: return plan.row(of: job, number: place.row)?.key ?? place.job
        }
    }
}
