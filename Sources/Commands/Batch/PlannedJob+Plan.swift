import Batch
import Coordinator
import Model
import Settings
import Store

extension PlannedJob {
    /// The jobs of `plan` that `selection` means and that a run starts by itself.
    static func all(of plan: BatchPlan, _ selection: JobSelection, _ configuration: Configuration) -> [PlannedJob] {
        plan.jobs.compactMap { job in
            guard selection.contains(job.name), let wave = job.wave else { return nil }
            var planned = PlannedJob(name: job.name, wave: wave, isCommand: plan.file.job(job.name)?.kind == .run)
            planned.rows = rows(of: job, planned, in: plan, configuration)
            planned.providers = providers(of: job, planned, in: plan, configuration)
            if job.rows != .single {
                planned.maxParallel = plan.value(of: "max_parallel", in: job).known?.integer.flatMap {
                    Int(exactly: $0)
                }
            }
            planned.pools = (plan.value(of: "pools", in: job).known?.array ?? []).compactMap(\.string)
            return planned
        }
    }

    private static func providers(
        of job: BatchPlan.Job, _ planned: PlannedJob, in plan: BatchPlan, _ configuration: Configuration
    ) -> [String] {
        guard !planned.isCommand else { return [] }
        guard let rows = planned.rows else {
            // Whatever its rows will be, the job or the project may name who answers.
            let kind = kind(of: job, row: nil, in: plan, configuration)
            return [kind?.provider ?? plan.value(of: "provider", in: job).known?.string].compactMap { $0 }
        }
        var seen: Set<String> = []
        return rows.compactMap { $0.first?.provider }.filter { seen.insert($0).inserted }
    }

    private static func rows(
        of job: BatchPlan.Job, _ planned: PlannedJob, in plan: BatchPlan, _ configuration: Configuration
    ) -> [[SessionKind]]? {
        let numbers: [Int?]
        switch job.rows {
        case .single: numbers = [nil]
        case .known(let rows): numbers = rows.indices.map { $0 }
        case .afterNeeds, .afterCommand: return nil
        }
        let keys = plan.rows(of: job).map(\.key)
        return zip(numbers, keys).map { number, key in
            let kind =
                planned.isCommand
                ? SessionKind(module: nil, provider: BatchRequest.commandProvider)
                : kind(of: job, row: number, in: plan, configuration)
            guard let kind else { return [] }
            // The same row of earlier runs tells most, then questions to the same module. What other commands took, or other
            // questions to whoever answers, tells nothing.
            let same = SessionKind(batch: plan.file.name, module: key, provider: kind.provider)
            return kind.module == nil ? [same] : [same, kind]
        }
    }

    /// What kind of session a row is, nil when that is known only later: the job's provider, else its module's, else the
    /// project's.
    static func kind(
        of job: BatchPlan.Job, row: Int?, in plan: BatchPlan, _ configuration: Configuration
    ) -> SessionKind? {
        var module: String?
        switch plan.value(of: "module", in: job, row: row) {
        case .later: return nil
        case .unsaid: break
        case .known(let value): module = value.string
        }
        switch plan.value(of: "provider", in: job, row: row) {
        case .later: return nil
        case .known(let value):
            return SessionKind(module: module, provider: value.string ?? configuration.provider)
        case .unsaid:
            let own = module.flatMap { configuration.module($0) }?.provider
            return SessionKind(module: module, provider: own ?? configuration.provider)
        }
    }
}
