import Model
package import Settings

/// What of a job has begun or ended in a run, so that it stays as it was.
package struct BegunParts: Sendable, Hashable {
    /// The numbers of its rows; nil is the job itself, where it has no matrix.
    package var rows: Set<Int?>
    /// True when its rows are being made or were made.
    package var isMaking: Bool

    /// Nothing but these.
    package init(rows: Set<Int?> = [], isMaking: Bool = false) {
        self.rows = rows
        self.isMaking = isMaking
    }

    /// True when there is anything.
    var isAny: Bool { isMaking || !rows.isEmpty }
}

extension BatchPlan {
    /// This plan for a run that goes on with `old`, of which `begun` has begun, by job; with what it asks for and cannot have
    /// any more.
    ///
    /// Rows keep their numbers, and with them their addresses: those that the file has no longer stay as dropped ones, and
    /// added ones come after them. Rows that were made late are made once.
    package func following(
        _ old: BatchPlan, begun: [String: BegunParts]
    ) -> (plan: BatchPlan, problems: [ConfigProblem]) {
        var plan = self
        var problems: [ConfigProblem] = []
        var next = (old.jobs.map(\.number).max() ?? 0) + 1
        for index in jobs.indices {
            let name = jobs[index].name
            guard let before = old.job(name), let former = old.file.job(name), let job = file.job(name) else {
                plan.jobs[index].number = next
                next += 1
                continue
            }
            plan.jobs[index].number = before.number
            let parts = begun[name] ?? BegunParts()
            if parts.isAny { problems += BatchPlan.tooLate(job, after: former) + lateCallers(of: job, old) }
            do throws(ConfigProblem) {
                plan.jobs[index].rows = try BatchPlan.rows(of: job, jobs[index].rows, former, before.rows, parts)
                if plan.jobs[index].rows.count > before.rows.count { try checkFollowers(of: job, begun) }
            } catch {
                problems.append(error)
            }
        }
        // What was compared then is compared anew where rows are made late.
        plan.saves = nil
        return (plan, problems)
    }

    /// Throws when a job has begun that was to begin after all rows of `job`: it would never hear of those that are added.
    private func checkFollowers(of job: JobDeclaration, _ begun: [String: BegunParts]) throws(ConfigProblem) {
        let other = file.jobs.first { other in
            begun[other.name]?.isAny == true && other.needs.contains { $0.job == job.name }
        }
        guard let other else { return }
        throw ConfigProblem(
            job.matrix?.position ?? job.position,
            "job `\(job.name)` has more rows now, and `\(other.name)`, which needs all of them, has begun",
            hint: "take them back; a new run has them: tutti batch run FILE --resume RUN")
    }

    /// Jobs that call `job`, which has begun or was not called by those that did: it would never hear of their failure.
    private func lateCallers(of job: JobDeclaration, _ old: BatchPlan) -> [ConfigProblem] {
        let before = Set(old.callers(of: job.name))
        return callers(of: job.name).filter { !before.contains($0) }.compactMap { caller in
            let named = file.job(caller)?.onFailure.first { $0.text == job.name }
            return named.map {
                ConfigProblem(
                    $0.position,
                    "job `\(job.name)` is decided about already, and now `\(caller)` names it under `on_failure`",
                    hint: "take it back; a new run has it: tutti batch run FILE --resume RUN")
            }
        }
    }

    /// What a job that has begun cannot be given any more.
    private static func tooLate(_ job: JobDeclaration, after former: JobDeclaration) -> [ConfigProblem] {
        let needs = Set(former.needs.map(\.job))
        let hint = "take it back; a new run has it: tutti batch run FILE --resume RUN"
        return job.needs.filter { !needs.contains($0.job) }.map {
            ConfigProblem(
                $0.position, "job `\(job.name)` has begun, and now needs `\($0.job)`, which it did not", hint: hint)
        }
            + job.outputs.compactMap { output in
                let before = former.outputs.first { $0.name == output.name }
                if let before, before.says(the: output) { return nil }
                return ConfigProblem(
                    output.position,
                    "job `\(job.name)` has begun, and its output `\(output.name)` \(before == nil ? "is new" : "is another one now")",
                    hint: hint)
            }
    }

    /// The rows of a job in the run.
    private static func rows(
        of job: JobDeclaration, _ rows: Rows, _ former: JobDeclaration, _ before: Rows, _ begun: BegunParts
    ) throws(ConfigProblem) -> Rows {
        if case .known(let old) = before, case .known(let new) = rows, !begun.isMaking {
            return .known(merged(old, new, begun))
        }
        let isSame = former.matrix?.json == job.matrix?.json
        if isSame, begun.isAny || before == rows { return before }
        guard !begun.isAny else {
            let making = begun.isMaking ? "its rows are made of the matrix that it had" : "its rows were known"
            let what = former.matrix == nil ? "it had no matrix" : making
            throw ConfigProblem(
                job.matrix?.position ?? job.position, "job `\(job.name)` has begun, and \(what)",
                hint: "take it back; a new run has it: tutti batch run FILE --resume RUN")
        }
        return rows
    }

    private static func merged(_ old: [MatrixRow], _ new: [MatrixRow], _ begun: BegunParts) -> [MatrixRow] {
        var rows = old
        var numbers: [String: Int] = [:]
        for index in rows.indices {
            // One that was dropped before it began is over: the same row is another one when it comes back.
            if !rows[index].isDropped || begun.rows.contains(index) { numbers[rows[index].key] = index }
            rows[index].isDropped = true
        }
        for row in new {
            guard let number = numbers.removeValue(forKey: row.key) else {
                rows.append(row)
                continue
            }
            let values = begun.rows.contains(number) ? rows[number].values : row.values
            rows[number] = row
            rows[number].values = values
        }
        for index in rows.indices where rows[index].isDropped { rows[index].included = nil }
        return rows
    }

    /// True when a row is asked the same in this plan and in `other`, whatever its needs come to.
    package func asksTheSame(_ job: String, row number: Int?, as other: BatchPlan) -> Bool {
        guard let mine = self.job(job), let its = other.job(job), let declaration = file.job(job),
            let former = other.file.job(job), let row = row(of: mine, number: number),
            let before = other.row(of: its, number: number), row.row?.isDropped != true
        else { return false }
        let settings = settings(of: declaration, row: row.row).json
        return settings == other.settings(of: former, row: before.row).json && inputs == other.inputs
            && texts == other.texts && row.row?.values == before.row?.values && mine.number == its.number
            && (file.hash == other.file.hash || !settings.text.contains("batch.hash"))
    }
}

extension OutputDeclaration {
    /// True when both mean the same value.
    fileprivate func says(the other: OutputDeclaration) -> Bool {
        source == other.source && type == other.type && path == other.path
    }
}

extension BatchPlan.Rows {
    /// How many rows are known.
    fileprivate var count: Int { if case .known(let rows) = self { rows.count } else { 0 } }
}
