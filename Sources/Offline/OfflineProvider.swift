import Model

/// Answers a question from the files of one folder, by full-text search: a provider that needs no key and is no model.
///
/// The hidden subcommand `tutti offline` calls it; it runs as a child process like any other provider.
package struct OfflineProvider {
    /// How it answers.
    package struct Options: Sendable, Hashable {
        /// The module's folder.
        package var folder: String
        /// Between two pieces of the answer; zero answers as fast as it goes.
        package var pace: Duration
        /// The most passages that are quoted.
        package var passages: Int

        /// Options for `folder`.
        package init(folder: String, pace: Duration = .milliseconds(30), passages: Int = 6) {
            self.folder = folder
            self.pace = pace
            self.passages = passages
        }
    }

    private let options: Options
    private let sink: any LineSink
    private let pace: any Pace

    /// A provider that writes its events to `sink`.
    package init(_ options: Options, sink: any LineSink = StandardSink(), pace: any Pace = RealPace()) {
        self.options = options
        self.sink = sink
        self.pace = pace
    }

    /// Runs `tutti offline` with these arguments (`--pace MS`, `--passages N`, `--folder PATH`), the question from
    /// standard input, the folder from the working directory unless given; returns the exit status.
    package static func run(
        _ arguments: [String], sink: any LineSink = StandardSink(), pace: any Pace = RealPace(),
        question: () -> [UInt8]? = { readStandardInput(limit: 16 << 20) }
    ) -> Int32 {
        70
    }

    /// Answers `question`, line by line; returns the exit status: 0 after a result, 1 after an error event.
    package func answer(_ question: String) -> Int32 {
        70
    }
}
