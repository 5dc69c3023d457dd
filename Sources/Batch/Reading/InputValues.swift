package import Model
import Settings

extension BatchFile {
    /// The values of all inputs for one run: what is given (`--set`), else the defaults.
    ///
    /// `given` holds texts as somebody typed them. An input that is neither given nor has a default is null. Throws exit
    /// status 64 with every problem in it.
    ///
    /// A run that goes on with this file in place of that of `old` keeps the values that it was given, where they still fit.
    package func inputValues(
        given: [(name: String, text: String)], keeping old: BatchPlan? = nil
    ) throws(TuttiError) -> JSONObject {
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
            if let value = old?.value(of: input) {
                if !input.type.holds(value) {
                    problems.append(
                        (
                            "\(input.position): the input `\(input.name)` needs \(input.type.words), and the run has \(value.text.prefix(80))",
                            "give it with --set \(input.name)=VALUE"
                        ))
                } else if let problem = input.problem(of: value) {
                    problems.append(
                        ("\(input.position): of the run, the input `\(input.name)` \(problem.message)", problem.hint))
                }
                values[input.name] = value
                continue
            }
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

extension BatchPlan {
    /// The value that `input` of a newer file has from here: what somebody gave, and what nobody gave where the newer file has
    /// no default in its place.
    fileprivate func value(of input: InputDeclaration) -> JSONValue? {
        guard let value = inputs[input.name], value != .null,
            let former = file.inputs.first(where: { $0.name == input.name }),
            value != former.fallback || input.fallback == nil
        else { return nil }
        return value
    }
}

extension InputType {
    /// True when a value that an earlier file allowed is one of this type.
    fileprivate func holds(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.text, .string), (.string, .string), (.integer, .integer), (.number, .integer), (.number, .number),
            (.boolean, .bool), (.list, .array), (.json, _):
            true
        default: false
        }
    }
}
