import Glibc

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
        /// No recorded pause counts as longer than this.
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
    private let errors: any LineSink
    private let pace: any Pace
    private let signal: (Int32) -> Void

    /// A player that writes to `sink`, and what the recorded process wrote to standard error to `errors`; `signal` ends
    /// this process as the recorded one was ended.
    package init(
        _ options: Options, sink: any LineSink = StandardSink(),
        errors: any LineSink = StandardSink(descriptor: STDERR_FILENO), pace: any Pace = RealPace(),
        signal: @escaping (Int32) -> Void = ReplayPlayer.dieOf
    ) {
        self.options = options
        self.sink = sink
        self.errors = errors
        self.pace = pace
        self.signal = signal
    }

    /// Runs `tutti replay-session` with these arguments: `FILE` (after `--` when it begins with one),
    /// `--speed N`, `--longest-pause MS`; returns the exit
    /// status, 64 for an argument that it does not know.
    package static func run(
        _ arguments: [String], sink: any LineSink = StandardSink(),
        errors: any LineSink = StandardSink(descriptor: STDERR_FILENO), pace: any Pace = RealPace(),
        signal: @escaping (Int32) -> Void = ReplayPlayer.dieOf
    ) -> Int32 {
        var options = Options(file: "")
        var arguments = Arguments(arguments)
        while let argument = arguments.next() {
            switch argument {
            case "--speed":
                guard let text = arguments.value(), let speed = Double(text), speed >= 0, speed.isFinite else {
                    return Arguments.refuse("--speed needs a number, 0 for no pauses")
                }
                options.speed = speed
            case "--longest-pause":
                guard let text = arguments.value(), let pause = Int(text), pause >= 0 else {
                    return Arguments.refuse("--longest-pause needs milliseconds")
                }
                options.longestPause = .milliseconds(pause)
            case "--file": options.file = arguments.value() ?? ""
            case "--": options.file = arguments.value() ?? ""
            case let flag where flag.hasPrefix("-"): return Arguments.refuse("replay-session does not know \(flag)")
            default: options.file = argument
            }
        }
        guard !options.file.isEmpty else { return Arguments.refuse("replay-session needs a recording") }
        return ReplayPlayer(options, sink: sink, errors: errors, pace: pace, signal: signal).play()
    }

    /// Plays the recording; returns the recorded exit status (128 + the signal for one that a signal ended), 66 when
    /// there is no such recording, 141 when the reader is gone.
    package func play() -> Int32 {
        guard let recording = RecordedSession(options.file) else {
            return refuse("there is no recording \(options.file)")
        }
        let descriptor = open(recording.file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return refuse("the recording \(recording.file) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var schedule = ReplaySchedule(recording.timing, speed: options.speed, longestPause: options.longestPause)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                return refuse("the recording \(recording.file) cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            var rest = chunk[..<count]
            while !rest.isEmpty {
                let length = schedule.next(rest)
                pace.wait(until: schedule.moment)
                guard sink.write(Array(rest.prefix(length))) else { return 141 }
                rest = rest.dropFirst(length)
            }
        }
        if !recording.stderr.isEmpty { _ = errors.write(Array(recording.stderr.utf8)) }
        switch recording.end {
        case .status(let status): return status
        case .signal(let number):
            signal(number)
            return 128 + number
        }
    }

    /// Ends this process by a signal, as the recorded one was ended, without leaving a core file.
    package static func dieOf(_ number: Int32) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        Glibc.signal(number, SIG_DFL)
        raise(number)
    }

    private func refuse(_ message: String) -> Int32 {
        _ = errors.write(Array("error: \(message)\n".utf8))
        return 66
    }
}
