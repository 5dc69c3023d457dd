import Model
import Settings

/// The names that an expression of one job may use, so that a wrong one is found before anything starts.
package struct TemplateNames: Sendable {
    /// The inputs of the file.
    package var inputs: [String]
    /// Nil where there is no matrix.
    package var axes: [String]?
    /// The outputs of each job of the file.
    package var jobs: [String: [String]]
    /// True for a job that has ended by the time the expression is asked.
    package var isNeeded: @Sendable (String) -> Bool = { _ in false }
    /// True in a job that runs only when another has failed.
    package var hasFailure: Bool

    /// What `batch` holds.
    package static let batchWords = ["name", "file", "folder", "hash", "run", "url"]
    /// What `job` holds.
    package static let jobWords = ["name", "key", "address"]
    /// What `failure` holds.
    package static let failureWords = ["job", "key", "class", "message"]
    /// What a job is to those that need it.
    package static let resultWords = [
        "status", "total", "succeeded", "failed", "skipped", "results", "missing", "output", "text", "outputs",
    ]

    /// Names for a place outside of every job: only the inputs and the batch.
    package static func outside(inputs: [String]) -> TemplateNames {
        TemplateNames(inputs: inputs, axes: nil, jobs: [:], hasFailure: false)
    }

    private var roots: [String] {
        var roots = ["inputs", "batch"]
        if !jobs.isEmpty { roots += ["job", "jobs"] }
        if axes != nil { roots.append("matrix") }
        if hasFailure { roots.append("failure") }
        return roots
    }

    /// Everything that is wrong with the names of `template`.
    func problems(of template: Template) -> [TemplateError] {
        var problems: [TemplateError] = []
        for (expression, opening, offset) in template.insertions {
            if problems.count >= 50 { break }
            expression.visitPaths { path in
                if let error = problem(path) { problems.append(TemplateError(opening: opening, error, shift: offset)) }
            }
        }
        return problems
    }

    private func problem(_ path: [(name: String, offset: Int)]) -> ExpressionError? {
        guard let root = path.first else { return nil }
        switch root.name {
        case "inputs": return member(path, of: inputs, hint: "declare it under `inputs`")
        case "batch": return member(path, of: Self.batchWords)
        case "job" where !jobs.isEmpty: return member(path, of: Self.jobWords)
        case "jobs" where !jobs.isEmpty: return job(path)
        case "matrix":
            guard let axes else {
                return ExpressionError(
                    root.offset, "`matrix` is known only in a job that has one", hint: "give the job a `matrix`")
            }
            return member(path, of: axes + ["key"], hint: "name an axis of this job's matrix")
        case "failure":
            guard hasFailure else {
                return ExpressionError(
                    root.offset, "`failure` is known only in a job with `trigger: on_demand`",
                    hint: "name such a job under `on_failure`")
            }
            return member(path, of: Self.failureWords)
        case "secrets", "env":
            return ExpressionError(
                root.offset, "`\(root.name)` cannot be named in a template: prompts and arguments are recorded",
                hint: "the process reads it from its environment: env: { secrets: { NAME: { file: PATH } } }")
        default:
            let names = roots
            return ExpressionError(
                root.offset,
                "there is no `\(root.name.prefix(80))` here\(Suggestion.clause(for: root.name, among: names))",
                hint: "known here: \(names.joined(separator: ", ")); a ${{ that is meant as text is written $${{")
        }
    }

    private func member(
        _ path: [(name: String, offset: Int)], of names: [String], at index: Int = 1, hint: String? = nil
    ) -> ExpressionError? {
        guard path.count > index, !names.contains(path[index].name) else { return nil }
        let (name, offset) = path[index]
        let owner = path[..<index].map(\.name).joined(separator: ".")
        let known = names.isEmpty ? "it holds nothing" : "known here: \(names.joined(separator: ", "))"
        return ExpressionError(
            offset, "`\(owner)` has no `\(name.prefix(80))`\(Suggestion.clause(for: name, among: names))",
            hint: hint.map { "\($0); \(known)" } ?? known)
    }

    private func job(_ path: [(name: String, offset: Int)]) -> ExpressionError? {
        guard path.count > 1 else {
            return ExpressionError(path[0].offset, "`jobs` must name a job", hint: "write it as jobs.NAME.output")
        }
        let (name, offset) = path[1]
        guard let outputs = jobs[name] else {
            return ExpressionError(
                offset,
                "there is no job `\(name.prefix(80))`\(Suggestion.clause(for: name, among: jobs.keys.sorted()))",
                hint: "known here: \(jobs.keys.sorted().joined(separator: ", "))")
        }
        guard isNeeded(name) else {
            return ExpressionError(
                offset, "`jobs.\(name)` is asked here, but this job does not need `\(name)`",
                hint: "add \(name) to `needs`")
        }
        guard path.count > 2 else {
            return ExpressionError(
                offset, "`jobs.\(name)` is a whole job",
                hint: "name a part of it: \(Self.resultWords.joined(separator: ", "))")
        }
        if let problem = member(path, of: Self.resultWords, at: 2) { return problem }
        guard path[2].name == "outputs" else { return nil }
        return member(path, of: outputs, at: 3, hint: "declare it under `outputs` of \(name)")
    }
}

extension Template {
    /// True when something in it is known only once the run goes: results of jobs, the run's id, a failure.
    package var isLate: Bool {
        var late = false
        for (expression, _, _) in insertions {
            expression.visitPaths { path in
                switch path.first?.name {
                case "jobs", "failure": late = true
                case "batch": late = late || path.count < 2 || ["run", "url"].contains(path[1].name)
                default: break
                }
            }
        }
        return late
    }

    /// True when something in it depends on the row of the matrix.
    package var namesRow: Bool {
        var found = false
        for (expression, _, _) in insertions {
            expression.visitPaths { path in
                let name = path.first?.name
                found = found || name == "matrix" || (name == "job" && (path.count < 2 || path[1].name != "name"))
            }
        }
        return found
    }

    /// The jobs whose results it names, each once, in the order in which they are named.
    package var namedJobs: [String] {
        var names: [String] = []
        for (expression, _, _) in insertions {
            expression.visitPaths { path in
                guard path.count > 1, path[0].name == "jobs", !names.contains(path[1].name) else { return }
                names.append(path[1].name)
            }
        }
        return names
    }

    /// The files that it names by a text of its own: `file("README.md")`.
    package var namedFiles: [String] {
        var files: [String] = []
        for (expression, _, _) in insertions { expression.visitFiles { if let path = $0 { files.append(path) } } }
        return files
    }

    /// True when the content of a file is in it, by whatever name.
    var readsFiles: Bool {
        var reads = false
        for (expression, _, _) in insertions { expression.visitFiles { _ in reads = true } }
        return reads
    }
}

extension Expression {
    /// Calls `visit` for every `file(…)`, with the path where it is written out.
    fileprivate func visitFiles(_ visit: (String?) -> Void) {
        switch self {
        case .literal, .root: break
        case .member(let base, _, _): base.visitFiles(visit)
        case .element(let base, let index, _):
            base.visitFiles(visit)
            index.visitFiles(visit)
        case .call(_, let arguments, _):
            for argument in arguments {
                if case .literal(.string(let path)) = argument {
                    visit(path)
                } else {
                    visit(nil)
                    argument.visitFiles(visit)
                }
            }
        case .not(let inner, _), .negative(let inner, _): inner.visitFiles(visit)
        case .operation(_, let left, let right, _):
            left.visitFiles(visit)
            right.visitFiles(visit)
        case .filter(_, let value, let arguments, _):
            value.visitFiles(visit)
            for argument in arguments { argument.visitFiles(visit) }
        }
    }
}
