/// Says when each byte of a recording is due: a machine that is fed its bytes in order and names the cuts between them.
struct ReplaySchedule {
    private let timing: RecordedSession.Timing
    private let speed: Double
    private let longestPause: Duration
    private var line = 0
    private var pair = 0
    private var offset = 0
    private var recorded = 0.0
    /// When the bytes that come next are due, counted from the start.
    private(set) var moment = Duration.zero

    /// A schedule at `speed` (0 is at once), with no pause over `longestPause` before speeding up.
    init(_ timing: RecordedSession.Timing, speed: Double, longestPause: Duration) {
        self.timing = timing
        // Slower than this no clock of ours can count.
        self.speed = speed > 0 ? max(speed, 1e-6) : 0
        self.longestPause = longestPause
    }

    /// How many bytes of `bytes` belong to the next moment, which is then `moment`; at least one while there are any.
    mutating func next(_ bytes: ArraySlice<UInt8>) -> Int {
        guard speed > 0, !bytes.isEmpty else { return bytes.count }
        switch timing {
        case .offsets(let pairs):
            while pair < pairs.count, pairs[pair].offset <= offset { pair += 1 }
            guard pair < pairs.count else { return advance(bytes.count) }
            pass(to: pairs[pair].milliseconds)
            return advance(min(bytes.count, pairs[pair].offset - offset))
        case .lines(let times):
            if line < times.count { pass(to: times[line]) }
            return advance(lineLength(bytes))
        case .even(let pause):
            if line > 0, pausedLine != line { moment += min(pause, longestPause) / speed }
            pausedLine = line
            return advance(lineLength(bytes))
        }
    }

    private var pausedLine = 0

    private mutating func lineLength(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let newline = bytes.firstIndex(of: 0x0A) else { return bytes.count }
        line += 1
        return newline - bytes.startIndex + 1
    }

    private mutating func advance(_ count: Int) -> Int {
        offset += count
        return count
    }

    private mutating func pass(to milliseconds: Double) {
        guard milliseconds.isFinite, milliseconds > recorded else { return }
        let pause = Duration.microseconds(Int64(min(milliseconds - recorded, 1e9) * 1000))
        moment += min(pause, longestPause) / speed
        recorded = milliseconds
    }
}
