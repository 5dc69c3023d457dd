import Model
import Settings

/// Puts a batch file together from its values: profiles are merged, jobs built, and what they say of each other checked.
struct BatchAssembly {
    private let bytes: [UInt8]
    private let path: String
    private let root: ConfigNode
    var reader: BatchReader
    /// Jobs in which something is wrong already: what follows from it is not worth a second complaint.
    private var broken: Set<String> = []

    init(bytes: [UInt8], path: String, root: ConfigNode) {
        self.bytes = bytes
        self.path = path
        self.root = root
        reader = BatchReader(source: SourceText(bytes, file: path))
    }

    mutating func file() -> BatchFile? {
        guard let top = reader.read(root, as: .section(BatchKeys.file), "") else { return nil }
        noteBrokenJobs()
        let inputs = reader.inputs(root["inputs"])
        var profiles = ProfileTable(top["profiles"]?.entries ?? [])
        profiles.resolveAll(&reader)
        _ = profiles.value(named: top["defaults"]?["profile"], &reader)
        var jobs: [JobDeclaration] = []
        for entry in top["jobs"]?.entries ?? [] {
            jobs.append(job(entry, defaults: top["defaults"], &profiles))
        }
        let declared = Set(root["jobs"]?.members.map(\.key) ?? [])
        if let node = root["jobs"], declared.isEmpty, case .mapping = node.content {
            reader.complain(node.position, "`jobs` has no job", hint: "write one as NAME: { prompt: \"…\" }")
        }
        let graph = reader.checkGraph(jobs, declared: declared)
        checkNames(jobs, graph, inputs: inputs.map(\.name), declared: declared)
        checkPools(jobs, top)
        for job in jobs {
            reader.checkCommands(of: job)
            reader.checkPlacing(of: job)
            reader.checkSaves(of: job)
        }
        for part in [top["pools"], top["budget"]] {
            if let part { check(part, .outside(inputs: inputs.map(\.name))) }
        }
        let schedules = schedules(top, inputs)
        return BatchFile(
            path: path, bytes: bytes, name: top["name"]?.text ?? Self.name(of: path),
            description: top["description"]?.text, inputs: inputs, jobs: jobs, pools: top["pools"]?.entries ?? [],
            budget: top["budget"], schedules: schedules, source: reader.source)
    }

    /// `audits/nightly.batch.yaml` is called `nightly`.
    private static func name(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let name = file.split(separator: ".").first.map(String.init) ?? file
        return BatchScalar.isName(name) ? name : "batch"
    }

    private mutating func noteBrokenJobs() {
        let members = root["jobs"]?.members ?? []
        let start = members.first?.position
        // Where the next key of the top level stands, the last job ends.
        let end = root.members.map(\.position).first { place in
            start.map { ($0.line, $0.column) < (place.line, place.column) } ?? false
        }
        for problem in reader.problems.all {
            let place = (problem.position.line, problem.position.column)
            if let end, (end.line, end.column) <= place { continue }
            let job = members.last { ($0.position.line, $0.position.column) <= place }
            if let job { broken.insert(job.key) }
        }
    }

    private static let notSettings = ["profile", "matrix", "needs", "when", "outputs", "trigger"]

    private mutating func job(
        _ entry: BatchEntry, defaults: BatchValue?, _ profiles: inout ProfileTable
    ) -> JobDeclaration {
        let (name, value) = (entry.key, entry.value)
        var own = value
        own.content = .table(value.entries.filter { !Self.notSettings.contains($0.key) })
        var settings = defaults ?? BatchValue(content: .table([]), position: value.position, layer: .file)
        settings.content = .table(settings.entries.filter { $0.key != "profile" })
        // A job that names profiles takes them in place of those that the defaults name.
        if let profile = profiles.value(named: value["profile"] ?? defaults?["profile"], &reader) {
            settings = settings.merged(with: profile)
        }
        settings = settings.merged(with: own)
        let kind = kind(of: entry)
        var job = JobDeclaration(
            name: name, position: entry.position, kind: kind ?? .prompt, settings: settings, needs: [],
            needsAreListed: true, when: value["when"], outputs: [], isOnDemand: value["trigger"]?.text == "on_demand",
            onFailure: settings["on_failure"]?.elements ?? [])
        // Defaults that call a job on failure do not mean that job itself.
        if job.isOnDemand, settings["on_failure"]?.layer != .job(name) { job.onFailure = [] }
        needs(value["needs"], of: &job)
        if let matrix = value["matrix"] { job.matrix = reader.matrix(matrix, root["jobs"]?[name]?["matrix"], of: name) }
        for output in value["outputs"]?.entries ?? [] { outputs(output, of: &job, isKnown: kind != nil) }
        return job
    }

    /// A job has exactly one of `prompt`, `prompt_file` and `run`.
    private mutating func kind(of entry: BatchEntry) -> JobDeclaration.Kind? {
        let kinds = ["prompt", "prompt_file", "run"]
        let found = entry.value.entries.filter { kinds.contains($0.key) }
        if found.count == 1 {
            if found[0].key == "run", found[0].value.elements.isEmpty {
                reader.complain(
                    found[0].value.position, "`jobs.\(entry.key).run` names no program",
                    hint: "write it as [name, argument]")
            }
            return found[0].key == "run" ? .run : .prompt
        }
        if found.count > 1 {
            reader.complain(
                found[1].position, "job `\(entry.key)` has `\(found[0].key)` and `\(found[1].key)`",
                hint: "keep one of the two")
        } else if !broken.contains(entry.key) {
            reader.complain(
                entry.position, "job `\(entry.key)` has nothing to do",
                hint: "give it one of: \(kinds.joined(separator: ", "))")
        }
        return nil
    }

    private mutating func needs(_ value: BatchValue?, of job: inout JobDeclaration) {
        switch value?.content {
        case .value(.string(let name)):
            job.needs = [.init(job: name, condition: .success, position: value?.position ?? job.position)]
        case .list(let elements):
            job.needs = elements.compactMap { element in
                element.text.map { .init(job: $0, condition: .success, position: element.position) }
            }
        case .table(let entries):
            job.needsAreListed = false
            job.needs = entries.map {
                .init(
                    job: $0.key, condition: NeedCondition(rawValue: $0.value.text ?? "") ?? .success,
                    position: $0.position)
            }
        default: break
        }
    }

    private mutating func outputs(_ entry: BatchEntry, of job: inout JobDeclaration, isKnown: Bool) {
        guard let source = entry.value["from"]?.text.flatMap(OutputSource.init) else { return }
        if isKnown, (source == .stdout) != (job.kind == .run) {
            let place = entry.value["from"]?.position ?? entry.position
            reader.complain(
                place,
                "the output `\(entry.key)` is from \(source.rawValue), and `\(job.name)` is a \(job.kind == .run ? "command" : "question")",
                hint: job.kind == .run ? "a command has stdout" : "a question has text and result")
        }
        let path = entry.value["path"]?.text?.split(separator: ".").map(String.init) ?? []
        job.outputs.append(
            OutputDeclaration(
                name: entry.key, source: source, type: entry.value["type"]?.text.flatMap(OutputType.init) ?? .text,
                path: path, position: entry.position))
    }

    /// Checks the names in all templates of all jobs.
    ///
    /// What could not be read is known by its name all the same: something else that is wrong in a job hides no misspelt name.
    private mutating func checkNames(
        _ jobs: [JobDeclaration], _ graph: JobGraph, inputs: [String], declared: Set<String>
    ) {
        var outputs = Dictionary(jobs.map { ($0.name, $0.outputs.map(\.name)) }) { first, _ in first }
        for name in declared { add(written(in: root["jobs"]?[name]?["outputs"]), to: &outputs[name, default: []]) }
        var inputs = inputs
        add(written(in: root["inputs"]), to: &inputs)
        for job in jobs {
            var axes = job.matrix?.axisNames
            if broken.contains(job.name) {
                // A matrix that cannot be read may have any axes.
                let node = root["jobs"]?[job.name]?["matrix"]
                if node != nil, axes?.isEmpty != false { continue }
                let named = written(in: node).filter { $0 != "include" && $0 != "exclude" }
                axes = axes.map { known in known + named.filter { !known.contains($0) } }
            }
            var names = TemplateNames(
                inputs: inputs, axes: axes, jobs: outputs,
                isNeeded: { [name = job.name] in graph.has(name, after: $0) }, hasFailure: job.isOnDemand)
            for entry in job.settings.entries {
                // With `template: false` the prompt is text and nothing else.
                if entry.key == "prompt", job.settings["template"]?.bool == false { continue }
                check(entry.value, names)
            }
            for included in job.matrix?.included ?? [] { check(included.changes, names) }
            // What makes the rows, or is asked before there are any, cannot name one.
            names.axes = nil
            if let when = job.when { check(when, names) }
            for value in job.matrix?.values ?? [] { check(value, names) }
        }
    }

    /// The keys of a mapping, as they are written.
    private func written(in node: ConfigNode?) -> [String] {
        if case .mapping(let members)? = node?.content { members.map(\.key) } else { [] }
    }

    private func add(_ names: [String], to known: inout [String]) {
        for name in names where !known.contains(name) { known.append(name) }
    }

    private mutating func check(_ value: BatchValue, _ names: TemplateNames) {
        value.visitTemplates { template, position in
            // Each place is looked for in the text, which nobody waits for when enough is wrong already.
            for error in names.problems(of: template) where !reader.problems.isFull {
                reader.complain(
                    reader.source.place(ofOpening: error.opening, offset: error.offset, from: position), error.message,
                    hint: error.hint)
            }
        }
    }

    /// A pool is declared, or called like a provider.
    private mutating func checkPools(_ jobs: [JobDeclaration], _ top: BatchValue) {
        let pools = top["pools"]?.entries.map(\.key) ?? []
        for job in jobs {
            for value in job.settings["pools"]?.elements ?? [] {
                guard let name = value.text, !pools.contains(name) else { continue }
                reader.complain(
                    value.position, "there is no pool `\(name)`\(Suggestion.clause(for: name, among: pools))",
                    hint: pools.isEmpty ? "declare it under `pools`" : "declared are: \(pools.joined(separator: ", "))")
            }
        }
    }

    /// What a schedule gives to inputs is checked like what a person gives.
    private mutating func schedules(_ top: BatchValue, _ inputs: [InputDeclaration]) -> [ScheduleDeclaration] {
        var all: [JSONObject] = []
        for node in root["schedule"]?.elements ?? [] {
            let members = node["inputs"]?.members ?? []
            var given = JSONObject()
            for member in members {
                guard let input = inputs.first(where: { $0.name == member.key }) else {
                    reader.unknown(member, "schedule.inputs", among: inputs.map(\.name))
                    continue
                }
                given[input.name] = reader.value(of: member.value, for: input, "schedule")
            }
            for input in inputs where input.isRequired && !members.contains(where: { $0.key == input.name }) {
                reader.complain(
                    node.position, "this schedule gives nothing for the input `\(input.name)`, which is required",
                    hint: "add inputs: { \(input.name): … }")
            }
            all.append(given)
        }
        return zip(top["schedule"]?.elements ?? [], all).map { ScheduleDeclaration($0, given: $1) }
    }
}
