import Batch
import Coordinator
import Model
import Store
import StreamJSON

/// Which earlier answers a run of a batch begins with: `--resume RUN` and `--from JOB`.
struct ResumeChoice {
    /// As the person named the run; nil is the newest of the batch.
    var run: String?
    /// The job to begin with.
    var from: String?

    /// How far back the newest run of a batch is looked for.
    private static let mostLooked = 1000

    /// What is taken over; nil when nothing was asked for. Throws, before anything is written, when that cannot be.
    func resumed(_ plan: BatchPlan, leavingOut leftOut: Set<String>, in reader: StoreReader) throws -> ResumedRun? {
        guard run != nil || from != nil else { return nil }
        let former = try former(of: plan, in: reader)
        guard let from else { return ResumedRun(former) }
        let done = try reader.completedJobs(ofRun: former)
        for job in plan.jobs where plan.ancestors(of: from).contains(job.name) && !leftOut.contains(job.name) {
            guard let missing = plan.knownKeys(of: job).first(where: { done[$0] == nil }) else { continue }
            throw TuttiError(
                .notFound, "Run \(former.short) has no answer of `\(missing)`, which comes before `\(from)`.",
                hint: "run it first, or name another run: --resume RUN; see: tutti show \(former.short)")
        }
        return ResumedRun(
            former, anew: plan.descendants(of: from).union([from]), wantsSameQuestion: false)
    }

    private func former(of plan: BatchPlan, in reader: StoreReader) throws -> Identifier {
        if let run {
            let id = try Names.run(run, in: reader)
            guard let row = try reader.run(id) else { throw ShowCommand.gone(.run(id)) }
            guard let document = ResumeChoice.plan(of: row) else {
                throw TuttiError(
                    .usage, "Run \(id.short) is no batch.", hint: "name a run of this batch; see: tutti ps -a")
            }
            guard document["name"]?.string == plan.file.name else {
                throw TuttiError(
                    .usage,
                    "Run \(id.short) is of the batch `\(document["name"]?.string ?? "?")`, and \(plan.file.path) is `\(plan.file.name)`.",
                    hint: "name a run of the same batch, or give both files the same `name`")
            }
            return id
        }
        var filter = ListFilter()
        filter.limit = ResumeChoice.mostLooked
        for row in try reader.runs(filter) where row.kind == "batch" {
            let document = ResumeChoice.plan(of: row)
            if document?["name"]?.string == plan.file.name, document?["folder"]?.string == plan.folder {
                return row.id
            }
        }
        throw TuttiError(
            .notFound, "The batch `\(plan.file.name)` has not run here before: nothing that comes before is there.",
            hint: "leave --from out, or name a run: --resume RUN")
    }

    private static func plan(of row: RunRow) -> JSONValue? {
        row.kind == "batch" ? (try? JSONValue(parsing: row.spec))?["plan"] : nil
    }
}

extension BatchPlan {
    /// What the rows of a job are called, as far as they are known.
    fileprivate func knownKeys(of job: Job) -> [String] {
        switch job.rows {
        case .single: [job.name]
        case .known(let rows): rows.map { BatchPlan.key(of: job.name, row: $0) }
        case .afterNeeds, .afterCommand: []
        }
    }
}
