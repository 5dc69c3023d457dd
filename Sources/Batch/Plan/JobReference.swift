package import Model
import Settings

extension BatchPlan {
    /// The job, or the row of one, that a person names: `ask`, `ask[module=web]`, or an address such as `2_1`.
    ///
    /// The number of a row counts from 0, and is nil where the job itself is meant. Throws exit status 66 with what was
    /// probably meant when there is nothing of that name.
    package func find(_ word: String) throws(TuttiError) -> (job: Job, row: Int?) {
        if let job = job(word) { return (job, nil) }
        if let open = word.firstIndex(of: "["), let job = job(String(word[..<open])) {
            return (job, try number(ofKey: word, in: job))
        }
        let parts = word.split(separator: "_", omittingEmptySubsequences: false).map { Int($0) }
        if let number = parts[0], parts.count <= 2, let job = jobs.first(where: { $0.number == number }) {
            guard parts.count == 2 else { return (job, nil) }
            if let row = parts[1] { return (job, try self.number(row, in: job)) }
        }
        let names = file.jobs.map(\.name)
        throw TuttiError(
            .notFound, "\(file.path) has no job `\(word.prefix(80))`\(Suggestion.clause(for: word, among: names))",
            hint: "its jobs: \(names.prefix(50).joined(separator: ", "))")
    }

    /// The number from 0 of the row that people call number `count`, from 1; throws exit status 66 when there is none.
    package func number(_ count: Int, in job: Job) throws(TuttiError) -> Int {
        let rows = try knownRows(of: job)
        guard count >= 1, count <= rows.count else {
            throw TuttiError(
                .notFound, "job `\(job.name)` has no row \(count)",
                hint: rows.isEmpty ? "it has no rows" : "its rows are numbered from 1 to \(rows.count)")
        }
        return count - 1
    }

    private func number(ofKey key: String, in job: Job) throws(TuttiError) -> Int {
        let rows = try knownRows(of: job)
        if let place = rows.firstIndex(where: { BatchPlan.key(of: job.name, row: $0) == key }) { return place }
        // A suggestion compares letter by letter, which is too slow for ten thousand.
        let keys = rows.prefix(200).map { BatchPlan.key(of: job.name, row: $0) }
        throw TuttiError(
            .notFound, "job `\(job.name)` has no row `\(key.prefix(120))`\(Suggestion.clause(for: key, among: keys))",
            hint: keys.isEmpty ? "it has no rows" : "its rows: \(keys.prefix(8).joined(separator: ", "))")
    }

    private func knownRows(of job: Job) throws(TuttiError) -> [MatrixRow] {
        switch job.rows {
        case .known(let rows): return rows
        case .single:
            throw TuttiError(.notFound, "job `\(job.name)` has no rows", hint: "name the job alone: \(job.name)")
        case .afterNeeds, .afterCommand:
            throw TuttiError(
                .notFound, "the rows of `\(job.name)` are not known yet: \(whenRowsAreKnown(of: job) ?? "")",
                hint: "name the job alone to see what holds for all of them: \(job.name)")
        }
    }

    /// When the rows of a job are known that are not known now, as a sentence; nil when they are.
    package func whenRowsAreKnown(of job: Job) -> String? {
        switch job.rows {
        case .single, .known: return nil
        case .afterCommand: return "rows are known when its command has run"
        case .afterNeeds:
            var names: [String] = []
            for value in file.job(job.name)?.matrix?.values ?? [] {
                value.visitTemplates { template, _ in
                    for name in template.namedJobs where !names.contains(name) { names.append(name) }
                }
            }
            guard !names.isEmpty else { return "rows are known when the run has begun" }
            let listed = names.map { "`\($0)`" }.joined(separator: " and ")
            return "rows are known when \(listed) \(names.count == 1 ? "has" : "have") ended"
        }
    }
}
