import Model
import Settings

/// The files that a batch stands on: no answer may replace them, as what is read or run next would then be what a model
/// said.
package struct KeptFiles<Place: Hashable & Sendable>: Sendable {
    /// The batch itself, and what it names to be read or executed.
    var named: Set<Place> = []
    /// Files that stand among the words of its commands. A person may name one of them to be written before it is read.
    var words: Set<Place> = []

    /// Throws when the result that is to be saved to `path`, which leads to `place`, would replace one of them.
    package func check(_ place: Place, as path: String, chosenByStranger: Bool) throws(BatchFolderError) {
        guard named.contains(place) || chosenByStranger && words.contains(place) else { return }
        throw BatchFolderError(
            "\(path): the batch itself reads or runs that file",
            hint: "save answers in a folder of their own, such as out/")
    }

    /// The same files, by places of another kind.
    package func map<Other: Hashable & Sendable>(_ transform: (Place) -> Other?) -> KeptFiles<Other> {
        KeptFiles<Other>(named: Set(named.compactMap(transform)), words: Set(words.compactMap(transform)))
    }
}

extension BatchPlan {
    /// The files in the folder that no answer may replace, by their paths without links.
    package func keptFiles(in folder: any BatchFolder) -> KeptFiles<String> {
        var named = Set(texts.keys)
        var words: Set<String> = []
        if let name = file.path.split(separator: "/").last { named.insert(String(name)) }
        for declaration in file.jobs {
            for settings in [declaration.settings] + (declaration.matrix?.included.map(\.changes) ?? []) {
                for value in [settings["prompt_file"], settings["output"]?["schema"]] {
                    if let value { named.formUnion(paths(value, of: declaration)) }
                }
                let workdir = settings["workdir"] ?? declaration.settings["workdir"]
                for command in [settings["run"], settings["verify"]] {
                    guard let command else { continue }
                    add(command, in: workdir?.text, to: &named, &words)
                }
            }
            for axis in declaration.matrix?.axes ?? [] {
                switch axis.source {
                case .csv(let value, _), .jsonl(let value, _): named.formUnion(paths(value, of: declaration))
                case .command(let command): add(command, in: nil, to: &named, &words)
                case .values, .template, .files, .glob: break
                }
            }
        }
        var kept = KeptFiles<String>()
        for path in named {
            guard let place = folder.place(of: path) else { continue }
            kept.named.insert(place.path)
            if let target = place.target { kept.named.insert(target) }
        }
        for path in words {
            guard let place = folder.place(of: path), let target = place.target else { continue }
            kept.words.formUnion([place.path, target])
        }
        return kept
    }

    /// What a path comes to in all rows, as far as they are known.
    private func paths(_ value: BatchValue, of declaration: JobDeclaration) -> Set<String> {
        if let text = value.text { return [text] }
        guard let template = value.template, !template.isLate, let job = job(declaration.name) else { return [] }
        let rows = template.namesRow ? self.rows(of: job).map(\.row) : [nil]
        return Set(
            rows.enumerated().compactMap { index, row in
                let scope = scope(
                    of: declaration, row: row, index: row == nil ? nil : index, outcomes: [:], run: RunFacts(),
                    failure: nil)
                return try? value.renderedPath(in: scope, file.source)
            })
    }

    /// Adds the files that a command, which runs in `workdir`, executes, and those that stand among its words.
    private func add(
        _ command: BatchValue, in workdir: String?, to named: inout Set<String>, _ words: inout Set<String>
    ) {
        let inspection = CommandInspection(command.elements) { _ in .person }
        named.formUnion(inspection.executed.compactMap { path(of: $0, in: workdir) })
        words.formUnion(inspection.words.compactMap { path(of: $0, in: workdir) })
    }

    /// The path of a word, counted from the batch's folder; nil when it is not known, or lies elsewhere.
    private func path(of word: CommandInspection.Word, in workdir: String?) -> String? {
        if let rest = word.pathInFolder { return rest }
        guard !word.holdsValue, !word.literal.isEmpty, word.literal.utf8.count <= 4096 else { return nil }
        var path = word.literal
        if !path.hasPrefix("/"), let workdir { path = "\(workdir)/\(path)" }
        guard path.hasPrefix("/") else { return path }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
    }
}
