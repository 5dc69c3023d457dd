import Model
package import Settings

/// What a batch finds where it is to run: names that settings declare, folders and programs.
package struct BatchSurroundings: Sendable {
    /// A module that can be asked.
    package struct Module: Sendable {
        package var name: String
        /// The folder.
        package var path: String
        /// True when its sessions find programs by a PATH of its own.
        package var hasOwnPath: Bool

        /// A module of these parts.
        package init(_ name: String, path: String, hasOwnPath: Bool = false) {
            self.name = name
            self.path = path
            self.hasOwnPath = hasOwnPath
        }
    }

    /// The names of the project's modules, in its order.
    package let moduleNames: [String]
    private let modules: [String: Module]
    /// Where the modules are written down; nil where no file declares any.
    package var modulesFile: String?
    /// The providers that can be named.
    package var providers: [String]
    /// Why nothing can work in a folder, nil when it can; without this function no folder is looked at.
    package var folderProblem: (@Sendable (String) -> String?)?
    /// True when a program is found from a folder, where the variable PATH holds this; without this function none is looked
    /// for.
    package var findsProgram: (@Sendable (_ name: String, _ folder: String, _ path: String?) -> Bool)?

    /// Surroundings in which only names are looked at.
    package init(modules: [Module], modulesFile: String?, providers: [String]) {
        moduleNames = modules.map(\.name)
        self.modules = Dictionary(modules.map { ($0.name, $0) }) { first, _ in first }
        self.modulesFile = modulesFile
        self.providers = providers
    }

    /// The module of this name.
    package func module(_ name: String) -> Module? { modules[name] }
}

extension BatchPlan {
    /// Why a run of the batch could not do what the file says: names that nobody declares, and for jobs that begin at once
    /// folders and programs that are not there.
    ///
    /// Jobs of `leftOut` are passed over. What a later job works in or runs may be made by an earlier one, so that is not looked
    /// at; nor is what is known only while the batch runs. Of jobs in which something is wrong, `broken`, only names are looked
    /// at: what they need may be what is wrong.
    package func obstacles(
        leavingOut leftOut: Set<String> = [], broken: Set<String> = [], in surroundings: BatchSurroundings
    ) -> [ConfigProblem] {
        var problems = ProblemList()
        for job in jobs where !leftOut.contains(job.name) && !problems.isFull {
            guard let declaration = file.job(job.name) else { continue }
            var search = ObstacleSearch(plan: self, job: job, declaration: declaration, surroundings: surroundings)
            search.look(beginsAtOnce: job.wave == 1 && !broken.contains(job.name), &problems)
        }
        return problems.all.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }
}

/// Looks for what stands in the way of one job.
private struct ObstacleSearch {
    let plan: BatchPlan
    let job: BatchPlan.Job
    let declaration: JobDeclaration
    let surroundings: BatchSurroundings
    private var known: Set<String> = []

    init(plan: BatchPlan, job: BatchPlan.Job, declaration: JobDeclaration, surroundings: BatchSurroundings) {
        self.plan = plan
        self.job = job
        self.declaration = declaration
        self.surroundings = surroundings
    }

    mutating func look(beginsAtOnce: Bool, _ problems: inout ProblemList) {
        let rows: [Int?]
        switch job.rows {
        case .known(let all): rows = all.indices.map { $0 }
        case .single, .afterNeeds, .afterCommand: rows = [nil]
        }
        for row in rows where !problems.isFull {
            let settings = plan.settings(of: declaration, row: plan.row(of: job, number: row)?.row)
            names(row, settings, &problems)
            // What comes first may make the folder, or the program.
            guard beginsAtOnce else { continue }
            let folder = folder(row, settings, &problems)
            guard let folder, declaration.kind == .run, let word = settings["run"]?.elements.first,
                let program = value(word, row)
            else { continue }
            self.program(program, at: word.position, in: folder, row, settings, &problems)
        }
        guard beginsAtOnce else { return }
        for (_, words) in declaration.matrix?.commands ?? [] {
            guard let word = words.elements.first, let program = word.text else { continue }
            self.program(program, at: word.position, in: plan.folder, nil, declaration.settings, &problems)
        }
    }

    private func value(_ value: BatchValue, _ row: Int?) -> String? {
        plan.value(value, in: job, row: row).known?.string
    }

    private mutating func names(_ row: Int?, _ settings: BatchValue, _ problems: inout ProblemList) {
        if let said = settings["module"], let module = value(said, row), isNew("module", module),
            surroundings.module(module) == nil
        {
            let names = surroundings.moduleNames
            problems.add(
                ConfigProblem(
                    said.position, "module \"\(module)\" does not exist\(Suggestion.clause(for: module, among: names))",
                    hint: surroundings.modulesFile == nil
                        ? "no tutti.yaml declares modules here: write one (tutti init), or name a folder by `workdir`"
                        : "the modules of the project: \(names.prefix(50).joined(separator: ", "))"))
        }
        guard declaration.kind == .prompt else { return }
        let fallbacks = (settings["fallback"]?.elements ?? []).compactMap { $0["provider"] }
        for said in [settings["provider"]].compactMap({ $0 }) + fallbacks {
            guard let provider = value(said, row), isNew("provider", provider),
                !surroundings.providers.contains(provider)
            else { continue }
            let known = surroundings.providers
            problems.add(
                ConfigProblem(
                    said.position,
                    "provider \"\(provider)\" does not exist\(Suggestion.clause(for: provider, among: known))",
                    hint: "known are: \(known.prefix(50).joined(separator: ", "))"))
        }
    }

    /// The folder that a row works in; nil when that is not known, or nothing can work there.
    private mutating func folder(_ row: Int?, _ settings: BatchValue, _ problems: inout ProblemList) -> String? {
        guard let said = settings["workdir"] else {
            guard let module = settings["module"] else { return plan.folder }
            return value(module, row).flatMap { surroundings.module($0) }?.path
        }
        guard let written = value(said, row) else { return nil }
        let folder = written.hasPrefix("/") ? written : plan.folder + "/" + written
        guard let problem = surroundings.folderProblem?(folder) else { return folder }
        if isNew("workdir", written) {
            problems.add(
                ConfigProblem(
                    said.position, "job \"\(job.name)\" cannot work in \(written.prefix(200)): \(problem)",
                    hint:
                        "it counts from the batch's folder, \(plan.folder); let a job that is needed make it, or name another"
                ))
        }
        return nil
    }

    private mutating func program(
        _ program: String, at position: ConfigPosition, in folder: String, _ row: Int?, _ settings: BatchValue,
        _ problems: inout ProblemList
    ) {
        guard let finds = surroundings.findsProgram, !program.isEmpty, isNew("program", folder + "\0" + program) else {
            return
        }
        var path: String?
        if let said = settings["env"]?["set"]?["PATH"] {
            guard let known = value(said, row) else { return }
            path = known
        } else if let module = settings["module"].flatMap({ value($0, row) }),
            surroundings.module(module)?.hasOwnPath == true
        {
            return
        } else if let allowed = settings["env"]?["allow"]?.elements, !allowed.contains(where: { $0.text == "PATH" }) {
            // Without the variable the system's own folders are looked at.
            path = "/usr/local/bin:/usr/bin:/bin"
        }
        guard !finds(program, folder, path) else { return }
        problems.add(
            ConfigProblem(
                position, "job \"\(job.name)\" cannot run \(program.prefix(200)): there is no such executable",
                hint: program.contains("/")
                    ? "it is looked for in \(folder)"
                    : program.contains(" ")
                        ? "each word is one of the list: [echo, hello]"
                        : "check its name and PATH; built-ins of the shell need one: [sh, -c, \"…\"]"))
    }

    /// True the first time that this is asked about.
    private mutating func isNew(_ kind: String, _ text: String) -> Bool { known.insert("\(kind) \(text)").inserted }
}
