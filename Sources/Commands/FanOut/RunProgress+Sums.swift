import Model

extension RunProgress {
    /// The number of rows whose job is over.
    var finished: Int { Standing.allCases.reduce(0) { $1.isFinal ? $0 + count($1) : $0 } }

    /// True when the rows are jobs of a batch, and not modules that are asked.
    var isBatch: Bool { kind == "batch" }

    /// Tokens of all attempts that the providers stated.
    var tokens: Int64 { rows.reduce(0) { $0.saturating(plus: $1.usage?.total ?? 0) } }

    /// Money that is known to have been spent; nil when no provider said anything about money.
    var cost: Money? {
        let known = rows.compactMap(\.knownCost)
        let sum = known.reduce(.zero, +)
        return known.isEmpty || sum == .zero && hasUnknownCost ? nil : sum
    }

    /// True when more may have been spent than is known.
    var hasUnknownCost: Bool { rows.contains { $0.usage.map { $0.cost == nil } ?? false } }

    /// The same in words; nil when no provider said anything about money.
    var costWords: String? { cost.map { (hasUnknownCost ? ">= " : "") + Amounts.money($0) } }

    /// Tokens per second of all live rows, as far as the streamed text tells.
    func rate(at now: Timestamp) -> Int {
        rows.reduce(0) { $0 + ($1.standing == .running ? $1.rate.tokensPerSecond(at: now) : 0) }
    }

    /// Milliseconds until the end: what is left, times the median of what is known, over the slots.
    ///
    /// `history` holds the durations of earlier runs of the same modules. Nil until two samples are there.
    func remainingMilliseconds(history: [Int64] = []) -> Int64? {
        let durations =
            (rows.compactMap { $0.standing == .completed ? $0.elapsed(at: $0.endedAt ?? .init(milliseconds: 0)) : nil }
            + history)
            .sorted()
        let left = rows.count - finished
        guard durations.count >= 2, left > 0 else { return nil }
        let median = durations[durations.count / 2]
        let parallel = Int64(max(1, min(slots ?? rows.count, left)))
        return (Int64(left) * median + parallel - 1) / parallel
    }
}

extension RunProgress.Row {
    /// The attempt is the one turn in which an answer that did not fit its schema is put right.
    var isRepair: Bool { failureClass == FailureClass.structuredOutput.rawValue }

    /// Milliseconds since the attempt began, up to its end or `now`.
    func elapsed(at now: Timestamp) -> Int64 {
        guard let startedAt else { return 0 }
        return max(0, (endedAt ?? now).milliseconds - startedAt.milliseconds)
    }
}

/// How fast text arrives: a window of five seconds, in tokens of four bytes.
struct RateMeter: Sendable, Hashable {
    private var samples: [Sample] = []
    private static let windowMilliseconds: Int64 = 5000

    private struct Sample: Hashable, Sendable {
        var time: Int64
        var bytes: Int
    }

    /// A meter that has seen nothing.
    init() {}

    /// Counts `bytes` that arrived at `time`.
    mutating func add(_ bytes: Int, at time: Timestamp) {
        // A tenth of a second is fine enough, and bounds the samples to fifty.
        let slot = time.milliseconds / 100 * 100
        if let last = samples.indices.last, samples[last].time == slot {
            samples[last].bytes += bytes
        } else {
            samples.append(Sample(time: slot, bytes: bytes))
        }
        samples.removeAll { $0.time < slot - RateMeter.windowMilliseconds }
    }

    /// Tokens per second over the window that ends `now`.
    func tokensPerSecond(at now: Timestamp) -> Int {
        let recent = samples.filter { $0.time > now.milliseconds - RateMeter.windowMilliseconds }
        guard let first = recent.first else { return 0 }
        let span = max(1000, min(RateMeter.windowMilliseconds, now.milliseconds - first.time))
        return Int(Int64(recent.reduce(0) { $0 + $1.bytes }) * 250 / span)
    }
}
