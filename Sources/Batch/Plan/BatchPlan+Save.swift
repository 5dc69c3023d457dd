import Model
import Settings

/// The files that results are written to, each for the result of one row alone.
package struct SaveClaims<Place: Hashable & Sendable>: Sendable {
    private var owners: [Place: String] = [:]
    private var claimants: Set<String> = []

    /// No file is taken.
    package init() {}

    /// True when some file is for the result of `owner`.
    package func hasClaim(of owner: String) -> Bool { claimants.contains(owner) }

    /// Notes that `place` is for the result of `owner`; gives whose it is already, nil when it was free or its own.
    package mutating func claim(_ place: Place, by owner: String) -> String? {
        if let other = owners[place] { return other == owner ? nil : other }
        owners[place] = owner
        claimants.insert(owner)
        return nil
    }
}

extension BatchPlan {
    /// Collects what is wrong with the save paths of all rows that are known.
    mutating func checkSavePaths(_ folder: any BatchFolder, _ problems: inout ProblemList) {
        var claims = SaveClaims<String>()
        let kept = keptFiles(in: folder)
        do throws(ConfigProblem) {
            for job in jobs { try add(job, to: &claims, folder, besides: kept) }
            saves = claims
        } catch {
            problems.add(error)
        }
    }

    /// Throws when a row of `job` would be saved out of the folder, where another row of any job is, or over a file that
    /// the batch stands on.
    mutating func claimSaves(
        of job: Job, outcomes: JobOutcomes, run: RunFacts, _ folder: any BatchFolder
    ) throws(ConfigProblem) {
        guard file.job(job.name).map(mayBeSaved) == true else { return }
        var claims: SaveClaims<String>
        if let saves {
            claims = saves
        } else {
            // The plan was stored: its paths were good when it was made.
            claims = SaveClaims()
            for other in jobs where other.name != job.name { try add(other, to: &claims, folder, besides: nil) }
        }
        saves = nil
        try add(job, to: &claims, after: (outcomes, run), folder, besides: keptFiles(in: folder))
        saves = claims
    }

    /// Adds the paths of a job's rows, as far as they are known: those that ask for results only `after` these. Without
    /// `kept` files they are not checked again.
    private func add(
        _ job: Job, to claims: inout SaveClaims<String>, after known: (outcomes: JobOutcomes, run: RunFacts)? = nil,
        _ folder: any BatchFolder, besides kept: KeptFiles<String>?
    ) throws(ConfigProblem) {
        guard let declaration = file.job(job.name), mayBeSaved(declaration) else { return }
        for (index, item) in rows(of: job).enumerated() where item.row?.isDropped != true {
            guard let value = settings(of: declaration, row: item.row)["output"]?["save"] else { continue }
            let isLate = value.template?.isLate == true
            // For which failure a job is called is known when it is.
            if isLate, known == nil || declaration.isOnDemand { continue }
            let scope = scope(
                of: declaration, row: item.row, index: item.row == nil ? nil : index,
                outcomes: known?.outcomes ?? [:], run: known?.run ?? RunFacts(), failure: nil, folder: folder)
            let path: String
            do throws(ConfigProblem) { path = try value.renderedPath(in: scope, file.source) } catch {
                // A result that is not there fails the row, and not the others.
                if isLate { continue }
                throw error
            }
            let place = folder.place(of: path)?.path ?? path
            if let kept {
                do throws(BatchFolderError) {
                    try folder.checkInside(path)
                    if let problem = SavePath.reserved(place) {
                        throw BatchFolderError("\(path): it \(problem.message)", hint: problem.hint)
                    }
                    let isStrangers = savePathIsStrangers(job.name, row: item.row == nil ? nil : index)
                    try kept.check(place, as: path, chosenByStranger: isStrangers)
                } catch {
                    throw ConfigProblem(value.position, "`save` cannot use \(error.message)", hint: error.hint)
                }
            }
            if let other = claims.claim(place, by: item.key) {
                throw ConfigProblem(
                    value.position, "\(other) and \(item.key) would both be saved to \(path)",
                    hint: "put ${{ matrix.key }} or ${{ job.address }} into the path")
            }
        }
    }

    /// True when the result of that row of `job` is written to a file, whatever its path will be.
    package func isSaved(_ job: String, row number: Int?) -> Bool { savePath(job, row: number) != nil }

    /// True when what a job, a command or a file gave has a part in where that row of `job` is saved.
    package func savePathIsStrangers(_ job: String, row number: Int?) -> Bool {
        guard let declaration = file.job(job), let template = savePath(job, row: number)?.template else { return false }
        return declaration.origin(of: template) != .person
    }

    private func savePath(_ job: String, row number: Int?) -> BatchValue? {
        guard let declaration = file.job(job), let planned = self.job(job) else { return nil }
        return settings(of: declaration, row: row(of: planned, number: number)?.row)["output"]?["save"]
    }

    private func mayBeSaved(_ job: JobDeclaration) -> Bool {
        let all = [job.settings] + (job.matrix?.included.map(\.changes) ?? [])
        return all.contains { $0["output"]?["save"] != nil }
    }
}
