package import Model
package import Settings

/// A batch that is ready to run with these inputs: its jobs, their rows as far as they are known, and the texts of the
/// files that it names.
///
/// What is not known yet (a matrix over another job's output, the rows that a command prints) is expanded later by
/// `expand`. The plan is a value: the same file, inputs and folder give the same plan.
package struct BatchPlan: Sendable {
    /// One job of the plan.
    package struct Job: Sendable {
        /// The job's name, unique in the batch.
        package var name: String
        /// From 1, in the order of the file that a run began with: the first part of an address.
        package var number: Int
        /// When it starts at the earliest, from 1; nil for a job that runs only when another fails.
        package var wave: Int?
        /// What it consists of, as far as that is known.
        package var rows: Rows
    }

    /// The rows of a job.
    package enum Rows: Sendable, Hashable {
        /// No matrix: the job itself.
        case single
        case known([MatrixRow])
        /// Known when the jobs that it needs have ended.
        case afterNeeds
        /// Known when the commands of its axes have run.
        case afterCommand
    }

    /// The file that was planned.
    package let file: BatchFile
    /// The value of every input.
    package let inputs: JSONObject
    /// The batch's folder, for `batch.folder`.
    package let folder: String
    /// The jobs, in the order of the file.
    package internal(set) var jobs: [Job]
    /// The texts of prompt files and of `file("…")`, by path: a run goes on with what it began with.
    package internal(set) var texts: [String: String]
    /// What may be meant but looks like a mistake.
    package internal(set) var warnings: [ConfigProblem]
    /// Whose result is written where, as far as that is known; nil until somebody asks about a stored plan.
    var saves: SaveClaims<String>?
    let graph: JobGraph

    /// The job of that name.
    package func job(_ name: String) -> Job? {
        // In the order of the file, and fewer only while the plan is made.
        guard let place = file.place(of: name), jobs.indices.contains(place) else { return nil }
        return jobs[place]
    }

    /// All jobs that `job` needs, directly or not: what must have ended before it.
    package func ancestors(of job: String) -> Set<String> { graph.ancestors(of: job) }

    /// All jobs that need `job`, directly or not: what must run again when it does.
    package func descendants(of job: String) -> Set<String> { graph.descendants(of: job) }

    /// True when some job needs `job`, and may read what it came to.
    package func isNeeded(_ job: String) -> Bool { graph.isNeeded(job) }

    /// How many waves there are.
    package var waveCount: Int { jobs.compactMap(\.wave).max() ?? 0 }

    /// The short name of a row: `12_3` is the third row of the twelfth job, `12` a job without a matrix.
    package func address(of job: Job, row index: Int?) -> String {
        index.map { "\(job.number)_\($0 + 1)" } ?? "\(job.number)"
    }

    /// The stable name of a row: `ask[module=Sources/A,lens=security]`.
    package static func key(of job: String, row: MatrixRow?) -> String { row.map { "\(job)[\($0.key)]" } ?? job }

    init(file: BatchFile, inputs: JSONObject, folder: String, graph: JobGraph) {
        self.file = file
        self.inputs = inputs
        self.folder = folder
        self.graph = graph
        jobs = []
        texts = [:]
        warnings = []
    }
}

/// What a plan is made with, beside the file.
package struct PlanOptions: Sendable {
    /// The most rows of one job.
    package var maxRows: Int

    /// The usual bounds.
    package init(maxRows: Int = MatrixDeclaration.maxRows) {
        self.maxRows = maxRows
    }
}
