import Batch
import Model
import Scheduler
import Settings
import StreamJSON

/// The batch behind a run: its plan, what its jobs came to, and what that lets start.
///
/// A class, used by the coordinator's thread alone, as the run that it belongs to.
final class BatchRun {
    private(set) var plan: BatchPlan
    /// Those that it had before.
    let formers: FormerPlans
    let folder: DiskFolder
    private let facts: RunFacts
    private let leftOut: Set<String>
    /// The queue's group of each job that takes part.
    private var groups: [String: Identifier] = [:]
    private var names: [Identifier: String] = [:]
    private var outcomes: JobOutcomes = [:]
    /// Rows that have ended, by job and number; -1 is a job without a matrix.
    private var rows: [String: [Int: JobOutcome.Row]] = [:]
    private var verdicts: [String: JobVerdict] = [:]
    private var failures: [String: JobFailure] = [:]
    /// The jobs that print the values of a job's axes.
    private var axes: [String: [Identifier]] = [:]
    /// The first row of a job whose rows share a prompt cache: the others wait for it.
    private var firstRows: [String: Identifier] = [:]
    /// What the commands of axes printed, by job and axis.
    private var printed: [String: [String: [JSONValue]]] = [:]
    /// The files that results were written to.
    var saved = SaveClaims<SavePlace>()
    /// The files that no result may replace, by the version of the plan that names them; looked for when one is saved.
    var kept: [Int?: KeptFiles<SavePlace>] = [:]
    /// Rows that have ended well, and may have been saved by an earlier coordinator.
    var mayBeSaved: [BatchPlace] = []

    /// The batch that a run stored; nil when it cannot be read.
    init?(_ document: JSONValue?, formers: JSONValue? = nil, run: Identifier, leftOut: [String]) {
        guard let object = document?.object, let plan = try? BatchPlan(json: object),
            let formers = try? FormerPlans(json: formers)
        else { return nil }
        self.plan = plan
        self.formers = formers
        folder = DiskFolder(formerly: plan.folder)
        self.leftOut = Set(leftOut)
        facts = RunFacts(run: run.text)
        for job in plan.jobs {
            if self.leftOut.contains(job.name) {
                outcomes[job.name] = .skipped(hasMatrix: plan.file.job(job.name)?.matrix != nil)
                continue
            }
            open(job.name)
        }
        // What goes on as it began may still read what they came to.
        for job in formers.jobs where plan.job(job) == nil && !self.leftOut.contains(job) { open(job) }
    }

    private func open(_ job: String) {
        let id = Identifier.random()
        groups[job] = id
        names[id] = job
    }

    /// What whoever goes on with the run must know, as the store keeps it.
    func document(of spec: RunSpec) -> JSONObject { BatchRun.document(of: spec, plan, formers) }

    /// The same of these plans.
    static func document(of spec: RunSpec, _ plan: BatchPlan, _ formers: FormerPlans = FormerPlans()) -> JSONObject {
        var document = spec.json
        document["plan"] = .object(plan.json)
        document["former"] = formers.json
        return document
    }

    /// The plan that a part goes by.
    func plan(of place: BatchPlace) -> BatchPlan { place.version.map { formers[$0] } ?? plan }

    /// The plan that knows a job: the newest, where it does.
    private func plan(with job: String) -> BatchPlan {
        plan.job(job) == nil ? formers.plan(with: job) ?? plan : plan
    }

    /// The job whose group this is.
    func name(ofGroup id: Identifier) -> String? { names[id] }

    /// The group of a job.
    func group(_ job: String) -> Identifier? { groups[job] }

    /// The groups of all jobs, as the queue wants them.
    ///
    /// Those of `closed` get no more rows, although theirs are not known: they were never made. Those of `open` have more
    /// than the queue is told of.
    func jobGroups(run: Identifier, closed: Set<String>, open: Set<String> = []) -> [JobGroup] {
        let former = formers.jobs.filter { plan.job($0) == nil }
        return (plan.jobs.map(\.name) + former).compactMap { job in
            guard let id = groups[job] else { return nil }
            let shape = plan(with: job).shape(of: job)
            return JobGroup(
                id, run: run, name: job, maxParallel: shape.maxParallel, failFast: shape.failFast,
                isComplete: (!isLate(job) || closed.contains(job)) && !open.contains(job))
        }
    }

    /// True while the rows of a job are not known.
    func isLate(_ job: String) -> Bool {
        switch plan.job(job)?.rows {
        case .afterNeeds?, .afterCommand?: true
        case .single?, .known?, nil: false
        }
    }

    /// What a job of the queue waits for before it is decided about. Ask in the order of the run.
    func needs(_ place: BatchPlace, of id: Identifier) -> [Dependency] {
        if place.role == .removed { return [] }
        let plan = plan(of: place)
        var needs = plan.before(place.job).compactMap { groups[$0].map { Dependency(.group($0), .finished) } }
        switch place.role {
        case .axis: axes[place.job, default: []].append(id)
        case .matrix: needs += (axes[place.job] ?? []).map { Dependency(.job($0), .finished) }
        case .row:
            guard let row = place.row, plan.shape(of: place.job, row: row).sharesPrefix else { break }
            if place.row == 0 {
                firstRows[place.job] = id
            } else if let first = firstRows[place.job] {
                needs.append(Dependency(.job(first), .finished))
            }
        case .removed: break
        }
        return needs
    }

    // MARK: What starts

    /// Whether a part runs, now that all before it have ended.
    func decide(_ place: BatchPlace) -> JobQueue.Decision {
        let job = place.job
        let known = place.version == nil ? verdicts[job] : nil
        let verdict = known ?? plan(of: place).verdict(on: job, outcomes: outcomes, run: facts)
        if place.version == nil { verdicts[job] = verdict }
        switch verdict {
        case .start: return .run
        case .unneeded: return .skip(nil)
        case .skip(let reason): return .skip(Failure(.cancelled, "Not started: \(reason)."))
        case .fail(let problem): return .fail(Failure(.invalidRequest, problem.message))
        case .wait(let names):
            return .fail(Failure(.invalidRequest, "It waits for \(names.joined(separator: ", ")), which never ends."))
        }
    }

    /// A row with all its templates filled in.
    func ready(_ place: BatchPlace) throws(TuttiError) -> ReadyJob {
        try plan(of: place).ready(
            place.job, row: place.row, outcomes: outcomes, folder: folder, run: facts, failure: failure(before: place))
    }

    /// The settings of a row alone: what it asks may be made of files that are gone by now.
    func settings(_ place: BatchPlace) throws(TuttiError) -> JobSettings {
        try plan(of: place).settings(
            place.job, row: place.row, outcomes: outcomes, folder: folder, run: facts, failure: failure(before: place))
    }

    /// The failure that a job was started for.
    private func failure(before place: BatchPlace) -> JobFailure? {
        plan(of: place).callers(of: place.job).lazy.compactMap { self.failures[$0] }.first
    }

    /// The words of the command of an axis.
    func axisCommand(_ place: BatchPlace) throws(TuttiError) -> [String] {
        let commands = try plan(of: place).axisCommands(of: place.job, outcomes: outcomes, folder: folder, run: facts)
        guard let words = commands.first(where: { $0.axis == place.axis })?.words, words.first?.isEmpty == false else {
            throw TuttiError(
                .badConfiguration, "the command of the axis `\(place.axis ?? "")` names no program",
                hint: "see what its template comes to")
        }
        return words
    }

    /// The text of the schema that a row's answer must fit.
    func schema(_ settings: JobSettings, of place: BatchPlace) throws(TuttiError) -> String? {
        guard let path = settings.schema else { return nil }
        if let known = plan(of: place).texts[path] { return known }
        do throws(BatchFolderError) {
            return String(decoding: try folder.read(path, limit: 4 << 20), as: UTF8.self)
        } catch {
            throw TuttiError(.badConfiguration, "cannot read the schema \(error.message)", hint: error.hint)
        }
    }

    /// Makes the rows of a job that were not known; gives how many there are now.
    func expand(_ job: String) throws(TuttiError) -> Int {
        try plan.expand(job, outcomes: outcomes, printed: printed[job] ?? [:], folder: folder, run: facts)
        guard case .known(let rows)? = plan.job(job)?.rows else { return 0 }
        return rows.count
    }

    // MARK: What ends

    /// The values that others read of a row whose answer is `text`; throws what is wrong with one of them.
    func outputs(of place: BatchPlace, text: String, result: JSONValue?) throws(OutputError) -> JSONObject {
        var outputs = JSONObject()
        for declaration in plan(of: place).file.job(place.job)?.outputs ?? [] {
            let source = declaration.source == .result ? result.map { $0.string ?? $0.text } ?? text : text
            outputs[declaration.name] = try declaration.value(of: source)
        }
        return outputs
    }

    /// A part of the batch has ended.
    func ended(_ place: BatchPlace, _ state: JobState, text: String?, result: JSONValue?, failure: Failure?) {
        switch place.role {
        case .removed: break
        case .matrix:
            // Rows that cannot be made are a failure of the job.
            guard state == .failed else { return }
            note(failure, of: place.job, key: place.job)
            rows[place.job, default: [:]][-2] = JobOutcome.Row(key: place.job, address: "", status: .failure)
        case .axis:
            if state == .completed, let axis = place.axis {
                printed[place.job, default: [:]][axis] = try? MatrixData.printed(text ?? "")
            }
            // The command of an axis says why there are no rows; what makes the rows knows only that it is not there.
            if state == .failed { note(failure, of: place.job, key: name(of: place).key) }
        case .row:
            let status: JobOutcome.Status =
                switch state {
                case .completed: .success
                case .skipped: .skipped
                case .cancelled: .cancelled
                default: .failure
                }
            if state == .failed { note(failure, of: place.job, key: name(of: place).key) }
            let outputs = state == .completed ? try? self.outputs(of: place, text: text ?? "", result: result) : nil
            let name = name(of: place)
            if state == .completed, !saved.hasClaim(of: name.key),
                plan(of: place).isSaved(place.job, row: place.row)
            {
                mayBeSaved.append(place)
            }
            // What nobody reads is in the store, and nowhere else.
            let isNeeded = isNeeded(place.job)
            rows[place.job, default: [:]][place.row ?? -1] = JobOutcome.Row(
                key: name.resultKey, address: name.address, status: status, values: name.values,
                text: isNeeded ? text ?? "" : "", result: isNeeded ? result : nil, outputs: outputs ?? JSONObject())
        }
    }

    /// Keeps the first failure of a job, for the jobs that are started because of it.
    private func note(_ failure: Failure?, of job: String, key: String) {
        guard failures[job] == nil else { return }
        failures[job] = JobFailure(job: job, key: key, failure: failure ?? Failure(.crash, "It failed."))
    }

    /// All of a job has ended: what it came to is known to those after it.
    func finishGroup(_ id: Identifier) -> (job: String, outcome: JobOutcome)? {
        guard let job = names[id] else { return nil }
        let hasMatrix = plan(with: job).file.job(job)?.matrix != nil
        let ended = (rows[job] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        let outcome =
            ended.isEmpty && isLate(job)
            ? JobOutcome.skipped(hasMatrix: hasMatrix) : JobOutcome(rows: ended, hasMatrix: hasMatrix)
        outcomes[job] = outcome
        return (job, outcome)
    }

    /// True when what a part of the batch says must be known as a whole at its end.
    func isRead(_ place: BatchPlace) -> Bool {
        if isReadLater(place) { return true }
        let plan = plan(of: place)
        guard let declaration = plan.file.job(place.job) else { return true }
        // Asked of what is written: a path that another job's output makes is not known before.
        let row = plan.job(place.job).flatMap { plan.row(of: $0, number: place.row)?.row }
        return plan.settings(of: declaration, row: row)["output"] != nil
    }

    /// True when what a part of the batch says must be known after its end: others read it, or it has outputs.
    func isReadLater(_ place: BatchPlace) -> Bool {
        switch place.role {
        case .axis: true
        case .matrix, .removed: false
        case .row: isNeeded(place.job) || plan(of: place).file.job(place.job)?.outputs.isEmpty == false
        }
    }

    /// True when some job reads what `job` came to, also one that goes on by a former plan.
    private func isNeeded(_ job: String) -> Bool {
        plan.isNeeded(job) || formers.isNeeded(job)
    }

    /// True when a row may ask that files be read before it begins, for the key of its cache.
    func mayReadFilesForKey(_ place: BatchPlace) -> Bool {
        let plan = plan(of: place)
        guard let declaration = plan.file.job(place.job) else { return false }
        let row = plan.job(place.job).flatMap { plan.row(of: $0, number: place.row)?.row }
        return plan.settings(of: declaration, row: row)["cache"] != nil
    }

    /// What a row is called: with the job, and within it.
    func name(of place: BatchPlace) -> (key: String, resultKey: String, address: String, values: JSONObject) {
        // What it is to the newest plan counts for others; one that the newest does not know is called as it began.
        let plan = self.plan.job(place.job) == nil ? plan(of: place) : self.plan
        guard let job = plan.job(place.job) else { return (place.job, place.job, "", JSONObject()) }
        if place.role != .row {
            let suffix = place.axis.map { ".\($0)" } ?? ""
            return (place.job + suffix, place.job, plan.address(of: job, row: nil), JSONObject())
        }
        guard let item = plan.row(of: job, number: place.row) else { return (place.job, place.job, "", JSONObject()) }
        return (item.key, item.row?.key ?? place.job, item.address, item.row?.values ?? JSONObject())
    }
}
