import Settings

/// The tables of `Documentation/Batch.md`, made from the table that the reader reads by.
package enum BatchReference {
    /// Where the tables begin in the page; what stands above is written by hand.
    package static let mark = "<!-- The tables below are made from Sources/Batch/Reading/BatchKeys.swift. -->"

    /// The tables, from the mark to the end of the page.
    package static var text: String {
        var parts = [mark, "## Keys of the file", table(of: BatchKeys.file)]
        let named = BatchSchema.sections.filter { !["defaults", "profile", "job"].contains($0.name) }
        parts += ["## Keys of a job", BatchKeys.job.summary, table(of: BatchSection("job", "", BatchKeys.jobOnly))]
        parts += [
            "## Keys of defaults, profiles, jobs and rows",
            "All of these may say them, the later ones over the earlier ones; a profile has `extends` beside them, and `defaults` a `profile`.",
            table(of: BatchSection("shared", "", BatchKeys.shared)),
        ]
        for section in named { parts += ["## \(section.name)", section.summary, table(of: section)] }
        parts += [
            "## Filters", "A value goes through a filter by `|`: `${{ jobs.ask.missing | join(\", \") }}`.", filters,
        ]
        parts += ["## Names in templates", names]
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func table(of section: BatchSection) -> String {
        var lines = ["| key | value | |", "|---|---|---|"]
        for key in section.keys {
            let summary = key.summary + (key.isRequired ? " Required." : "")
            lines.append("| `\(key.name)` | \(cell(words(of: key.shape))) | \(cell(summary)) |")
        }
        if let free = section.free { lines.append("| any other name | \(cell(words(of: free))) | An axis. |") }
        return lines.joined(separator: "\n")
    }

    private static func words(of shape: BatchShape) -> String {
        switch shape {
        case .scalar(let scalar, _): scalar.words
        case .any: "any value"
        case .section(let section): link(section)
        case .list(.section(let section), _): "a list of \(link(section))"
        case .list(let element, let orSingle):
            orSingle ? "\(words(of: element)), or a list" : "a list: \(words(of: element))"
        case .table(.section(let section), let name): "\(name) names to \(link(section))"
        case .table(let element, let name): "\(name) names to \(words(of: element))"
        case .forms(let scalar, let list, let mapping):
            [scalar, list, mapping].compactMap { $0.map(words) }.joined(separator: "; or ")
        }
    }

    private static func link(_ section: BatchSection) -> String {
        switch section.name {
        case "job": "[job](#keys-of-a-job)"
        case "defaults", "profile": "[\(section.name)](#keys-of-defaults-profiles-jobs-and-rows)"
        default: "[\(section.name)](#\(section.name))"
        }
    }

    /// A bar would end the cell.
    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static var filters: String {
        let rows = Expression.Filter.allCases.map { filter in
            "| `\(filter.rawValue)\(filter.arguments.upperBound > 0 ? "(…)" : "")` | \(cell(filter.summary)) |"
        }
        return (["| filter | what it gives |", "|---|---|"] + rows).joined(separator: "\n")
    }

    private static var names: String {
        func words(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }
        return """
            | name | known | holds |
            |---|---|---|
            | `inputs` | at once | the inputs by name |
            | `matrix` | with the rows | the axes by name, and `key` |
            | `job` | with the rows | \(words(TemplateNames.jobWords)) |
            | `batch` | at once, `run` and `url` with the run | \(words(TemplateNames.batchWords)) |
            | `jobs.NAME` | when that job has ended | \(words(TemplateNames.resultWords)) |
            | `failure` | in a job with `trigger: on_demand` | \(words(TemplateNames.failureWords)) |
            """
    }
}
