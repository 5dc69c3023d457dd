import Model
import Settings

extension BatchPlan {
    /// Adds what may be meant but looks like a mistake.
    mutating func warn() {
        var found = ProblemList()
        for entry in warnings { found.add(entry) }
        for declaration in file.jobs {
            let name = declaration.name
            let settings = declaration.settings
            func warn(_ value: BatchValue?, _ message: String, hint: String) {
                found.add(ConfigProblem(value?.position ?? declaration.position, message, hint: hint))
            }
            if settings["approvals"]?.text == "allow" {
                warn(
                    settings["approvals"],
                    "job \"\(name)\" asks for approvals \"allow\": commands run without a question",
                    hint: "use deny, or ask")
            }
            if settings["timeout"]?["total"]?.text == "none", settings["timeout"]?["idle"]?.text == "none" {
                warn(
                    settings["timeout"]?["total"],
                    "job \"\(name)\" has neither a total nor an idle time-out: it may hang for ever",
                    hint: "keep one of the two")
            }
            if declaration.matrix == nil {
                for key in ["max_parallel", "fail_fast", "prefix"] {
                    guard let value = settings[key], value.layer == .job(name) else { continue }
                    warn(value, "`\(key)` of job \"\(name)\" does nothing without a matrix", hint: "remove it")
                }
            }
            if declaration.kind == .run, let cost = settings["model"], cost.layer == .job(name) {
                warn(cost, "`model` of job \"\(name)\" does nothing: the job is a command", hint: "remove it")
            }
            if declaration.isOnDemand, graph.callers(of: name).isEmpty {
                warn(
                    nil, "job \"\(name)\" never runs: no job names it under `on_failure`",
                    hint: "name it, or remove the job")
            }
        }
        let used = usedInputs
        for input in file.inputs where used?.contains(input.name) == false {
            found.add(
                ConfigProblem(
                    input.position, "the input \"\(input.name)\" is not used",
                    hint: "use it as ${{ inputs.\(input.name) }}"))
        }
        warnings = found.all.sorted { ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column) }
    }

    /// The inputs that something asks for; nil when anything may, through a prompt file that is not known yet.
    private var usedInputs: Set<String>? {
        var used: Set<String> = []
        func visit(_ template: Template) {
            for (expression, _, _) in template.insertions {
                expression.visitPaths { path in
                    guard path.first?.name == "inputs" else { return }
                    if path.count > 1 { used.insert(path[1].name) } else { used.formUnion(file.inputs.map(\.name)) }
                }
            }
        }
        for job in file.jobs {
            job.when?.visitTemplates { template, _ in visit(template) }
            guard visitTemplates(of: job, visit) else { return nil }
        }
        return used
    }
}
