import Model

/// What a run looks like after the events so far: one row per job, and the sums. A pure value; views draw it.
struct RunProgress: Sendable {
    /// Where a row is, as a person sees it.
    enum Standing: Sendable, Hashable, CaseIterable {
        case queued, retrying, running, needsInput, completed, failed, cancelled, skipped
        /// It was for failures, and there was none.
        case unneeded

        /// True when the row's job is over.
        var isFinal: Bool {
            switch self {
            case .completed, .failed, .cancelled, .skipped, .unneeded: true
            default: false
            }
        }
    }

    /// What an agent is at.
    enum Activity: Sendable, Hashable {
        case nothing, thinking
        case tool(String)
        case text(String)
        case status(String)
    }

    /// One job and its latest attempt.
    struct Row: Sendable {
        var job: Identifier
        var module: String
        var standing = Standing.queued
        var session: Identifier?
        /// Where the store keeps the answer.
        var thread: String?
        var message: String?
        var attempt = 1
        var attempts: Int?
        var startedAt: Timestamp?
        var endedAt: Timestamp?
        var usage: Usage?
        /// The part of its cost that is known; nil when nothing was stated.
        var knownCost: Money?
        var activity = Activity.nothing
        /// The beginning of the answer, for one line.
        var beginning = ""
        var failure: String?
        var failureClass: String?
        var question: String?
        var retryAt: Timestamp?
        var rate = RateMeter()
    }

    /// What an event changed that a person should be told.
    enum Change: Sendable, Hashable {
        case runStarted
        case started(Int)
        case retrying(Int)
        case needsInput(Int)
        case finished(Int)
        case runFinished
    }

    private(set) var run: Identifier?
    private(set) var name: String?
    /// What began it: its rows are modules that are asked, or jobs.
    private(set) var kind: String?
    /// Who answers, and what it may cost, for the head of a view; whoever asked knows it.
    var provider: String?
    var maxCost: Money?
    private(set) var slots: Int?
    private(set) var startedAt: Timestamp?
    private(set) var finishedAt: Timestamp?
    private(set) var exit: ExitCode?
    private(set) var rows: [Row] = []
    /// The highest number of attempts that were live at once.
    private(set) var peak = 0
    /// How many rows stand where; counted as they change, as every line of ten thousand says how far the run is.
    private var standings: [Standing: Int] = [:]
    /// The width of the longest name.
    private(set) var nameWidth = 0
    /// Usage of attempts that were tried again; it was spent all the same.
    private var earlier: [Usage] = []
    private var byJob: [Identifier: Int] = [:]
    private var bySession: [Identifier: Int] = [:]

    /// A run of which nothing is known yet.
    init() {}

    /// Takes in one event and tells what it changed.
    mutating func apply(_ event: Event) -> Change? {
        // Whoever asks again in an old run does not see how it was begun.
        if run == nil { run = event.run }
        switch event.type {
        case .runStarted: return start(event)
        case .runFinished:
            finishedAt = event.time
            exit = event.data["exit"]?.integer.flatMap { ExitCode(rawValue: Int32(clamping: $0)) }
            return .runFinished
        default: break
        }
        // A merge is a row from its beginning on, not while it waits and not when it never comes about.
        if event.module == nil, let job = event.job, byJob[job] == nil, isOfNoRow(event) { return nil }
        guard let index = row(for: event) else { return nil }
        return apply(event, to: index)
    }

    private func isOfNoRow(_ event: Event) -> Bool {
        switch event.type {
        case .jobWaiting, .jobSkipped: true
        case .jobFinished: event.data["state"]?.string == JobState.skipped.rawValue
        default: false
        }
    }

    private mutating func apply(_ event: Event, to index: Int) -> Change? {
        let before = rows[index].standing
        let change = change(event, index)
        standings[before, default: 0] -= 1
        standings[rows[index].standing, default: 0] += 1
        peak = max(peak, count(.running) + count(.needsInput))
        return change
    }

    /// The number of rows that stand so.
    func count(_ standing: Standing) -> Int { standings[standing] ?? 0 }

    private mutating func change(_ event: Event, _ index: Int) -> Change? {
        switch event.type {
        case .sessionQueued, .sessionStarted, .sessionAdopted: return begin(event, index)
        case .textDelta:
            let text = event.text
            rows[index].rate.add(text.utf8.count, at: event.time)
            note(text, index)
        case .textBlock:
            if rows[index].beginning.isEmpty { rows[index].beginning = String(event.text.prefix(200)) }
        case .textReset:
            rows[index].beginning = ""
            rows[index].activity = .nothing
        case .thinkingDelta:
            rows[index].rate.add(event.text.utf8.count, at: event.time)
            rows[index].activity = .thinking
        case .toolStarted: rows[index].activity = .tool(event.toolLine)
        case .status, .planStep:
            if !event.text.isEmpty { rows[index].activity = .status(event.text) }
        case .usage: addUsage(event.usage, index)
        case .needsInput:
            rows[index].standing = .needsInput
            rows[index].question = event.question
            return .needsInput(index)
        case .jobQueued:
            rows[index].standing = .queued
            rows[index].endedAt = nil
        case .sessionRetrying: return retry(event, index)
        case .sessionFailed, .sessionLost, .sessionCancelled: rememberFailure(event, index)
        case .jobFinished, .jobSkipped: return finish(event, index)
        default: break
        }
        if rows[index].standing == .needsInput, event.type == .textDelta || event.type == .toolStarted {
            rows[index].standing = .running
        }
        return nil
    }

    private mutating func start(_ event: Event) -> Change {
        run = event.run
        startedAt = event.time
        name = event.data["name"]?.string
        kind = event.data["kind"]?.string
        slots = event.data["slots"]?.integer.map { Int($0) }
        for entry in event.data["modules"]?.array ?? [] {
            guard let job = entry["job"]?.string.flatMap({ Identifier($0) }) else { continue }
            add(job, entry["module"]?.string ?? job.short)
            rows[rows.count - 1].thread = entry["thread"]?.string
            rows[rows.count - 1].message = entry["message"]?.string
        }
        return .runStarted
    }

    private mutating func add(_ job: Identifier, _ module: String) {
        guard byJob[job] == nil else { return }
        byJob[job] = rows.count
        rows.append(Row(job: job, module: module))
        standings[.queued, default: 0] += 1
        nameWidth = max(nameWidth, DisplayWidth.of(module))
    }

    private mutating func row(for event: Event) -> Int? {
        if let job = event.job {
            // The one job without a module is the one that merges the answers.
            add(job, event.module ?? "merge")
            if let session = event.session { bySession[session] = byJob[job] }
            return byJob[job]
        }
        return event.session.flatMap { bySession[$0] }
    }

    private mutating func begin(_ event: Event, _ index: Int) -> Change? {
        let isNew = rows[index].session != event.session || rows[index].standing != .running
        if rows[index].session != event.session {
            rows[index].session = event.session
            rows[index].beginning = ""
            rows[index].activity = .nothing
            rows[index].rate = RateMeter()
        }
        rows[index].attempt = event.data["attempt"]?.integer.map { Int($0) } ?? rows[index].attempt
        guard event.type != .sessionQueued else { return nil }
        if isNew {
            rows[index].startedAt = event.time
            rows[index].endedAt = nil
        }
        rows[index].standing = .running
        rows[index].retryAt = nil
        return isNew ? .started(index) : nil
    }

    private mutating func note(_ text: String, _ index: Int) {
        if rows[index].beginning.utf8.count < 200 { rows[index].beginning += text.prefix(200) }
        var line = ""
        if case .text(let before) = rows[index].activity { line = before }
        // Lets go of the text, so that it grows in place.
        rows[index].activity = .nothing
        // Only the last line is shown, and only its end matters for a row that is as wide as a screen. Counted in bytes and
        // scalars: this happens for every piece of text, and characters are dear.
        if let newline = text.utf8.dropLast().lastIndex(of: UInt8(ascii: "\n")) {
            line = String(text[text.utf8.index(after: newline)...])
        } else {
            if line.utf8.last == UInt8(ascii: "\n") { line = "" }
            line += text
        }
        if line.utf8.count > 1600 { line = String(String.UnicodeScalarView(line.unicodeScalars.suffix(200))) }
        rows[index].activity = .text(line)
    }

    private mutating func addUsage(_ usage: Usage?, _ index: Int) {
        guard let usage else { return }
        rows[index].usage = rows[index].usage.map { $0 + usage } ?? usage
        rows[index].knownCost = (rows[index].knownCost ?? .zero) + (usage.cost ?? .zero)
    }

    private mutating func rememberFailure(_ event: Event, _ index: Int) {
        rows[index].failure = event.failureMessage ?? rows[index].failure
        rows[index].failureClass = event.failureClass ?? rows[index].failureClass
        rows[index].endedAt = event.time
    }

    private mutating func retry(_ event: Event, _ index: Int) -> Change? {
        rememberFailure(event, index)
        rows[index].standing = .retrying
        rows[index].attempt = event.data["attempt"]?.integer.map { Int($0) } ?? rows[index].attempt + 1
        rows[index].attempts = event.data["of"]?.integer.map { Int($0) } ?? rows[index].attempts
        let delay = event.data["wait_ms"]?.integer ?? 0
        rows[index].retryAt = Timestamp(milliseconds: event.time.milliseconds + delay)
        rows[index].rate = RateMeter()
        return .retrying(index)
    }

    private mutating func finish(_ event: Event, _ index: Int) -> Change? {
        guard !rows[index].standing.isFinal else { return nil }
        switch event.data["state"]?.string.flatMap({ JobState(rawValue: $0) }) {
        case .completed: rows[index].standing = .completed
        case .cancelled: rows[index].standing = .cancelled
        case .skipped: rows[index].standing = .skipped
        case nil where event.data["unneeded"]?.bool == true: rows[index].standing = .unneeded
        case nil where event.type == .jobSkipped: rows[index].standing = .skipped
        default: rows[index].standing = .failed
        }
        if rows[index].standing != .completed, rows[index].standing != .unneeded { rememberFailure(event, index) }
        rows[index].endedAt = event.time
        return .finished(index)
    }
}
