import Model

/// The live picture of a run: finished rows go up as plain lines, live rows and the bar are drawn again in place.
///
/// Pure: events and the time come in, lines come out. `LiveScreen` puts them on a terminal.
struct FanOutView: Sendable {
    var progress = RunProgress()
    /// Durations of earlier runs of the same modules, for the estimate of the end.
    var history: [Int64] = []
    /// Also show whole tables, as they come.
    var showsTables = false
    /// The jobs of a batch, one behind another; nil where modules are asked.
    var flow: JobFlow?
    /// Whether a key leaves the run to the background.
    var canLeave = false
    /// What only a person opens and rows wait for: then nobody knows when the run ends.
    var closed: [ClosedPool] = []
    /// Words at the right end of the first line.
    var trusted: String?
    private var scrolled: [Scrolled] = []

    private enum Scrolled: Sendable {
        case header
        case row(RunProgress.Row)
        case table(Table)
    }

    /// A view of a run of which nothing is known yet.
    init() {}

    /// Takes in one event.
    mutating func apply(_ event: Event) {
        defer { flow?.note(progress.rows) }
        switch progress.apply(event) {
        case .runStarted: scrolled.append(.header)
        case .retrying(let index), .finished(let index): scrolled.append(.row(progress.rows[index]))
        default:
            if showsTables, event.type == .table, let table = Table(event) { scrolled.append(.table(table)) }
        }
    }

    /// The lines that are finished since the last call and belong above the live part.
    mutating func takeScrolled(on surface: Surface) -> [String] {
        defer { scrolled = [] }
        let layout = RowLayout(progress, surface)
        return scrolled.flatMap { item -> [String] in
            switch item {
            case .header: return [header(on: surface)]
            case .row(let row): return [layout.line(row, at: row.endedAt ?? Timestamp(milliseconds: 0))]
            case .table(let table):
                var narrow = surface
                narrow.width -= 7
                return table.lines(on: narrow).prefix(8).map { "      " + $0 }
            }
        }
    }

    /// The part that is drawn again: a rule, the live rows and the bar. Never more lines than the surface has.
    func live(on surface: Surface, now: Timestamp) -> [String] {
        let layout = RowLayout(progress, surface)
        let open = progress.rows.filter { !$0.standing.isFinal }
        guard !open.isEmpty else { return [] }
        let width = min(surface.width - 1, 96)
        var lines = [surface.rule(width)] + (flow?.lines(progress.rows, on: surface, width: width) ?? [])
        let room = max(1, surface.height - (closed.isEmpty ? 3 : 4) - lines.count)
        let ordered = open.enumerated().sorted { rank($0.element, $0.offset) < rank($1.element, $1.offset) }
            .map(\.element)
        let shown = ordered.count <= room ? ordered : Array(ordered.prefix(room - 1))
        // A row says "next" once: the first that waits for a slot.
        var nextSaid = false
        let next = flow?.next(progress.rows)
        for row in shown {
            var note: String?
            if row.standing == .queued, !nextSaid, closed.isEmpty, next?.contains(JobFlow.job(of: row)) != false {
                nextSaid = true
                note = nextNote(now)
            }
            lines.append(layout.line(row, at: now, note: note))
        }
        let hidden = ordered.dropFirst(shown.count)
        if !hidden.isEmpty {
            let word = hidden.allSatisfy { $0.standing == .queued } ? "queued" : "more sessions"
            let sign = DisplayWidth.pad(surface.glyphs.queued, to: surface.glyphs.width)
            lines.append(
                "  \(surface.paint(sign, .dim)) \(hidden.count) more  \(word == "queued" ? word : "")".trimmedEnd)
        }
        if !closed.isEmpty {
            let words = surface.cut("  " + ClosedPools.words(closed, on: surface), to: surface.width - 1)
            lines.append(surface.paint(words, .yellow))
        }
        lines.append(
            ProgressBar.line(progress, history: history, isPaused: !closed.isEmpty, on: surface, now: now))
        return lines
    }

    /// Failed and asking rows first, then the longest running, then what waits, in the order of the run.
    private func rank(_ row: RunProgress.Row, _ place: Int) -> (Int, Int64, Int) {
        switch row.standing {
        case .needsInput: (0, row.startedAt?.milliseconds ?? 0, place)
        case .running: (1, row.startedAt?.milliseconds ?? 0, place)
        case .retrying: (2, row.retryAt?.milliseconds ?? 0, place)
        default: (3, 0, place)
        }
    }

    private func nextNote(_ now: Timestamp) -> String? {
        let live = progress.rows.filter { $0.standing == .running }
        let durations = (progress.rows.compactMap { $0.standing == .completed ? $0.elapsed(at: now) : nil } + history)
            .sorted()
        guard durations.count >= 2, let longest = live.map({ $0.elapsed(at: now) }).max() else { return "next" }
        let wait = durations[durations.count / 2] - longest
        return wait > 0 ? "next, about \(Amounts.clock(milliseconds: wait))" : "next"
    }

    private func header(on surface: Surface) -> String {
        var parts = ["run " + (progress.run?.short ?? "")]
        if let name = progress.name { parts[0] += " " + surface.safeLine(name) }
        parts.append(Amounts.count(progress.rows.count, progress.isBatch ? "job" : "module"))
        if let provider = progress.provider { parts.append(surface.safeLine(provider)) }
        if let trusted { parts.append("trusted \(trusted)") }
        let width = min(surface.width - 1, 96)
        let right = canLeave && width > 60 ? "Ctrl+C: stop   d: leave it running" : "Ctrl+C: stop"
        var left = parts.joined(separator: "   ")
        while parts.count > 1, DisplayWidth.of(left) + right.count + 2 > width {
            parts.removeLast()
            left = parts.joined(separator: "   ")
        }
        left = surface.cut(left, to: max(8, width - right.count - 2))
        return surface.paint(DisplayWidth.pad(left, to: width - right.count), .bold) + surface.paint(right, .dim)
    }
}

extension String {
    /// The text without spaces at its end.
    var trimmedEnd: String {
        var result = self
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}
