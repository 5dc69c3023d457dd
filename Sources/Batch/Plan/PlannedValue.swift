package import Model

/// What a key of a job comes to in one row, as far as that can be said before the run.
package enum PlannedValue: Sendable, Hashable {
    /// Nobody says it: the project's settings decide.
    case unsaid
    case known(JSONValue)
    /// It depends on what other jobs give, or on a row that is not made yet.
    case later
}

extension BatchPlan {
    /// What `key` of `job` comes to in its row number `index`, from 0; without a number, in the job itself.
    package func value(of key: String, in job: Job, row index: Int? = nil) -> PlannedValue {
        let row = row(of: job, number: index)?.row
        guard let declaration = file.job(job.name), let value = settings(of: declaration, row: row)[key] else {
            return .unsaid
        }
        return self.value(value, in: job, row: index)
    }

    /// What a value of `job`, or a part of one, comes to in its row number `index`.
    func value(_ value: BatchValue, in job: Job, row index: Int?) -> PlannedValue {
        let row = row(of: job, number: index)?.row
        guard let declaration = file.job(job.name) else { return .unsaid }
        var isPlain = true
        var isLate = false
        value.visitTemplates { template, _ in
            isPlain = false
            isLate = isLate || template.isLate || (row == nil && job.rows != .single && template.namesRow)
        }
        if isPlain { return .known(value.json) }
        if isLate { return .later }
        let scope = scope(of: declaration, row: row, index: index, outcomes: [:], run: RunFacts(), failure: nil)
        return (try? value.rendered(in: scope, file.source)).map { .known($0) } ?? .later
    }
}

extension PlannedValue {
    /// The value, where it is known now.
    package var known: JSONValue? { if case .known(let value) = self { value } else { nil } }
}
