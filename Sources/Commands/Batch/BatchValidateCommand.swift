import ArgumentParser
import Batch
import Coordinator
import Model
import Settings

/// `tutti batch validate FILE…`: whether batch files can be run.
struct BatchValidateCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "What is wrong in batch files, with file:line:column; exit status 65 when something is.",
        usage: "tutti batch validate FILE …")

    @Argument(help: "Batch files, or prompt files.", completion: .batchFiles) var files: [String]
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        var sources: [BatchSource] = []
        for file in files { sources.append(try BatchSource(file)) }
        // Settings that cannot be read hide nothing of what is wrong in the files.
        var unread: TuttiError?
        var verdicts: [FileVerdict] = []
        for source in sources {
            var surroundings: BatchSurroundings?
            do throws(TuttiError) {
                let configuration = try context.configuration(project: source.folder.root)
                surroundings = BatchSurroundings(configuration, environment: context.environment)
            } catch {
                unread = unread ?? error
            }
            verdicts.append(FileVerdict(source, in: surroundings))
        }
        let listing = Listing(
            records: verdicts.flatMap(\.records), columns: FileVerdict.fields, identifier: "file",
            fields: FileVerdict.fields
        ) { surface in
            verdicts.flatMap { $0.lines(on: surface) }
        }
        try listing.present(options, on: context.output)
        let broken = verdicts.filter { !$0.problems.isEmpty }
        guard !broken.isEmpty else {
            if let unread { throw unread }
            return
        }
        if let unread { context.output.note(error: unread) }
        let count = broken.reduce(0) { $0 + $1.problems.count }
        context.output.note(
            error: TuttiError(
                .badInput,
                "\(Amounts.count(count, "problem")) in \(broken.map(\.path).joined(separator: ", ")).",
                hint: "the keys: tutti help batch-files; an editor completes with the schema of: tutti schema batch"))
        throw Exit(.badInput)
    }
}
