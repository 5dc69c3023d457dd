import Model
import Settings

extension BatchPlan {
    /// What is known of a row's settings before it is started: by whom, in which pools, how important.
    ///
    /// Values that depend on what other jobs come to are left out; `ready` fills them in.
    package func shape(of name: String, row index: Int? = nil) -> JobSettings {
        guard let job = job(name), let declaration = file.job(name), let item = row(of: job, number: index) else {
            return JobSettings(JSONObject())
        }
        let scope = scope(
            of: declaration, row: item.row, index: index, outcomes: [:], run: RunFacts(), failure: nil)
        var rendered = JSONObject()
        for entry in settings(of: declaration, row: item.row).entries {
            if ["prompt", "prompt_file", "run"].contains(entry.key) { continue }
            if let value = try? entry.value.rendered(in: scope, file.source) { rendered[entry.key] = value }
        }
        return JobSettings(rendered)
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
