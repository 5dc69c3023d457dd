import Settings

extension BatchPlan {
    /// The first job without which nothing is left that `job` could be made of, when those of `gone` do not run.
    ///
    /// A share of no rows is always reached, and an answer that was made of nothing would replace a good one. Only a condition
    /// that asks how a job ended, by its `status` or `skipped`, speaks of one that does not run.
    func lostInput(of job: JobDeclaration, without gone: Set<String>) -> String? {
        let counted = job.when?.template?.namedJobs ?? []
        if counted.contains(where: { gone.contains($0) && job.asksWhetherSkipped($0) }) { return nil }
        for read in [counted, readJobs(of: job)] where !read.isEmpty && read.allSatisfy(gone.contains) {
            return read.first
        }
        return nil
    }

    /// The jobs whose results the question, the command or the rows of `job` are made of, each once.
    private func readJobs(of job: JobDeclaration) -> [String] {
        var names: [String] = []
        _ = visitTemplates(of: job) { template in
            for name in template.namedJobs where !names.contains(name) && template.asks(name, besides: endings) {
                names.append(name)
            }
        }
        return names
    }

    /// Calls `visit` for every template of `job` but its condition; false when its prompt file is not known yet.
    func visitTemplates(of job: JobDeclaration, _ visit: (Template) -> Void) -> Bool {
        for value in [job.settings] + (job.matrix?.values ?? []) + (job.matrix?.included.map(\.changes) ?? []) {
            value.visitTemplates { template, _ in visit(template) }
        }
        guard let path = job.settings["prompt_file"] else { return true }
        guard let text = path.text.flatMap({ texts[$0] }) else { return false }
        if let template = try? Template(text) { visit(template) }
        return true
    }
}

extension JobDeclaration {
    /// True when `when` asks how `job` ended, and so knows of one that was skipped.
    func asksWhetherSkipped(_ job: String) -> Bool { when?.template?.asks(job, among: endings) ?? false }
}

/// What tells that a job was skipped.
private let endings: Set<String> = ["status", "skipped"]

extension Template {
    /// True when it asks for one of `words` of `job`.
    fileprivate func asks(_ job: String, among words: Set<String>) -> Bool { asks(job) { words.contains($0) } }

    /// True when it asks for anything but `words` of `job`.
    fileprivate func asks(_ job: String, besides words: Set<String>) -> Bool { asks(job) { !words.contains($0) } }

    private func asks(_ job: String, _ isMeant: (String) -> Bool) -> Bool {
        var found = false
        for (expression, _, _) in insertions {
            expression.visitPaths { path in
                guard path.count > 2, path[0].name == "jobs", path[1].name == job else { return }
                found = found || isMeant(path[2].name)
            }
        }
        return found
    }
}
