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
        let (anew, taken) = plan.parts(from: from)
        var filter = ListFilter()
        filter.runs = [former]
        filter.limit = .max
        let rows = try reader.jobs(filter)
        let skipped = Set(rows.filter { $0.state == .skipped }.compactMap(\.module))
        for job in plan.jobs where taken.contains(job.name) && !leftOut.contains(job.name) {
            let keys = plan.knownKeys(of: job) ?? ResumeChoice.keys(of: job.name, in: rows)
            // What a condition kept from running is decided about again.
            let isConditional = plan.file.job(job.name).map { $0.when != nil || $0.isOnDemand } ?? false
            guard let missing = keys.first(where: { done[$0] == nil && !(isConditional && skipped.contains($0)) })
            else { continue }
            throw TuttiError(
                .notFound,
                "Run \(former.short) has no answer of `\(missing)`, which `\(from)` or what comes after it needs.",
                hint:
                    "have it asked with the others: tutti batch run \(plan.file.path) --resume \(former.short); or name another run"
            )
        }
        return ResumedRun(former, anew: anew, wantsSameQuestion: false)
    }

    /// What the rows of a job were called that were made while `rows` ran; the job's own name where none were.
    private static func keys(of job: String, in rows: [JobRow]) -> [String] {
        let keys = rows.filter { row in
            let place = JSONReader.value(row.spec)?["place"]
            return place?["job"]?.string == job && place?["role"]?.string == "row"
        }
        // No rows are all of them where what makes them has completed.
        let isMade = rows.contains { $0.module == job && $0.kind == "matrix" && $0.state == .completed }
        return keys.isEmpty && !isMade ? [job] : keys.compactMap(\.module)
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
    /// What the rows of a job are called; nil while that is not known.
    fileprivate func knownKeys(of job: Job) -> [String]? {
        switch job.rows {
        case .single: [job.name]
        case .known(let rows): rows.map { BatchPlan.key(of: job.name, row: $0) }
        case .afterNeeds, .afterCommand: nil
        }
    }

    /// The jobs that a run beginning with `job` does anew, and those whose answers these need.
    func parts(from job: String) -> (anew: Set<String>, taken: Set<String>) {
        var anew: Set<String> = []
        var open = descendants(of: job).union([job])
        while let next = open.popFirst() {
            guard anew.insert(next).inserted else { continue }
            // Whoever is called when one of them fails.
            open.formUnion(file.job(next)?.onFailure.compactMap(\.text) ?? [])
        }
        return (anew, anew.reduce(into: Set()) { $0.formUnion(ancestors(of: $1)) }.subtracting(anew))
    }
}
