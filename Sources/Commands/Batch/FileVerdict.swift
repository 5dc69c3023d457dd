import Batch
import Coordinator
import Model
import Settings

/// What is wrong with one batch file, judged without anything being started.
struct FileVerdict {
    let path: String
    /// In the order of the lines; none for a file that can be planned.
    let problems: [ConfigProblem]
    /// How many jobs it has; nil for a broken file.
    let jobs: Int?
    /// The inputs that must be given before its rows and files can be looked at.
    let missingInputs: [String]

    /// The verdict on `source`: the file as it stands, and with the defaults of its inputs its rows and the files that it names;
    /// beside that whatever a run would be refused for in `surroundings`.
    ///
    /// All of it is told at once. Of jobs in which something is wrong already, only what stands in the file itself and the names
    /// in it: the rest may follow from it.
    init(_ source: BatchSource, in surroundings: BatchSurroundings? = nil) {
        path = source.path
        let (file, found) = BatchFile.examine(source.bytes, path: source.path)
        jobs = found.isEmpty ? file?.jobs.count : nil
        let missing = file?.inputs.filter(\.isRequired).map(\.name) ?? []
        missingInputs = missing
        guard let file else {
            problems = found
            return
        }
        let broken = file.jobs(with: found)
        let inputs = missing.isEmpty ? try? file.inputValues(given: []) : nil
        let (plan, planned) = BatchPlan.examine(
            file, inputs: inputs ?? JSONObject(), folder: source.folder, displayFolder: source.folder.root)
        var all = found
        if inputs != nil { all += planned.filter { file.jobs(with: [$0]).isDisjoint(with: broken) } }
        all += plan.refusals(broken: broken, in: surroundings)
        var seen: Set<ConfigProblem> = []
        problems = all.filter { seen.insert($0).inserted }.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }

    /// The problems as programs read them.
    var records: [JSONObject] {
        problems.map {
            [
                "file": .string($0.position.file), "line": .integer(Int64($0.position.line)),
                "column": .integer(Int64($0.position.column)), "message": .string($0.message), "hint": .string($0.hint),
            ]
        }
    }

    /// The fields of a problem.
    static let fields = ["file", "line", "column", "message", "hint"]

    /// What a person sees: a line for a file that is whole, two for each problem of one that is not.
    func lines(on surface: Surface) -> [String] {
        guard problems.isEmpty else {
            return problems.flatMap { problem in
                let place = surface.paint(surface.safeLine("\(problem.position)"), .bold)
                let head = "\(surface.glyphs.failed) \(place): \(surface.safeLine(problem.message))"
                let hint = surface.safeLine(problem.hint)
                // A message stays in one piece for those that look for it; the words known here may be many.
                let lines = surface.isTerminal ? SideBySide.wrap(hint, max(20, surface.width - 5)) : [hint]
                return [head] + lines.filter { !$0.isEmpty }.map { "    " + $0 }
            }
        }
        let open =
            missingInputs.isEmpty
            ? "" : "; with --set \(missingInputs[0])=VALUE, tutti batch plan looks at rows and files too"
        return [
            surface.paint(surface.glyphs.done, .green) + " " + surface.safeLine(path) + "   "
                + Amounts.count(jobs ?? 0, "job") + open
        ]
    }
}
