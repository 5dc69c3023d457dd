import EventLoop
import Model
import Providers

/// How long each kind of waiting may last, and what it is called when it lasts longer.
extension SessionMachine {
    /// What a session is watched for.
    enum Watchdog: Sendable, Hashable {
        case firstByte, idle, toolIdle, backgroundIdle, total
        /// The provider said that it would try again after this long.
        case retryIdle(Duration)
        /// The result is there, and the provider does not leave.
        case afterResult
    }

    /// A moment, and what is over then.
    struct Due: Sendable, Hashable {
        var moment: Monotonic
        var watchdog: Watchdog
    }

    /// Until when the host must have started the provider.
    var startDeadline: Monotonic? {
        guard let spawnedAt, let startup = limits.startup else { return nil }
        return spawnedAt + startup
    }

    /// What comes first of all that a running session is watched for.
    var runningDeadline: Due? {
        guard let startedAt else { return nil }
        let silence = silence(since: startedAt)
        guard let total = limits.total, startedAt + total < silence?.moment ?? Monotonic(nanoseconds: .max) else {
            return silence
        }
        return Due(moment: startedAt + total, watchdog: .total)
    }

    private func silence(since startedAt: Monotonic) -> Due? {
        guard standing.firstByte else { return due(startedAt, limits.firstByte, .firstByte) }
        let last = lastOutput ?? startedAt
        // A further turn that has begun is work like the first, though the question has its answer.
        if standing.resultSeen, !isTurnOpen {
            // Kept for more messages: it waits for us, not we for it.
            if keepsInputOpen { return nil }
            if standing.openTasks > 0 { return due(resultAt ?? last, limits.backgroundWait, .afterResult) }
            return due(last, limits.afterResult, .afterResult)
        }
        switch standing.quiet {
        case .question: return nil
        case .tool: return due(last, limits.toolIdle, .toolIdle)
        case .retry(seconds: let seconds):
            let wait = Duration.seconds(max(0, min(seconds, 1e9)))
            return due(last + wait, limits.idle, .retryIdle(wait))
        case .background: return due(last, limits.backgroundWait, .backgroundIdle)
        case nil: return due(last, limits.idle, .idle)
        }
    }

    private func due(_ from: Monotonic, _ limit: Duration?, _ watchdog: Watchdog) -> Due? {
        limit.map { Due(moment: from + $0, watchdog: watchdog) }
    }

    /// Why a session is ended by this watchdog, in words for a person.
    func reason(of watchdog: Watchdog) -> Reason {
        func words(_ limit: Duration?) -> String { limit?.inWords ?? "too long" }
        let failure: Failure? =
            switch watchdog {
            case .firstByte:
                Failure(.firstByteTimeout, "the provider printed nothing \(within(limits.firstByte))")
            case .idle: Failure(.idleTimeout, "the provider printed nothing for \(words(limits.idle))")
            case .toolIdle: Failure(.idleTimeout, "a tool ran for \(words(limits.toolIdle)) without any output")
            case .backgroundIdle:
                Failure(
                    .idleTimeout, "no output for \(words(limits.backgroundWait)) while background tasks were open")
            case .retryIdle(let wait):
                Failure(
                    .idleTimeout,
                    "the provider was to try again after \(wait.inWords), and was silent for \(words(limits.idle)) more"
                )
            case .total: Failure(.totalTimeout, "the session was still running after \(words(limits.total))")
            case .afterResult: nil
            }
        return Reason(isOurs: true, cause: failure?.class, failure: failure)
    }

    func within(_ limit: Duration?) -> String { limit.map { "within \($0.inWords)" } ?? "in time" }
}

extension Duration {
    /// `90 s`, `0.25 s`: for a message.
    package var inWords: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000) s" }
        let digits = String(milliseconds % 1000)
        var fraction = String(repeating: "0", count: 3 - digits.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(milliseconds / 1000).\(fraction) s"
    }
}
