extension ProjectScanner.Findings {
    /// The provider that a new project asks by default: the first installed one that Tutti can run, else the search over
    /// the project's own files.
    package var provider: String {
        tools.first { $0.path != nil && ProviderCatalog.builtInNames.contains($0.provider) }?.provider ?? "offline"
    }

    /// A commented `tutti.yaml` for what was found.
    package var settings: String {
        var lines = [
            "# Who can be asked in this project, and how. Every key: tutti schema; what holds: tutti config get",
            "version: 1", "",
        ]
        let missing = provider == "offline"
        lines.append(
            "# Who answers. "
                + (missing
                    ? "No provider's program was found on PATH; offline searches the files itself."
                    : "Another one for a single question: --provider NAME"))
        lines += [
            "provider: \(provider)", "", "# Sessions at one time.", "jobs: 4", "",
            "# A run starts nothing more when it has cost this many dollars.", "budget: { usd: 1.00 }", "",
            "timeout: { total: 10m }", "",
            "# The folders that can be asked: by name, by tag (--tag) or all of them (--all).", "modules:",
        ]
        let width = modules.map(\.name.count).max() ?? 0
        for module in modules {
            let gap = String(repeating: " ", count: width - module.name.count)
            let tags = module.tags.isEmpty ? "" : ", tags: [\(module.tags.joined(separator: ", "))]"
            lines.append(
                "  \(ConfigText.scalar(module.name)): \(gap){ path: \(ConfigText.scalar(module.path))\(tags) }")
        }
        if isCut { lines.append("  # There were more folders than init looks at; add what is missing.") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Writes values into settings files.
enum ConfigText {
    /// `text` as a YAML scalar that reads back as that text: plain where nobody could take it for anything else.
    static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || [0x2E, 0x5F, 0x2D, 0x2F].contains($0)
            }
        let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        let looksLikeText = text.contains { $0.isLetter } && text.first?.isLetter == true || text == "."
        if isPlain, looksLikeText, !words.contains(text.lowercased()) { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case let scalar where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
