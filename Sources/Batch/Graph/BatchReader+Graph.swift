import Settings

extension BatchReader {
    /// Checks what jobs say of each other; `declared` names all jobs of the file, also those that could not be read.
    mutating func checkGraph(_ jobs: [JobDeclaration], declared: Set<String>) -> JobGraph {
        let graph = JobGraph(jobs)
        let onDemand = Set(jobs.filter(\.isOnDemand).map(\.name))
        for job in jobs {
            for need in job.needs {
                if need.job == job.name {
                    complain(need.position, "job `\(job.name)` needs itself", hint: "remove it from its own `needs`")
                } else if !declared.contains(need.job) {
                    unknown(need.job, at: need.position, among: declared)
                } else if onDemand.contains(need.job), !job.isOnDemand {
                    complain(
                        need.position, "job `\(job.name)` needs `\(need.job)`, which runs only when another fails",
                        hint: "remove `trigger: on_demand` of \(need.job), or the need")
                }
            }
            for value in job.onFailure {
                guard let name = value.text else { continue }
                if !declared.contains(name) {
                    unknown(name, at: value.position, among: declared)
                } else if name == job.name {
                    complain(value.position, "job `\(name)` names itself under `on_failure`", hint: "name another job")
                } else if !onDemand.contains(name), jobs.contains(where: { $0.name == name }) {
                    complain(
                        value.position, "`\(name)` runs anyway, so it cannot be for a failure of `\(job.name)`",
                        hint: "add `trigger: on_demand` to \(name)")
                }
            }
        }
        for circle in graph.circles() where circle.count > 2 {
            // Told at the need of the job that stands first in the file.
            let first = jobs.first { circle.contains($0.name) }
            let start = first.flatMap { circle.firstIndex(of: $0.name) } ?? 0
            let round = circle.dropLast()
            let path = Array(round[start...] + round[..<start] + [round[start]])
            let place = first?.needs.first { path.count > 1 && $0.job == path[1] }?.position ?? first?.position
            complain(
                place ?? ConfigPosition(file: "", line: 1, column: 1),
                "these jobs wait for each other: \(path.joined(separator: " → "))",
                hint: "remove one `needs` of the circle")
        }
        return graph
    }

    private mutating func unknown(_ name: String, at position: ConfigPosition, among names: Set<String>) {
        let sorted = names.sorted()
        complain(
            position, "there is no job `\(name)`\(Suggestion.clause(for: name, among: sorted))",
            hint: "the jobs of this file: \(sorted.prefix(50).joined(separator: ", "))")
    }
}
