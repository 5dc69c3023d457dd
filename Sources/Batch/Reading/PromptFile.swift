import Settings

/// A prompt file as a batch of one job: what stands between its two `---` lines are keys of the job, and `inputs`, `pools`,
/// `profiles`, `budget` or `description` of the file; the rest is the question.
enum PromptFile {
    private static let fileKeys = ["version", "description", "inputs", "pools", "profiles", "budget", "schedule"]

    /// The batch that the file means, every value with its place in it.
    static func root(_ bytes: [UInt8], file: String) throws(ConfigProblem) -> ConfigNode {
        let start = ConfigPosition(file: file, line: 1, column: 1)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigProblem(start, "this is not UTF-8 text", hint: "save the file as UTF-8")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var head = ConfigNode(content: .mapping([]), position: start)
        var body = text
        var bodyLine = 1
        if lines.first.map(isFence) == true {
            guard let end = lines.dropFirst().firstIndex(where: isFence) else {
                throw ConfigProblem(start, "the keys begin here and do not end", hint: "close them with a line ---")
            }
            // An empty first line in place of the fence keeps the numbers of the lines.
            head = try YAMLReader.node(Array("\n\(lines[1..<end].joined(separator: "\n"))\n".utf8), file: file)
            body = lines[(end + 1)...].joined(separator: "\n")
            bodyLine = end + 2
        }
        guard case .mapping(let members) = head.content else {
            throw ConfigProblem(
                head.position, "the keys need a mapping, not \(head.kind)", hint: "write them as lines of `key: value`")
        }
        let place = ConfigPosition(file: file, line: bodyLine, column: 1)
        func member(_ key: String, _ content: ConfigNode.Content) -> ConfigMember {
            ConfigMember(key: key, position: place, value: ConfigNode(content: content, position: place))
        }
        let job = members.filter { !fileKeys.contains($0.key) && $0.key != "name" }
        let name = members.first { $0.key == "name" }.map { $0.value.shown.filter { $0 != "\"" } } ?? "ask"
        var all = members.filter { fileKeys.contains($0.key) || $0.key == "name" }
        if !all.contains(where: { $0.key == "version" }) { all.append(member("version", .scalar("1", plain: true))) }
        let question = member("prompt", .scalar(body.isEmpty ? "" : body, plain: false))
        all.append(
            member("jobs", .mapping([member(BatchScalar.isName(name) ? name : "ask", .mapping(job + [question]))])))
        return ConfigNode(content: .mapping(all), position: start)
    }

    private static func isFence(_ line: Substring) -> Bool {
        line.hasPrefix("---") && line.dropFirst(3).allSatisfy { $0 == " " || $0 == "\r" }
    }
}
