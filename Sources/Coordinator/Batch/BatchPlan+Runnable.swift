package import Batch
package import Model
package import Settings

extension BatchPlan {
    /// Why `batch run` does not start the batch, in the order of the lines: what a job asks for and would have to be passed
    /// over, as a limit or a right that is silently not there is worse than a batch that does not start; and what is not there
    /// in `surroundings`, where they are known. `broken` are jobs in which something is wrong already.
    package func refusals(
        leavingOut leftOut: Set<String> = [], broken: Set<String> = [], in surroundings: BatchSurroundings? = nil
    ) -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for declaration in file.jobs where !leftOut.contains(declaration.name) {
            guard let (what, position) = firstWish(of: declaration) else { continue }
            problems.append(
                ConfigProblem(
                    position, "the job `\(declaration.name)` asks for `\(what)`, which `batch run` cannot give",
                    hint:
                        "take it out; what a provider may do can be said in tutti.yaml under providers.NAME.args and env"
                ))
        }
        for pool in file.pools {
            guard let floor = pool.value["memory_floor"] else { continue }
            problems.append(
                ConfigProblem(
                    floor.position, "the pool `\(pool.key)` has a `memory_floor`, which `batch run` cannot keep",
                    hint: "take it out; limits.memory in tutti.yaml holds for everything"))
        }
        if let surroundings { problems += obstacles(leavingOut: leftOut, broken: broken, in: surroundings) }
        return problems.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }

    /// Throws exit status 78 with everything that `refusals` says.
    package func checkRunnable(
        leavingOut leftOut: Set<String>, in surroundings: BatchSurroundings? = nil
    ) throws(TuttiError) {
        let refusals = refusals(leavingOut: leftOut, in: surroundings)
        guard refusals.isEmpty else { throw ConfigProblem.error(refusals) }
    }

    /// The first thing that a job, or one of its rows, asks for and that cannot be given.
    private func firstWish(of declaration: JobDeclaration) -> (what: String, position: ConfigPosition)? {
        // Defaults and profiles are in the job's settings; a row of `include` has its own on top of them.
        for said in [declaration.settings] + (declaration.matrix?.included.map(\.changes) ?? []) {
            if let value = said["tools"] { return ("tools", value.position) }
            if let value = said["env"]?["secrets"] { return ("env.secrets", value.position) }
            let choices: [(name: String, value: BatchValue?, harmless: String)] = [
                ("mcp", said["mcp"], "none"), ("approvals", said["approvals"], "deny"),
                ("workspace", said["workspace"]?["kind"], "folder"),
            ]
            for (name, value, harmless) in choices {
                guard let value else { continue }
                if value.template != nil {
                    guard let other = answer(to: name, of: declaration, otherThan: harmless) else { continue }
                    return (other, value.position)
                }
                let text = value.text ?? value.json.text
                if text != harmless { return (name == "mcp" ? name : "\(name): \(text)", value.position) }
            }
        }
        return nil
    }

    /// What a template under `key` comes to in some row, where that is anything but `harmless`, or is known too late.
    private func answer(to key: String, of declaration: JobDeclaration, otherThan harmless: String) -> String? {
        guard let job = job(declaration.name) else { return nil }
        let numbers: [Int?]
        switch job.rows {
        case .known(let rows): numbers = rows.indices.map { $0 }
        case .single, .afterNeeds, .afterCommand: numbers = [nil]
        }
        for number in numbers {
            switch value(of: key, in: job, row: number) {
            case .unsaid: continue
            case .later: return "\(key), which is known later"
            case .known(let value):
                let value = value["kind"] ?? value
                let text = value.string ?? value.text
                if text != harmless { return "\(key): \(text)" }
            }
        }
        return nil
    }
}
