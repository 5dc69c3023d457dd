import Batch
import Model
import Store
import StreamJSON

extension BatchRun {
    /// Which of `others` are to be made anew when `chosen` jobs of the batch `run` are asked again: what has completed and stands
    /// on their results, and what runs because they failed.
    ///
    /// Rows that were made of results stay as they were made: asking them again would pay twice for the same question.
    static func remade(_ others: [JobRow], after chosen: [JobRow], in run: RunRow) -> [JobRow] {
        guard let document = (try? JSONValue(parsing: run.spec))?["plan"]?.object,
            let plan = try? BatchPlan(json: document)
        else { return [] }
        func place(_ row: JobRow) -> BatchPlace? {
            (try? JSONValue(parsing: row.spec)).flatMap { JobSpec($0) }?.place
        }
        var names: Set<String> = []
        var open = Set(chosen.compactMap { place($0)?.job })
        while let job = open.popFirst() {
            let called = plan.file.job(job)?.onFailure.compactMap(\.text) ?? []
            for name in plan.descendants(of: job).union(called) where names.insert(name).inserted { open.insert(name) }
        }
        return others.filter { row in
            guard row.state == .completed, let place = place(row), place.role == .row, names.contains(place.job) else {
                return false
            }
            return plan.file.job(place.job)?.matrix?.isLate != true
        }
    }

    /// What a run keeps, after `jobs` of it begin anew by the newest of its plans; nil when that changes nothing.
    ///
    /// Parts that the newest plan does not know go by the one that they began with, as ever.
    static func document(_ run: RunRow, beginning jobs: [JobRow]) -> JSONObject? {
        guard var document = (try? JSONValue(parsing: run.spec))?.object, document["former"] != nil,
            let plan = document["plan"]?.object.flatMap({ try? BatchPlan(json: $0) }),
            var formers = try? FormerPlans(json: document["former"])
        else { return nil }
        let names = Set(
            plan.jobs.flatMap { job in
                BatchDrafts.places(of: job, in: plan).map { BatchDrafts.name(of: $0, in: plan) }
            })
        formers.forget(Set(jobs.filter { names.contains($0.module ?? "") }.map(\.id)))
        document["former"] = formers.json
        return document
    }
}
