package import Batch
package import Model

/// The plans that a batch had before its file was edited, each with the parts that had begun by then and would be others now:
/// they go on as they began.
package struct FormerPlans {
    private struct Former {
        var plan: BatchPlan
        var parts: Set<Identifier>
    }

    private var all: [Former] = []

    /// None.
    package init() {}

    /// Reads what `json` wrote, nil being none; throws what is wrong with one of the plans.
    package init(json value: JSONValue?) throws(TuttiError) {
        for element in value?.array ?? [] {
            guard let plan = element["plan"]?.object else { continue }
            let parts = (element["parts"]?.array ?? []).compactMap { $0.string.flatMap { Identifier($0) } }
            all.append(Former(plan: try BatchPlan(json: plan), parts: Set(parts)))
        }
    }

    /// As JSON, without those that no part needs; nil when there is none.
    var json: JSONValue? {
        let needed = all.filter { !$0.parts.isEmpty }
        if needed.isEmpty { return nil }
        return .array(
            needed.map { former in
                [
                    "plan": .object(former.plan.json),
                    "parts": .array(former.parts.map(\.text).sorted().map { .string($0) }),
                ]
            })
    }

    /// Which of the plans a part goes by; nil is the newest.
    package func version(of part: Identifier) -> Int? { all.firstIndex { $0.parts.contains(part) } }

    /// The plan of that number.
    package subscript(version: Int) -> BatchPlan { all[version].plan }

    /// The job as one of the plans declares it, the newest of them first.
    func plan(with job: String) -> BatchPlan? { all.last { $0.plan.file.job(job) != nil }?.plan }

    /// True when a job of one of the plans needs `job`.
    func isNeeded(_ job: String) -> Bool { all.contains { !$0.parts.isEmpty && $0.plan.isNeeded(job) } }

    /// The jobs of these plans, each once.
    var jobs: [String] {
        var seen: Set<String> = []
        return all.flatMap { $0.plan.jobs.map(\.name) }.filter { seen.insert($0).inserted }
    }

    /// Lets `parts` go on by `plan`.
    mutating func keep(_ plan: BatchPlan, for parts: Set<Identifier>) {
        if !parts.isEmpty { all.append(Former(plan: plan, parts: parts)) }
    }

    /// Lets these parts go by the newest plan from now on: they begin anew.
    mutating func forget(_ parts: Set<Identifier>) {
        for index in all.indices { all[index].parts.subtract(parts) }
    }
}
