package import Model
package import Settings
import StreamJSON

extension BatchPlan {
    /// Plans `file` for these inputs: files are read, rows are made, and everything that can be known is checked.
    ///
    /// `displayFolder` is the absolute path that templates see. Throws exit status 78 with every problem in it; nothing was
    /// started then, and nothing is ever started here.
    package static func make(
        _ file: BatchFile, inputs: JSONObject, folder: any BatchFolder, displayFolder: String,
        options: PlanOptions = PlanOptions()
    ) throws(TuttiError) -> BatchPlan {
        let (plan, problems) = check(
            file, inputs: inputs, folder: folder, displayFolder: displayFolder, options: options)
        guard let plan else { throw ConfigProblem.error(problems) }
        return plan
    }

    /// Plans in the same way, and gives what is wrong one by one; the plan is nil when there is something.
    package static func check(
        _ file: BatchFile, inputs: JSONObject, folder: any BatchFolder, displayFolder: String,
        options: PlanOptions = PlanOptions()
    ) -> (plan: BatchPlan?, problems: [ConfigProblem]) {
        let (examined, problems) = examine(
            file, inputs: inputs, folder: folder, displayFolder: displayFolder, options: options)
        guard problems.isEmpty else { return (nil, problems) }
        var plan = examined
        plan.warn()
        return (plan, [])
    }

    /// The same, with what there is of a plan in which something is wrong: for whoever looks for more. It is not to be run.
    package static func examine(
        _ file: BatchFile, inputs: JSONObject, folder: any BatchFolder, displayFolder: String,
        options: PlanOptions = PlanOptions()
    ) -> (plan: BatchPlan, problems: [ConfigProblem]) {
        var plan = BatchPlan(file: file, inputs: inputs, folder: displayFolder, graph: JobGraph(file.jobs))
        let waves = plan.graph.waves()
        var problems = ProblemList()
        for (index, declaration) in file.jobs.enumerated() {
            var job = Job(name: declaration.name, number: index + 1, wave: waves[index], rows: .single)
            if declaration.isOnDemand { job.wave = nil }
            plan.capture(declaration, folder, &problems)
            do throws(ConfigProblem) {
                job.rows = try plan.rows(of: declaration, folder, maxRows: options.maxRows)
            } catch {
                problems.add(error)
            }
            plan.jobs.append(job)
        }
        for job in plan.jobs where !problems.isFull { plan.check(job, folder, &problems) }
        plan.checkSavePaths(folder, &problems)
        plan.checkLimits(&problems)
        return (plan, problems.all)
    }

    /// Rows that need nothing but the file, the inputs and the folder.
    private mutating func rows(
        of job: JobDeclaration, _ folder: any BatchFolder, maxRows: Int
    ) throws(ConfigProblem) -> Rows {
        guard let matrix = job.matrix else { return .single }
        if matrix.isLate { return .afterNeeds }
        if !matrix.commands.isEmpty { return .afterCommand }
        let around = MatrixSurroundings(
            scope: scope(of: job, row: nil, outcomes: [:], run: RunFacts(), failure: nil, folder: folder),
            folder: folder, printed: [:], source: file.source, maxRows: maxRows)
        let (rows, notes) = try matrix.rows(around)
        warnings += notes
        return .known(rows)
    }

    /// Keeps the texts of the files that a job names, as far as their names are known.
    private mutating func capture(_ job: JobDeclaration, _ folder: any BatchFolder, _ problems: inout ProblemList) {
        var paths: [(path: String, position: ConfigPosition)] = []
        for entry in job.settings.entries where entry.key != "prompt" || job.settings["template"]?.bool != false {
            entry.value.visitTemplates { template, position in paths += template.namedFiles.map { ($0, position) } }
        }
        for value in job.matrix?.values ?? [] {
            value.visitTemplates { template, position in paths += template.namedFiles.map { ($0, position) } }
        }
        if let value = job.settings["prompt_file"], let path = value.text {
            paths.append((path, value.position))
            keep(path, value.position, folder, &problems)
            if let text = texts[path], let template = promptTemplate(text, path: path, of: job, &problems) {
                paths += template.namedFiles.map { ($0, ConfigPosition(file: path, line: 1, column: 1)) }
            }
        }
        for (path, position) in paths { keep(path, position, folder, &problems) }
        if let value = job.settings["output"]?["schema"], let path = value.text {
            keep(path, value.position, folder, &problems)
            guard let text = texts[path] else { return }
            if (try? JSONValue(parsing: text))?.object == nil {
                problems.add(
                    ConfigProblem(value.position, "\(path) is no JSON Schema", hint: "it must be one JSON object"))
            }
        }
    }

    /// The most bytes of one text.
    static let maxTextBytes = 4 << 20

    private mutating func keep(
        _ path: String, _ position: ConfigPosition, _ folder: any BatchFolder, _ problems: inout ProblemList
    ) {
        if texts[path] != nil { return }
        switch BatchPlan.text(of: path, in: folder) {
        case .success(let text): texts[path] = text
        case .failure(let error):
            problems.add(ConfigProblem(position, "cannot read \(error.message)", hint: error.hint))
        }
    }

    /// The text of a file of the batch's folder.
    static func text(of path: String, in folder: any BatchFolder) -> Result<String, BatchFolderError> {
        if let problem = SavePath.problem(of: path) {
            return .failure(BatchFolderError("\(path.prefix(80)): it \(problem.message)", hint: problem.hint))
        }
        do throws(BatchFolderError) {
            let bytes = try folder.read(path, limit: maxTextBytes)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return .failure(BatchFolderError("\(path): it is not UTF-8 text", hint: "save it as UTF-8"))
            }
            return .success(text)
        } catch {
            return .failure(error)
        }
    }

    /// The prompt of a file as a template, with its names checked; nil when it is none or wrong.
    private func promptTemplate(
        _ text: String, path: String, of job: JobDeclaration, _ problems: inout ProblemList
    ) -> Template? {
        guard job.settings["template"]?.bool != false, Template.isTemplate(text) else { return nil }
        let source = SourceText(Array(text.utf8), file: path)
        let start = ConfigPosition(file: path, line: 1, column: 1)
        func report(_ error: TemplateError) {
            problems.add(
                ConfigProblem(
                    source.place(ofOpening: error.opening, offset: error.offset, from: start), error.message,
                    hint: error.hint))
        }
        do throws(TemplateError) {
            let template = try Template(text)
            for error in names(of: job).problems(of: template) where !problems.isFull { report(error) }
            return template
        } catch {
            report(error)
            return nil
        }
    }

    private func names(of job: JobDeclaration) -> TemplateNames {
        TemplateNames(
            inputs: file.inputs.map(\.name), axes: job.matrix?.axisNames,
            jobs: file.outputNames,
            isNeeded: { [graph] in graph.has(job.name, after: $0) }, hasFailure: job.isOnDemand)
    }

    /// Renders what is known of every row, so that a wrong value is found before anything starts.
    private func check(_ job: Job, _ folder: any BatchFolder, _ problems: inout ProblemList) {
        guard let declaration = file.job(job.name) else { return }
        let rows: [MatrixRow?] =
            switch job.rows {
            case .single: [nil]
            case .known(let rows): rows
            // The row's values are not known, and everything else was checked by name.
            case .afterNeeds, .afterCommand: []
            }
        for (index, row) in rows.enumerated() where !problems.isFull {
            let scope = scope(
                of: declaration, row: row, index: row == nil ? nil : index, outcomes: [:], run: RunFacts(),
                failure: nil,
                folder: folder)
            for entry in settings(of: declaration, row: row).entries {
                if entry.key == "prompt", declaration.settings["template"]?.bool == false { continue }
                do throws(ConfigProblem) {
                    let value = try entry.value.rendered(in: scope, file.source, keepLate: true)
                    if entry.key == "prompt_file", entry.value.text == nil, let path = value.string,
                        !Template.isTemplate(path),
                        case .failure(let error) = BatchPlan.text(of: path, in: folder)
                    {
                        throw ConfigProblem(entry.value.position, "cannot read \(error.message)", hint: error.hint)
                    }
                } catch {
                    problems.add(error)
                }
            }
        }
    }
}
