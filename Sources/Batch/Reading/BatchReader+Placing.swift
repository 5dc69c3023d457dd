import Model
import Settings

extension BatchReader {
    /// What says by whom, when and within which limits a row is started. The queue is told of it when the row is made, and a
    /// limit that came later would hold for nobody.
    private static let placing = [
        "provider", "module", "fallback", "retry", "timeout", "budget", "pools", "key", "priority", "fair_share",
        "max_parallel", "fail_fast", "prefix",
    ]

    /// Refuses limits that depend on what is known only once the row goes.
    mutating func checkPlacing(of job: JobDeclaration) {
        for settings in [job.settings] + (job.matrix?.included.map(\.changes) ?? []) {
            for key in Self.placing {
                guard let value = settings[key] else { continue }
                var late: ConfigPosition?
                value.visitTemplates { template, position in
                    guard template.isLate, late == nil else { return }
                    late = source.place(
                        ofOpening: template.insertions.first?.opening ?? 0, offset: 0, from: position)
                }
                guard let late else { continue }
                complain(
                    late, "`\(key)` must be known before the row waits for its turn, and this is known only later",
                    hint: "make it a value of the matrix: rows that are made of `jobs.NAME.outputs` are known in time")
            }
        }
    }
}
