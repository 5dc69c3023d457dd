import Batch
import Model
import Settings

/// One job of a plan, or one of its rows, with every value that holds for it and who said it.
struct JobPicture {
    /// One value.
    struct Value: Sendable {
        /// `timeout.total`
        var path: String
        /// As it is written, templates unfilled.
        var written: JSONValue
        /// What it comes to; nil when that is known only later.
        var value: JSONValue?
        /// Who said it: `profile reader`, `matrix row`, `project`, `built-in`.
        var layer: String
        /// Nil where no file says it.
        var position: ConfigPosition?
    }

    let plan: BatchPlan
    let job: BatchPlan.Job
    /// From 0; nil for the job itself.
    let row: Int?
    /// What is said of it in the batch, then what others say.
    let values: [Value]

    /// The picture of row `row` of `job`.
    init(
        _ plan: BatchPlan, _ job: BatchPlan.Job, row: Int?, folder: any BatchFolder, _ configuration: Configuration
    ) throws(TuttiError) {
        self.plan = plan
        self.job = job
        self.row = row
        let said = try plan.explain(job.name, row: row, folder: folder).map {
            Value(
                path: $0.path, written: $0.written, value: $0.value, layer: "\($0.layer)", position: $0.position)
        }
        let module = plan.value(of: "module", in: job, row: row).known?.string.flatMap { configuration.module($0) }
        let settled = SettledValues.all(
            besides: Set(said.map(\.path)), of: plan.file.job(job.name)?.kind ?? .prompt, module: module, configuration)
        values =
            said
            + settled.map {
                Value(path: $0.path, written: $0.value, value: $0.value, layer: $0.origin, position: $0.position)
            }
    }

    /// `ask[module=web]`; the job's name for the job itself.
    var key: String { place?.key ?? job.name }

    /// `2_1`; the job's number for the job itself.
    var address: String { place?.address ?? "\(job.number)" }

    /// The values of the row's axes, in their order.
    var axes: JSONObject { place?.row?.values ?? JSONObject() }

    private var place: (row: MatrixRow?, key: String, address: String)? {
        guard let row else { return nil }
        let rows = plan.rows(of: job)
        return rows.indices.contains(row) ? rows[row] : nil
    }
}
