import Batch
import Model
import Settings

extension BatchPlan {
    /// Throws exit status 78 when a job asks for what a run would have to pass over: a limit or a right that is silently not
    /// there is worse than a batch that does not start.
    func checkRunnable(leavingOut leftOut: Set<String>) throws(TuttiError) {
        for declaration in file.jobs where !leftOut.contains(declaration.name) {
            let settings = shape(of: declaration.name, row: declaration.matrix == nil ? nil : 0)
            let written = declaration.settings
            var asked: [String] = []
            if written["tools"] != nil { asked.append("tools") }
            if let mcp = written["mcp"]?.text, mcp != "none" { asked.append("mcp") }
            if let approvals = settings.approvals, approvals != "deny" { asked.append("approvals: \(approvals)") }
            if written["workspace"]?["kind"]?.text == "worktree" { asked.append("workspace: worktree") }
            if written["env"]?["secrets"] != nil { asked.append("env.secrets") }
            guard let first = asked.first else { continue }
            throw TuttiError(
                .badConfiguration,
                "\(declaration.position): the job `\(declaration.name)` asks for `\(first)`, which `batch run` cannot give",
                hint: "take it out; what a provider may do can be said in tutti.yaml under providers.NAME.args and env")
        }
        guard let floor = try pools().first(where: { $0.memoryFloor != nil }) else { return }
        throw TuttiError(
            .badConfiguration,
            "\(file.path): the pool `\(floor.name)` has a `memory_floor`, which `batch run` cannot keep",
            hint: "take it out; limits.memory in tutti.yaml holds for everything")
    }
}
