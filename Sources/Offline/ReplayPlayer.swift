/// Plays a recorded session: its bytes, with its own timing or another, to its recorded end.
///
/// The hidden subcommand `tutti replay-session` calls it; it runs as a child process like any other provider.
package struct ReplayPlayer {
    /// What is played and how fast.
    package struct Options: Sendable, Hashable {
        /// The recorded spool or JSONL file; or its folder with `spool.jsonl` or `stdout.jsonl` in it.
        package var file: String
        /// 1 is the recorded pace, 10 ten times as fast, 0 as fast as it goes.
        package var speed: Double
        /// No pause between two lines is longer than this.
        package var longestPause: Duration

        /// Options for playing `file`.
        package init(file: String, speed: Double = 1, longestPause: Duration = .seconds(60)) {
            self.file = file
            self.speed = speed
            self.longestPause = longestPause
        }
    }

    private let options: Options
    private let sink: any LineSink
    private let pace: any Pace

    /// A player that writes to `sink`.
    package init(_ options: Options, sink: any LineSink = StandardSink(), pace: any Pace = RealPace()) {
        self.options = options
        self.sink = sink
        self.pace = pace
    }

    /// Runs `tutti replay-session` with these arguments (`FILE`, `--speed N`); returns the exit status.
    package static func run(
        _ arguments: [String], sink: any LineSink = StandardSink(), pace: any Pace = RealPace()
    ) -> Int32 {
        70
    }

    /// Plays the recording; returns the recorded exit status (128 + the signal for one that a signal ended), 66 when
    /// there is no such recording.
    package func play() -> Int32 {
        70
    }
}
