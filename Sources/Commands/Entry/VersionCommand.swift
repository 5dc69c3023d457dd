import ArgumentParser
import Model

/// What this build is.
enum TuttiVersion {
    /// The version, as releases are named.
    static let text = "0.4.0"
}

/// `tutti version`.
struct VersionCommand: TuttiCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "The version of Tutti.")
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let listing = Listing(
            records: [["version": .string(TuttiVersion.text), "events": 1]], columns: ["version"],
            identifier: "version",
            isSingle: true
        ) { _ in ["tutti \(TuttiVersion.text)"] }
        try listing.present(options, on: context.output)
    }
}
