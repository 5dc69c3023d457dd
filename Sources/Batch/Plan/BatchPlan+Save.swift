import Model
import Settings

/// The files that results are written to, each for the result of one row alone.
package struct SaveClaims: Sendable {
    private var owners: [String: String] = [:]
    private var claimants: Set<String> = []

    /// No file is taken.
    package init() {}

    /// True when some file is for the result of `owner`.
    package func hasClaim(of owner: String) -> Bool { claimants.contains(owner) }

    /// Notes that `path` is for the result of `owner`; gives whose it is already, nil when it was free or its own.
    package mutating func claim(_ path: String, by owner: String) -> String? {
        // `./out//a.md` is `out/a.md`.
        let path = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        if let other = owners[path] { return other == owner ? nil : other }
        owners[path] = owner
        claimants.insert(owner)
        return nil
    }
}

extension BatchPlan {
    /// Collects what is wrong with the save paths of all rows that are known.
    mutating func checkSavePaths(_ folder: any BatchFolder, _ problems: inout ProblemList) {
        var claims = SaveClaims()
        do throws(ConfigProblem) {
            for job in jobs { try add(job, to: &claims, folder) }
            saves = claims
        } catch {
            problems.add(error)
        }
    }

    /// Throws when a row of `job` would be saved out of the folder, or where another row of any job is.
    mutating func claimSaves(
        of job: Job, outcomes: JobOutcomes, run: RunFacts, _ folder: any BatchFolder
    ) throws(ConfigProblem) {
        var claims: SaveClaims
        if let saves {
            claims = saves
        } else {
            // The plan was stored: its paths were good when it was made.
            claims = SaveClaims()
            for other in jobs where other.name != job.name {
                try add(other, to: &claims, nil)
            }
        }
        saves = nil
        try add(job, to: &claims, after: (outcomes, run), folder)
        saves = claims
    }

    /// Adds the paths of a job's rows, as far as they are known: those that ask for results only `after` these.
    private func add(
        _ job: Job, to claims: inout SaveClaims, after known: (outcomes: JobOutcomes, run: RunFacts)? = nil,
        _ folder: (any BatchFolder)?
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
            if let folder {
                do throws(BatchFolderError) { try folder.checkInside(path) } catch {
                    throw ConfigProblem(value.position, "`save` cannot use \(error.message)", hint: error.hint)
                }
            }
            if let other = claims.claim(path, by: item.key) {
                throw ConfigProblem(
                    value.position, "\(other) and \(item.key) would both be saved to \(path)",
                    hint: "put ${{ matrix.key }} or ${{ job.address }} into the path")
            }
        }
    }

    /// True when the result of that row of `job` is written to a file, whatever its path will be.
    package func isSaved(_ job: String, row number: Int?) -> Bool {
        guard let declaration = file.job(job), let planned = self.job(job) else { return false }
        return settings(of: declaration, row: row(of: planned, number: number)?.row)["output"]?["save"] != nil
    }

    private func mayBeSaved(_ job: JobDeclaration) -> Bool {
        let all = [job.settings] + (job.matrix?.included.map(\.changes) ?? [])
        return all.contains { $0["output"]?["save"] != nil }
    }
}
