import Batch
import Model
import Settings

/// A plan with all that is known about it: what `batch plan` shows and what its JSON says.
struct PlanPicture {
    let plan: BatchPlan
    let selection: JobSelection
    let estimate: PlanEstimate
    /// Who answers, each once, in the order of the jobs.
    let providers: [String]
    /// How many sessions go at one time.
    let slots: Int
    /// What the run may use; of the batch's and the project's dollars the fewer.
    let budget: BatchBudget

    /// The picture of `plan`, of which `planned` is what a run starts by itself, where sessions took what `history` says.
    init(
        _ plan: BatchPlan, _ selection: JobSelection, _ planned: [PlannedJob], _ configuration: Configuration,
        history: SessionHistory
    ) throws(TuttiError) {
        self.plan = plan
        self.selection = selection
        slots = configuration.jobs
        let limits = Dictionary(try plan.pools().map { ($0.name, $0.max) }) { first, _ in first }
        estimate = PlanEstimate(planned, history: history, places: SlotSimulation(slots: slots, pools: limits))
        var budget = try plan.budget()
        if let most = configuration.budget { budget.money = min(most, budget.money ?? most) }
        self.budget = budget
        var seen: Set<String> = []
        providers = planned.flatMap(\.providers).filter { seen.insert($0).inserted }
    }

    /// The jobs that a run starts by itself, in the order of the file.
    var meant: [BatchPlan.Job] { plan.jobs.filter { selection.contains($0.name) && $0.wave != nil } }

    /// The jobs that run only when another fails.
    var onDemand: [BatchPlan.Job] { plan.jobs.filter { selection.contains($0.name) && $0.wave == nil } }

    /// The jobs that come first and are part of the plan.
    func needs(of job: String) -> [String] {
        (plan.file.job(job)?.needs ?? []).map(\.job).filter(selection.contains)
    }

    /// The jobs that come first and whose results must be there from an earlier run: those before the one to begin with.
    var takenAsDone: [String] {
        var seen: Set<String> = []
        return meant.flatMap { plan.file.job($0.name)?.needs.map(\.job) ?? [] }.filter { name in
            guard case .notAfter = selection.leftOut[name] else { return false }
            return seen.insert(name).inserted
        }
    }
}
