package import Model

/// One difference between the plan that a run has and the plan that its file gives now.
package struct PlanChange: Sendable, Hashable {
    /// What became of the part.
    package enum Kind: String, Sendable {
        case added, removed, changed
    }

    /// Whether the part is new, gone, or another one.
    package var kind: Kind
    /// The job's name; nil is the batch as a whole.
    package var job: String?
    /// What of it: a key such as `timeout.total`, or `row KEY`; nil is the whole job.
    package var part: String?
    /// What it was; nil for what is new.
    package var before: JSONValue?
    /// What it is now; nil for what is gone.
    package var after: JSONValue?
}

extension BatchPlan {
    /// What is different in `newer`: what holds for the whole batch, then the jobs in their order, removed ones last.
    ///
    /// Rows are compared where both plans know them. A question whose file has another text counts as changed.
    package func changes(to newer: BatchPlan) -> [PlanChange] {
        var changes = differences(nil, described, newer.described)
        for job in newer.jobs {
            guard let old = self.job(job.name), let before = file.job(job.name), let after = newer.file.job(job.name)
            else {
                changes.append(PlanChange(kind: .added, job: job.name))
                continue
            }
            changes += differences(
                job.name, described(before, withMatrix: !old.rows.isKnown || !job.rows.isKnown),
                newer.described(after, withMatrix: !old.rows.isKnown || !job.rows.isKnown))
            if case .known(let oldRows) = old.rows, case .known(let newRows) = job.rows {
                changes += rowChanges(of: job.name, from: oldRows, to: newRows)
            }
        }
        for job in jobs where newer.job(job.name) == nil { changes.append(PlanChange(kind: .removed, job: job.name)) }
        return changes
    }

    private func differences(
        _ job: String?, _ left: [String: JSONValue], _ right: [String: JSONValue]
    ) -> [PlanChange] {
        left.keys.filter { right[$0] == nil }.sorted().map {
            PlanChange(kind: .removed, job: job, part: $0, before: left[$0])
        }
            + right.keys.sorted().filter { left[$0] != right[$0] }.map {
                PlanChange(
                    kind: left[$0] == nil ? .added : .changed, job: job, part: $0, before: left[$0], after: right[$0])
            }
    }

    private func rowChanges(of job: String, from old: [MatrixRow], to new: [MatrixRow]) -> [PlanChange] {
        let before = Set(old.filter { !$0.isDropped }.map(\.key))
        let after = Set(new.filter { !$0.isDropped }.map(\.key))
        return new.filter { !$0.isDropped && !before.contains($0.key) }.map {
            PlanChange(kind: .added, job: job, part: "row \($0.key)", after: .object($0.values))
        }
            + old.filter { !$0.isDropped && !after.contains($0.key) }.map {
                PlanChange(kind: .removed, job: job, part: "row \($0.key)", before: .object($0.values))
            }
    }

    /// Everything that holds for the batch as a whole, by dotted path: inputs, pools, the budget, and files that jobs read
    /// beside their prompt.
    private var described: [String: JSONValue] {
        var all: [String: JSONValue] = [:]
        BatchPlan.add(.object(inputs), "inputs", to: &all)
        for pool in file.pools { BatchPlan.add(pool.value.json, "pools.\(pool.key)", to: &all) }
        if let budget = file.budget { BatchPlan.add(budget.json, "budget", to: &all) }
        let prompts = Set(file.jobs.compactMap { $0.settings["prompt_file"]?.text })
        for (path, text) in texts where !prompts.contains(path) { all["file \(path)"] = .string(text) }
        return all
    }

    /// Everything that a job says, by dotted path, with what it waits for and the text of its prompt file.
    private func described(_ job: JobDeclaration, withMatrix: Bool) -> [String: JSONValue] {
        var all: [String: JSONValue] = [:]
        for entry in job.settings.entries { BatchPlan.add(entry.value.json, entry.key, to: &all) }
        for need in job.needs { all["needs.\(need.job)"] = .string(need.condition.rawValue) }
        if let when = job.when { all["when"] = when.json }
        if withMatrix, let matrix = job.matrix { all["matrix"] = matrix.json }
        for output in job.outputs {
            let path = output.path.isEmpty ? "" : "." + output.path.joined(separator: ".")
            all["outputs.\(output.name)"] = .string("\(output.type.rawValue) of \(output.source.rawValue)\(path)")
        }
        if job.isOnDemand { all["trigger"] = "on_demand" }
        if let path = job.settings["prompt_file"]?.text, let text = texts[path] {
            all["prompt_file \(path)"] = .string(text)
        }
        return all
    }

    private static func add(_ value: JSONValue, _ path: String, to all: inout [String: JSONValue]) {
        guard case .object(let object) = value, !object.members.isEmpty else {
            all[path] = value
            return
        }
        for member in object.members { add(member.value, "\(path).\(member.key)", to: &all) }
    }
}

extension BatchPlan.Rows {
    fileprivate var isKnown: Bool { if case .known = self { true } else { false } }
}
