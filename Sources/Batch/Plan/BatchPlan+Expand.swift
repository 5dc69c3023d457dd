package import Model
import Settings

extension BatchPlan {
    /// The words of the commands that the axes of `job` need, by axis; empty when there are none.
    ///
    /// Their output goes through `MatrixData.printed` and back into `expand`.
    package func axisCommands(
        of job: String, outcomes: JobOutcomes = [:], folder: any BatchFolder, run: RunFacts = RunFacts()
    ) throws(TuttiError) -> [(axis: String, words: [String])] {
        guard let declaration = file.job(job), let matrix = declaration.matrix else { return [] }
        let scope = scope(of: declaration, row: nil, outcomes: outcomes, run: run, failure: nil, folder: folder)
        var commands: [(axis: String, words: [String])] = []
        do throws(ConfigProblem) {
            for (axis, words) in matrix.commands {
                let list = try words.rendered(in: scope, file.source).array ?? []
                commands.append((axis, list.compactMap(\.string)))
            }
        } catch {
            throw ConfigProblem.error([error])
        }
        return commands
    }

    /// Makes the rows of a job that could not be known before, once its needs have ended and its commands have printed.
    ///
    /// Throws exit status 78 when what came cannot be rows; the job has then failed. Rows of a job that has them already
    /// are left as they are: a run that is taken up again goes on with the same ones.
    package mutating func expand(
        _ job: String, outcomes: JobOutcomes, printed: [String: [JSONValue]] = [:], folder: any BatchFolder,
        run: RunFacts = RunFacts(), maxRows: Int = MatrixDeclaration.maxRows
    ) throws(TuttiError) {
        guard let index = file.place(of: job), let declaration = file.job(job),
            let matrix = declaration.matrix
        else { return }
        if case .known = jobs[index].rows { return }
        do throws(ConfigProblem) {
            let around = MatrixSurroundings(
                scope: scope(of: declaration, row: nil, outcomes: outcomes, run: run, failure: nil, folder: folder),
                folder: folder, printed: printed, source: file.source, maxRows: maxRows)
            let (rows, notes) = try matrix.rows(around)
            jobs[index].rows = .known(rows)
            warnings += notes
            try claimSaves(of: jobs[index], outcomes: outcomes, run: run, folder)
        } catch {
            jobs[index].rows = matrix.isLate ? .afterNeeds : .afterCommand
            throw ConfigProblem.error([error])
        }
    }

    /// The rows of a job that are known, each with its key and its address; one without a row for a job without a matrix.
    package func rows(of job: Job) -> [(row: MatrixRow?, key: String, address: String)] {
        switch job.rows {
        case .single: [(nil, job.name, address(of: job, row: nil))]
        case .known(let rows):
            rows.enumerated().map { ($1, BatchPlan.key(of: job.name, row: $1), address(of: job, row: $0)) }
        case .afterNeeds, .afterCommand: []
        }
    }

    /// One row of a job that is known: nil for a number that it does not have; a job without a matrix has no numbers.
    package func row(of job: Job, number: Int?) -> (row: MatrixRow?, key: String, address: String)? {
        switch (job.rows, number) {
        case (.single, nil): (nil, job.name, address(of: job, row: nil))
        case (.known(let rows), let number?) where rows.indices.contains(number):
            (rows[number], BatchPlan.key(of: job.name, row: rows[number]), address(of: job, row: number))
        default: nil
        }
    }
}
