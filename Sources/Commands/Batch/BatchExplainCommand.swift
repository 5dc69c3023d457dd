import ArgumentParser
import Batch
import Model
import Settings

/// `tutti batch explain FILE JOB`: one job with every value that holds for it.
struct BatchExplainCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "One job, merged: each value with who said it and where.",
        usage: "tutti batch explain FILE JOB [--row N] [--set NAME=VALUE …]",
        discussion: "JOB is a name, the key of a row such as 'ask[module=web]', or an address such as 2_1.")

    @Argument(help: "A batch file, or a prompt file.", completion: .batchFiles) var file: String
    @Argument(help: "A job, or one of its rows.", completion: .batchJobs) var job: String
    @Option(help: "The row of the job's matrix, from 1.") var row: Int?
    @Option(help: ArgumentHelp("The value of an input.", valueName: "name=value")) var set: [String] = []
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let source = try BatchSource(file)
        let configuration = try context.configuration(project: source.folder.root)
        let plan = try source.plan(set: set)
        var (job, number) = try plan.find(self.job)
        if let row {
            guard number == nil else {
                throw TuttiError(
                    .usage, "\(self.job) is a row already, and --row \(row) names another.",
                    hint: "leave one of the two out")
            }
            number = try plan.number(row, in: job)
        }
        let picture = try JobPicture(plan, job, row: number, folder: source.folder, configuration)
        guard options.json == nil else {
            return try Listing(records: [JobRecord.document(picture)], columns: [], isSingle: true) { _ in [] }
                .present(options, on: context.output)
        }
        try Listing(records: JobRecord.values(picture), columns: JobRecord.columns, identifier: "path") {
            JobPage(picture: picture, surface: $0).lines
        }.present(options, on: context.output)
    }
}
