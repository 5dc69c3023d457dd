import Batch
import Model
import Settings

/// What is wrong with one batch file, judged without its project and without anything being started.
struct FileVerdict {
    let path: String
    /// In the order of the lines; none for a file that can be planned.
    let problems: [ConfigProblem]
    /// How many jobs it has; nil for a broken file.
    let jobs: Int?
    /// The inputs that must be given before its rows and files can be looked at.
    let missingInputs: [String]

    /// The verdict on `source`: the file as it stands, and with the defaults of its inputs its rows and the files that it
    /// names.
    init(_ source: BatchSource) {
        path = source.path
        let (file, problems) = BatchFile.check(source.bytes, path: source.path)
        jobs = file?.jobs.count
        missingInputs = file?.inputs.filter(\.isRequired).map(\.name) ?? []
        guard let file, missingInputs.isEmpty, let inputs = try? file.inputValues(given: []) else {
            self.problems = problems
            return
        }
        self.problems =
            BatchPlan.check(file, inputs: inputs, folder: source.folder, displayFolder: source.folder.root).problems
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
