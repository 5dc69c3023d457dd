import Model
import Store

/// The order in which people read the jobs of a run.
enum RunOrder {
    /// The jobs as they stand in the run; of a batch as its file has them, the rows of one job together.
    ///
    /// Rows that are known only while the run goes are written behind everything else: they belong where the part stands that
    /// made them.
    static func jobs(of run: RunDetail) -> [JobRow] {
        let jobs = run.jobs.sorted { $0.position < $1.position }
        guard run.run.kind == "batch" else { return jobs }
        var first: [String: Int] = [:]
        let placed = jobs.map { job in
            guard let name = JSONReader.value(job.spec)?["place"]?["job"]?.string else { return (job.position, job) }
            let place = first[name] ?? job.position
            first[name] = place
            return (place, job)
        }
        return placed.sorted { ($0.0, $0.1.position) < ($1.0, $1.1.position) }.map(\.1)
    }
}
