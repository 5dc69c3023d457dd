import Model
import Settings

extension BatchReader {
    /// Refuses commands in which a value would choose or become a program.
    mutating func checkCommands(of job: JobDeclaration) {
        let settings = [job.settings] + (job.matrix?.included.map(\.changes) ?? [])
        let written = settings.flatMap { settings in ["run", "verify"].compactMap { settings[$0] } }
        let rowsAreUntrusted = job.matrix?.holdsData ?? false
        for words in written + (job.matrix?.commands.map(\.words) ?? []) {
            let inspection = CommandInspection(words.elements) { template in
                template.isLate || template.readsFiles || (rowsAreUntrusted && template.namesRow)
            }
            guard let (word, danger) = inspection.found else { continue }
            let place = source.place(
                ofOpening: word.template?.insertions.first?.opening ?? 0, offset: 0, from: word.position)
            switch danger {
            case .chooses:
                complain(
                    place, "what a job, a command or a file gave would choose the program that runs",
                    hint: "write out the program and its options before the value")
            case .executes(let program, let isShell):
                let parts = program.split(separator: " ").joined(separator: ", ")
                let name = program.split(separator: " ").first.map(String.init) ?? program
                complain(
                    place, "a value would become a part of the program that `\(program)` runs",
                    hint: isShell
                        ? "give it as an argument: [\(parts), 'echo \"$1\"', \(name), \"${{ … }}\"]"
                        : "give it as an argument behind the program, or by a variable of `env`")
            }
        }
    }
}

extension MatrixDeclaration {
    /// True when its rows hold what a job, a command or the content of a file says.
    fileprivate var holdsData: Bool {
        let isRead = axes.contains { axis in
            switch axis.source {
            case .csv, .jsonl, .command: true
            case .values, .template, .files, .glob: false
            }
        }
        var readsFiles = false
        for value in values { value.visitTemplates { template, _ in readsFiles = readsFiles || template.readsFiles } }
        return isRead || isLate || readsFiles
    }
}
