import Glibc

/// The pieces of the answer, one after another.
struct Pieces {
    private let options: Options
    private let input: [UInt8]
    private var number = 0
    private var finished = false

    init(_ options: Options, input: [UInt8]) {
        self.options = options
        self.input = input
    }

    /// The next piece; nil when the answer is whole.
    mutating func next() -> String? {
        if options.readInput == .lines { return readLine(strippingNewline: false) }
        if options.answer != nil || options.echoInput {
            if finished { return nil }
            finished = true
            return options.answer ?? "stdin \(input.count) \(hexadecimal(fnv1a(input)))\n"
        }
        guard number < options.lines else { return nil }
        number += 1
        return options.stamp ? Pieces.stamp() : piece(number)
    }

    /// The first `count` pieces once more. Stamped ones are new.
    func again(_ count: Int) -> [String] { (0..<count).map { piece($0 + 1) } }

    private func piece(_ number: Int) -> String {
        let text = options.unicode ? "line \(number) café 你好 🙂" : "line \(number)"
        return text + String(repeating: ".", count: max(0, options.width - text.utf8.count - 1)) + "\n"
    }

    private static func stamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let nanoseconds = String(now.tv_nsec)
        return "@\(now.tv_sec)\(String(repeating: "0", count: 9 - nanoseconds.count))\(nanoseconds) "
    }
}

/// Keeps so many pieces a second by an absolute timetable, so that a late piece does not move the others.
struct Pace {
    private let step: Int
    private var next = timespec()

    init(perSecond: Double) {
        step = perSecond > 0 ? Int(1e9 / perSecond) : 0
        clock_gettime(CLOCK_MONOTONIC, &next)
    }

    /// Waits until it is the next piece's time.
    mutating func wait() {
        guard step > 0 else { return }
        next.tv_nsec += step
        next.tv_sec += next.tv_nsec / 1_000_000_000
        next.tv_nsec %= 1_000_000_000
        while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &next, nil) == EINTR {}
    }
}
