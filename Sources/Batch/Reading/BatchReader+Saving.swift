import Settings

extension BatchReader {
    /// Refuses paths of results in which nothing is written out, so that a value may name any file of the folder.
    mutating func checkSaves(of job: JobDeclaration) {
        for settings in [job.settings] + (job.matrix?.included.map(\.changes) ?? []) {
            guard let value = settings["output"]?["save"], let template = value.template,
                job.origin(of: template) != .person,
                !template.parts.contains(where: {
                    if case .text(let text) = $0 { text.contains { !"./".contains($0) } } else { false }
                })
            else { continue }
            complain(
                place(of: value), "`save` holds nothing but values, so they could name any file of the batch's folder",
                hint: "write a part of it out, such as out/\(template.source.prefix(80))")
        }
    }
}
