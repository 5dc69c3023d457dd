import Model

/// A run as lines, one per change: for pipes, logs, and people who use a screen reader. No cursor movement, no colour.
struct PlainProgress: Sendable {
    private(set) var progress = RunProgress()
    /// Also tell of tool calls and tables.
    private let detailed: Bool
    /// Seconds that local time is ahead of UTC.
    private let utcOffset: Int64

    /// Lines in the local time that is `utcOffset` seconds ahead of UTC.
    init(utcOffset: Int64 = 0, detailed: Bool = false) {
        self.utcOffset = utcOffset
        self.detailed = detailed
    }

    /// Takes in one event; the line to print when it changed something that a person should be told.
    mutating func apply(_ event: Event) -> String? {
        switch progress.apply(event) {
        case .runStarted:
            // `-j` is how many go at one time; in a batch, a job is what is to be done.
            var words = [progress.isBatch ? "jobs=\(progress.rows.count)" : "modules=\(progress.rows.count)"]
            if let slots = progress.slots { words.append(progress.isBatch ? "slots=\(slots)" : "jobs=\(slots)") }
            if let name = progress.name { words.append("name=\(word(name))") }
            return line(event, progress.run, "run", "start", words)
        case .started(let index):
            let row = progress.rows[index]
            return line(event, row.session, row.module, "start", started(row))
        case .retrying(let index):
            let row = progress.rows[index]
            let wait = (row.retryAt?.milliseconds ?? 0) - event.time.milliseconds
            return line(
                event, row.session, row.module, "retry",
                [
                    count, "attempt=\(attempt(row))", "in=\(PlainProgress.pause(wait))",
                    "reason=\(word(row.failureClass ?? "?"))",
                ])
        case .needsInput(let index):
            let row = progress.rows[index]
            return line(event, row.session, row.module, "asks", [Sanitizer.line(row.question ?? "", unicode: false)])
        case .finished(let index): return finished(event, progress.rows[index])
        case .runFinished:
            let states: [(RunProgress.Standing, String)] = [
                (.completed, "completed"), (.failed, "failed"), (.cancelled, "cancelled"), (.skipped, "skipped"),
                (.unneeded, "not_needed"),
            ]
            var words = states.filter { progress.count($0.0) > 0 }.map { "\($0.1)=\(progress.count($0.0))" }
            if let exit = progress.exit { words.append("exit=\(exit.rawValue)") }
            return line(event, progress.run, "run", "end", words)
        case nil: return detailed ? detail(event) : nil
        }
    }

    /// The lines that say which pools the run waits for now that only a person opens, or that none is left.
    func closed(_ pools: [ClosedPool], run: Identifier, at time: Timestamp) -> String {
        let plain = Surface(unicode: false)
        let event = Event(time: time, type: .status, run: run)
        guard !pools.isEmpty else { return line(event, run, "run", "go on", ["nothing is closed any more"]) }
        return ClosedPool.Cause.allCases.compactMap { cause in
            ClosedPools.words(pools, cause, on: plain).map { line(event, run, "run", ClosedPools.word(cause), [$0]) }
        }.joined(separator: "\n")
    }

    private func detail(_ event: Event) -> String? {
        let module = event.module ?? "run"
        switch event.type {
        case .toolStarted: return line(event, event.session, module, "tool", [Sanitizer.line(event.toolLine)])
        case .table:
            let columns = event.data["columns"]?.array?.map(\.cell).joined(separator: ",") ?? ""
            let rows = event.data["rows"]?.array?.count ?? 0
            return line(event, event.session, module, "table", ["rows=\(rows)", "columns=\(word(columns))"])
        case .sessionFirstToken: return line(event, event.session, module, "answers", [])
        default: return nil
        }
    }

    private var count: String { "(\(progress.finished)/\(progress.rows.count))" }

    /// The number of the attempt; of an answer that has to fit a schema the one turn that repairs it is not one of the retries.
    private func attempt(_ row: RunProgress.Row) -> String {
        if row.isRepair { return "\(row.attempt) (repair)" }
        // Where a person asked again, what was said of the attempts before is no bound any more.
        return "\(row.attempt)" + (row.attempts.map { $0 < row.attempt ? "" : "/\($0)" } ?? "")
    }

    /// A short pause in tenths of a second, so that it is not told as none.
    private static func pause(_ milliseconds: Int64) -> String {
        milliseconds < 10_000 ? Amounts.seconds(milliseconds: milliseconds) : "\(milliseconds / 1000)s"
    }

    /// A second attempt says so; the first one says where another program finds the answer as it grows.
    private func started(_ row: RunProgress.Row) -> [String] {
        if row.attempt > 1 { return ["attempt=\(attempt(row))"] }
        return (row.thread.map { ["thread=\($0)"] } ?? []) + (row.message.map { ["message=\($0)"] } ?? [])
    }

    private func finished(_ event: Event, _ row: RunProgress.Row) -> String {
        let verb =
            switch row.standing {
            case .completed: "done"
            case .cancelled: "cancel"
            case .skipped, .unneeded: "skip"
            default: "failed"
            }
        var words = [count, Amounts.seconds(milliseconds: row.elapsed(at: event.time))]
        if event.data["kept_from"] != nil { words.append("kept") }
        if let usage = row.usage, usage.total > 0 || usage.cost != nil { words.append("tok=\(usage.total)") }
        if let cost = row.usage?.cost { words.append("cost=\(cost.dollars)") }
        if row.standing == .unneeded { words.append("not needed") }
        let isLeftOut = row.standing == .skipped && row.failureClass == FailureClass.cancelled.rawValue
        if row.standing != .completed, !isLeftOut, let reason = row.failureClass {
            words.append("reason=\(word(reason))")
        }
        if row.standing == .failed || isLeftOut, let failure = row.failure {
            words.append(Sanitizer.line(Answers.reason(failure)))
        }
        return line(event, row.session ?? row.job, row.module, verb, words)
    }

    private func word(_ text: String) -> String {
        let safe = Sanitizer.line(text)
        return safe.contains(" ") ? "\"\(safe)\"" : safe
    }

    private func line(_ event: Event, _ id: Identifier?, _ subject: String, _ verb: String, _ words: [String]) -> String
    {
        let seconds = (event.time.milliseconds / 1000 + utcOffset) % 86_400
        let clock = Timestamp(milliseconds: (seconds + 86_400) % 86_400 * 1000).iso8601.dropFirst(11).prefix(8)
        let name = DisplayWidth.pad(Sanitizer.line(subject), to: min(20, max(7, progress.nameWidth)))
        return
            "\(clock) \(id?.short ?? "------") \(name) \(DisplayWidth.pad(verb, to: 8)) \(words.joined(separator: " "))"
            .trimmedEnd
    }
}
