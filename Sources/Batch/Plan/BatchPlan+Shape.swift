import Model
import Settings

extension BatchPlan {
    /// What is known of a row's settings before it is started: by whom, in which pools, how important.
    ///
    /// Without a number, or while the rows are not known, it is what holds for the job whatever its rows are. What depends on
    /// a row that is not known, or on what other jobs come to, is left out; `ready` fills it in.
    package func shape(of name: String, row index: Int? = nil) -> JobSettings {
        guard let job = job(name), let declaration = file.job(name) else { return JobSettings(JSONObject()) }
        let item = row(of: job, number: index)
        let scope = scope(
            of: declaration, row: item?.row, index: item == nil ? nil : index, outcomes: [:], run: RunFacts(),
            failure: nil)
        let hidesRow = item == nil && declaration.matrix != nil
        var rendered = JSONObject()
        for entry in settings(of: declaration, row: item?.row).entries {
            if ["prompt", "prompt_file", "run"].contains(entry.key) { continue }
            if let value = known(entry.value, in: scope, hidesRow: hidesRow) { rendered[entry.key] = value }
        }
        return JobSettings(rendered)
    }

    /// What is known of a value: of a table its known members, of a list nothing unless all of it is.
    private func known(_ value: BatchValue, in scope: TemplateScope, hidesRow: Bool) -> JSONValue? {
        if case .table(let entries) = value.content {
            let members = entries.compactMap { entry in
                known(entry.value, in: scope, hidesRow: hidesRow).map { (key: entry.key, value: $0) }
            }
            return members.isEmpty && !entries.isEmpty ? nil : .object(JSONObject(members))
        }
        var isKnown = true
        value.visitTemplates { template, _ in
            // Asked for its `default`, a value that is not known would come to that.
            if template.isLate || hidesRow && template.namesRow { isKnown = false }
        }
        return isKnown ? try? value.rendered(in: scope, file.source) : nil
    }

    /// The jobs that must have ended before `job` is decided about: those that it needs, and those that call it when they fail.
    package func before(_ job: String) -> [String] {
        guard let declaration = file.job(job) else { return [] }
        var names = declaration.needs.map(\.job)
        for caller in graph.callers(of: job) where !names.contains(caller) { names.append(caller) }
        return names
    }

    /// The jobs that call `job` when they fail.
    package func callers(of job: String) -> [String] { graph.callers(of: job) }
}
