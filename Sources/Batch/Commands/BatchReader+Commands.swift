import Model
import Settings

extension BatchReader {
    /// Refuses commands in which a value would choose or become a program: by a word, by the folder or by a variable.
    mutating func checkCommands(of job: JobDeclaration) {
        let origin = job.origin(of:)
        for words in job.matrix?.commands.map(\.words) ?? [] { inspect(words, in: nil, origin) }
        var inherited: Set<String> = []
        for settings in [job.settings] + (job.matrix?.included.map(\.changes) ?? []) {
            let folder = (settings["workdir"] ?? job.settings["workdir"]).flatMap { value in
                value.template.map(origin) == .stranger ? value : nil
            }
            for key in ["run", "verify"] {
                if let words = settings[key] {
                    inspect(words, in: folder, origin)
                } else if settings["workdir"] != nil, let folder, let words = job.settings[key],
                    inherited.insert(key).inserted
                {
                    // The row changes the folder alone. Once is enough: what it finds is the same for the next row.
                    inspect(words, in: folder, origin)
                }
            }
            for entry in settings["env"]?["set"]?.entries ?? [] {
                guard let template = entry.value.template, origin(template) == .stranger,
                    ProgramVariables.chooseProgram(entry.key)
                else { continue }
                complain(
                    place(of: entry.value),
                    "what a job, a command or a file gave would choose programs: that is what `\(entry.key)` does",
                    hint: "write its value out, or give the value by a variable of your own")
            }
        }
    }

    /// Looks at one command; `folder` says where it runs, when that is a stranger's to say.
    private mutating func inspect(
        _ words: BatchValue, in folder: BatchValue?, _ origin: (Template) -> ValueOrigin
    ) {
        let inspection = CommandInspection(words.elements, folderIsStrangers: folder != nil, origin: origin)
        guard let (word, danger) = inspection.found else { return }
        switch danger {
        case .chooses:
            complain(
                place(of: word), "what a job, a command or a file gave would choose the program that runs",
                hint: "write out the program and its options before the value")
        case .executes(let program, let isShell):
            let parts = program.split(separator: " ").joined(separator: ", ")
            let name = program.split(separator: " ").first.map(String.init) ?? program
            complain(
                place(of: word), "a value would become a part of the program that `\(program)` runs",
                hint: isShell
                    ? "give it as an argument: [\(parts), 'echo \"$1\"', \(name), \"${{ … }}\"]"
                    : "give it as an argument behind the program, or by a variable of `env`")
        case .option(let program):
            complain(
                place(of: word),
                "what a job, a command or a file gave could be an option by which `\(program)` runs programs",
                hint: "write `--` before the value, or write it to its option: --NAME=${{ … }}")
        case .folder:
            complain(
                place(of: folder ?? word),
                "what a job, a command or a file gave would choose the folder, and with it the program that runs: `\((word.template?.source ?? word.text ?? "").prefix(80))` is looked for there",
                hint: "name the program by its whole path, such as ${{ batch.folder }}/NAME")
        }
    }

    /// Where the first value is inserted.
    func place(of value: BatchValue) -> ConfigPosition {
        guard let insertion = value.template?.insertions.first else { return value.position }
        return source.place(ofOpening: insertion.opening, offset: 0, from: value.position)
    }
}

extension JobDeclaration {
    /// Who may have chosen what a template of the job comes to.
    func origin(of template: Template) -> ValueOrigin {
        if template.isLate || template.readsFiles { return .stranger }
        return template.namesRow ? matrix?.originOfRows ?? .person : .person
    }
}

extension MatrixDeclaration {
    /// Who may have chosen what its rows hold.
    fileprivate var originOfRows: ValueOrigin {
        var origin = isLate ? ValueOrigin.stranger : .person
        for axis in axes {
            switch axis.source {
            case .csv, .jsonl, .command: origin = .stranger
            case .files, .glob: origin = max(origin, .fileName)
            case .values, .template: break
            }
        }
        for value in values {
            value.visitTemplates { template, _ in if template.readsFiles { origin = .stranger } }
        }
        return origin
    }
}
