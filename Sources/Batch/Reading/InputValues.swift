package import Model
import Settings

extension BatchFile {
    /// The values of all inputs for one run: what is given (`--set`), else the defaults.
    ///
    /// `given` holds texts as somebody typed them. An input that is neither given nor has a default is null. Throws exit
    /// status 64 with every problem in it.
    package func inputValues(given: [(name: String, text: String)]) throws(TuttiError) -> JSONObject {
        var problems: [(message: String, hint: String)] = []
        var values = JSONObject()
        var texts: [String: String] = [:]
        for (name, text) in given {
            guard let input = inputs.first(where: { $0.name == name }) else {
                let names = inputs.map(\.name)
                problems.append(
                    (
                        "--set \(name.prefix(80)): the batch has no such input\(Suggestion.clause(for: name, among: names))",
                        names.isEmpty ? "declare it under `inputs`" : "its inputs: \(names.joined(separator: ", "))"
                    ))
                continue
            }
            guard texts.updateValue(text, forKey: name) == nil else {
                problems.append(("--set \(name): it is given twice", "give it once"))
                continue
            }
            guard let value = input.type.value(of: text) else {
                problems.append(
                    (
                        "--set \(name): the input needs \(input.type.words), not \"\(text.prefix(80))\"",
                        "see \(input.position)"
                    ))
                continue
            }
            if let problem = input.problem(of: value) {
                problems.append(("--set \(name): the input \(problem.message)", problem.hint))
            }
            values[name] = value
        }
        for input in inputs where texts[input.name] == nil {
            if input.isRequired {
                problems.append(
                    (
                        "\(input.position): the input `\(input.name)` is required",
                        "give it with --set \(input.name)=VALUE"
                    ))
            }
            values[input.name] = input.fallback ?? .null
        }
        if let first = problems.first {
            throw TuttiError(.usage, problems.map(\.message).joined(separator: "\n"), hint: first.hint)
        }
        return values
    }
}
