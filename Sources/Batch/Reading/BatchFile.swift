package import Model
package import Settings

/// A batch file that was read and checked: what it says, and where it says it.
package struct BatchFile: Sendable {
    /// The path as it stands in messages.
    package let path: String
    /// The file as it was read.
    package let bytes: [UInt8]
    /// SHA-256 of the bytes, in hexadecimal digits.
    package let hash: String
    /// What the batch is called.
    package let name: String
    /// What the batch is for, in words for people.
    package let description: String?
    /// What a run may be given, in the order of the file.
    package let inputs: [InputDeclaration]
    /// In the order of the file.
    package let jobs: [JobDeclaration]
    /// The named limits, as they are written.
    package let pools: [BatchEntry]
    /// What the whole run may use.
    package let budget: BatchValue?
    /// The times at which the batch runs by itself.
    package let schedules: [ScheduleDeclaration]
    let source: SourceText
    private let places: [String: Int]
    /// The names of every job's outputs.
    let outputNames: [String: [String]]

    init(
        path: String, bytes: [UInt8], name: String, description: String?, inputs: [InputDeclaration],
        jobs: [JobDeclaration], pools: [BatchEntry], budget: BatchValue?, schedules: [ScheduleDeclaration],
        source: SourceText
    ) {
        self.path = path
        self.bytes = bytes
        hash = SHA256.hex(bytes)
        self.name = name
        self.description = description
        self.inputs = inputs
        self.jobs = jobs
        self.pools = pools
        self.budget = budget
        self.schedules = schedules
        self.source = source
        places = Dictionary(jobs.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        outputNames = Dictionary(jobs.map { ($0.name, $0.outputs.map(\.name)) }) { first, _ in first }
    }

    /// The job of that name.
    package func job(_ name: String) -> JobDeclaration? { place(of: name).map { jobs[$0] } }

    /// The number of the job of that name, from 0.
    func place(of name: String) -> Int? { places[name] }

    /// Reads and checks a file; every problem of it is in the one error, with exit status 78.
    package static func read(_ bytes: [UInt8], path: String) throws(TuttiError) -> BatchFile {
        let (file, problems) = check(bytes, path: path)
        if let file, problems.isEmpty { return file }
        throw ConfigProblem.error(problems)
    }

    /// Reads a file (a prompt file when its name ends with `.md`) and says everything that is wrong with it, in the order of
    /// its lines; the file is nil when there is something.
    package static func check(_ bytes: [UInt8], path: String) -> (file: BatchFile?, problems: [ConfigProblem]) {
        let (file, problems) = examine(bytes, path: path)
        return (problems.isEmpty ? file : nil, problems)
    }

    /// The same, with what could be read of a file in which something is wrong: for whoever looks for more. It is not to be run.
    package static func examine(_ bytes: [UInt8], path: String) -> (file: BatchFile?, problems: [ConfigProblem]) {
        let root: ConfigNode
        do throws(ConfigProblem) {
            root =
                path.hasSuffix(".md") ? try PromptFile.root(bytes, file: path) : try YAMLReader.node(bytes, file: path)
        } catch {
            return (nil, [BatchFile.explained(error, in: bytes)])
        }
        var assembly = BatchAssembly(bytes: bytes, path: path, root: root)
        let file = assembly.file()
        let problems = assembly.reader.problems.all.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
        return (file, problems)
    }

    /// The jobs in whose lines one of `problems` stands.
    package func jobs(with problems: [ConfigProblem]) -> Set<String> {
        let places = problems.map(\.position).filter { $0.file == path }
        return Set(
            places.compactMap { place in
                jobs.last { ($0.position.line, $0.position.column) <= (place.line, place.column) }?.name
            })
    }

    /// A `${{ }}` without quotes between `[ ]` or `{ }` is the mistake that YAML explains worst.
    private static func explained(_ problem: ConfigProblem, in bytes: [UInt8]) -> ConfigProblem {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let nearby = lines[
            max(0, min(problem.position.line - 2, lines.count))..<min(problem.position.line, lines.count)]
        guard nearby.contains(where: { $0.contains("${{") && ($0.contains("[") || $0.dropFirst().contains("{ ")) })
        else {
            return problem
        }
        var problem = problem
        problem.hint = "between [ ] or { } a ${{ }} needs quotes: \"${{ … }}\""
        return problem
    }
}

/// One job of a batch file with all that defaults and profiles give it.
package struct JobDeclaration: Sendable {
    /// What a job is.
    package enum Kind: String, Sendable {
        /// A question, written out or in a file.
        case prompt
        /// A command.
        case run
    }

    /// One job that comes first.
    package struct Need: Sendable {
        /// The name of the job that comes first.
        package var job: String
        /// How that job must have ended.
        package var condition: NeedCondition
        /// Where the name stands.
        package var position: ConfigPosition
    }

    /// The name, unique in the file.
    package var name: String
    /// Where its key stands.
    package var position: ConfigPosition
    /// Whether it asks a question or runs a command.
    package var kind: Kind
    /// Defaults, profiles and the job, merged in this order; `needs`, `matrix`, `when`, `outputs` and `trigger` are not in it.
    package var settings: BatchValue
    /// The jobs that come first, in the order of the file.
    package var needs: [Need]
    /// True when `needs` is written as a list.
    package var needsAreListed: Bool
    /// A template that is true or false.
    package var when: BatchValue?
    /// The rows that it is multiplied into; nil is the job itself.
    package var matrix: MatrixDeclaration?
    /// What others may read of it, in the order of the file.
    package var outputs: [OutputDeclaration]
    /// True when it runs only for `on_failure` of another.
    package var isOnDemand: Bool
    /// The jobs that run when this one has failed for good.
    package var onFailure: [BatchValue]
}
