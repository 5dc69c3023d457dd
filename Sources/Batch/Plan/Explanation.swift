package import Model
package import Settings

/// One value of a job and where it came from.
package struct ExplainedValue: Sendable, Hashable {
    /// `timeout.total`
    package var path: String
    /// As it stands in the file, templates unfilled.
    package var written: JSONValue
    /// What it comes to in this row; nil when that is known only once the run goes.
    package var value: JSONValue?
    /// Which part of the file said it.
    package var layer: BatchLayer
    /// Where it stands.
    package var position: ConfigPosition
}

extension BatchPlan {
    /// Everything that holds for a job, or for one of its rows, with the place that said it, in the order of the keys.
    ///
    /// Throws exit status 66 when there is no such job or row.
    package func explain(_ name: String, row index: Int? = nil, folder: any BatchFolder) throws(TuttiError)
        -> [ExplainedValue]
    {
        guard let declaration = file.job(name), let job = job(name) else {
            let names = file.jobs.map(\.name)
            throw TuttiError(
                .notFound, "\(file.path) has no job `\(name.prefix(80))`\(Suggestion.clause(for: name, among: names))",
                hint: "its jobs: \(names.joined(separator: ", "))")
        }
        let item = row(of: job, number: index)
        if let index, item == nil {
            throw TuttiError(.notFound, "job `\(name)` has no row \(index + 1)", hint: "rows are numbered from 0")
        }
        let row = item?.row
        let scope = scope(
            of: declaration, row: row, index: index, outcomes: [:], run: RunFacts(), failure: nil, folder: folder)
        var values: [ExplainedValue] = []
        for key in BatchKeys.job.keys {
            guard let value = settings(of: declaration, row: row)[key.name] else { continue }
            explain(value, key.name, row: row, job: declaration, scope, into: &values)
        }
        if let when = declaration.when { explain(when, "when", row: row, job: declaration, scope, into: &values) }
        return values
    }

    private func explain(
        _ value: BatchValue, _ path: String, row: MatrixRow?, job: JobDeclaration, _ scope: TemplateScope,
        into values: inout [ExplainedValue]
    ) {
        if case .table(let entries) = value.content {
            for entry in entries {
                explain(entry.value, "\(path).\(entry.key)", row: row, job: job, scope, into: &values)
            }
            return
        }
        var isKnown = true
        value.visitTemplates { template, _ in
            isKnown = isKnown && !template.isLate && (row != nil || job.matrix == nil || !template.namesRow)
        }
        values.append(
            ExplainedValue(
                path: path, written: value.json, value: isKnown ? try? value.rendered(in: scope, file.source) : nil,
                layer: value.layer, position: value.position))
    }
}
