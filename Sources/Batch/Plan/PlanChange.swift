package import Model

/// One difference between the plan that a run has and the plan that its file gives now.
package struct PlanChange: Sendable, Hashable {
    /// What became of the part.
    package enum Kind: String, Sendable {
        case added, removed, changed
    }

    /// Whether the part is new, gone, or another one.
    package var kind: Kind
    /// The job's name.
    package var job: String
    /// What of the job: a key such as `timeout.total`, or `row KEY`; nil is the whole job.
    package var part: String?
    /// What it was; nil for what is new.
    package var before: JSONValue?
    /// What it is now; nil for what is gone.
    package var after: JSONValue?
}

extension BatchPlan {
    /// What is different in `newer`, in the order of its jobs, removed ones last.
    ///
    /// Rows are compared where both plans know them. A question whose file has another text counts as changed.
    package func changes(to newer: BatchPlan) -> [PlanChange] {
        var changes: [PlanChange] = []
        for job in newer.jobs {
            guard let old = self.job(job.name), let before = file.job(job.name), let after = newer.file.job(job.name)
            else {
                changes.append(PlanChange(kind: .added, job: job.name))
                continue
            }
            let (left, right) = (described(before), newer.described(after))
            for path in left.keys.filter({ right[$0] == nil }).sorted() {
                changes.append(PlanChange(kind: .removed, job: job.name, part: path, before: left[path]))
            }
            for path in right.keys.sorted() where left[path] != right[path] {
                changes.append(
                    PlanChange(
                        kind: left[path] == nil ? .added : .changed, job: job.name, part: path, before: left[path],
                        after: right[path]))
            }
            if case .known(let oldRows) = old.rows, case .known(let newRows) = job.rows {
                changes += rowChanges(of: job.name, from: oldRows, to: newRows)
            }
        }
        for job in jobs where newer.job(job.name) == nil { changes.append(PlanChange(kind: .removed, job: job.name)) }
        return changes
    }

    private func rowChanges(of job: String, from old: [MatrixRow], to new: [MatrixRow]) -> [PlanChange] {
        let before = Dictionary(old.map { ($0.key, $0.values) }) { first, _ in first }
        let after = Set(new.map(\.key))
        return new.filter { before[$0.key] == nil }.map {
            PlanChange(kind: .added, job: job, part: "row \($0.key)", after: .object($0.values))
        }
            + old.filter { !after.contains($0.key) }.map {
                PlanChange(kind: .removed, job: job, part: "row \($0.key)", before: .object($0.values))
            }
    }

    /// Everything that a job says, by dotted path, with what it waits for and the text of its prompt file.
    private func described(_ job: JobDeclaration) -> [String: JSONValue] {
        var all: [String: JSONValue] = [:]
        func add(_ value: JSONValue, _ path: String) {
            guard case .object(let object) = value, !object.members.isEmpty else {
                all[path] = value
                return
            }
            for member in object.members { add(member.value, "\(path).\(member.key)") }
        }
        for entry in job.settings.entries { add(entry.value.json, entry.key) }
        for need in job.needs { all["needs.\(need.job)"] = .string(need.condition.rawValue) }
        if let when = job.when { all["when"] = when.json }
        if let path = job.settings["prompt_file"]?.text, let text = texts[path] {
            all["prompt_file \(path)"] = .string(text)
        }
        return all
    }
}
