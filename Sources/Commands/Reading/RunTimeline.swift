import Model
import Store

/// `show RUN --timeline`: one line for each job, with a bar for each of its attempts on one scale.
///
/// A bar's sign says how the attempt ended, so that it can be read without colours.
enum RunTimeline {
    private static let leastBar = 10
    private static let mostBar = 60
    private static let noteWidth = 30

    /// The scale, the jobs in the order of the run, and what the signs mean.
    static func lines(_ detail: RunDetail, on surface: Surface, now: Timestamp) -> [String] {
        let origin = detail.run.createdAt.milliseconds
        let end = max(origin + 1, (detail.run.finishedAt ?? now).milliseconds)
        var attempts: [Identifier: [SessionRow]] = [:]
        for session in detail.sessions { attempts[session.job, default: []].append(session) }
        let jobs = detail.jobs.sorted { $0.position < $1.position }
        let names = jobs.map { surface.safeLine($0.module ?? $0.kind) }
        let width = surface.isTerminal ? surface.width - 1 : 100
        let nameWidth = min(names.reduce(6) { max($0, DisplayWidth.of($1)) }, max(6, width / 4))
        let barWidth = max(leastBar, min(mostBar, width - nameWidth - 4 - noteWidth))
        let noteRoom = max(0, width - nameWidth - barWidth - 4)
        let scale = Scale(origin: origin, end: end, width: barWidth)
        var lines = [String(repeating: " ", count: nameWidth + 2) + axis(end - origin, barWidth)]
        for (job, name) in zip(jobs, names) {
            let sessions = (attempts[job.id] ?? []).sorted { $0.attempt < $1.attempt }
            let title = DisplayWidth.pad(surface.cut(name, to: nameWidth), to: nameWidth)
            let note = note(job, sessions, now, room: noteRoom)
            lines.append(
                "\(title)  \(bar(job, sessions, scale, surface, now))  \(note)".trimmedEnd)
        }
        return lines + [legend(detail, surface)]
    }

    private struct Scale {
        var origin: Int64
        var end: Int64
        var width: Int

        /// The columns from `start` to `stop`, at least one.
        func columns(_ start: Int64, _ stop: Int64) -> Range<Int> {
            let factor = Double(width) / Double(end - origin)
            let from = max(0, min(width - 1, Int(Double(start - origin) * factor)))
            let to = min(width, Int((Double(stop - origin) * factor).rounded()))
            return from..<max(from + 1, to)
        }
    }

    private static func bar(
        _ job: JobRow, _ sessions: [SessionRow], _ scale: Scale, _ surface: Surface, _ now: Timestamp
    ) -> String {
        var cells = [(sign: String, tint: Tint?)](repeating: (" ", nil), count: scale.width)
        let waits = scale.columns(job.createdAt.milliseconds, (job.finishedAt ?? now).milliseconds)
        for column in waits { cells[column] = (surface.glyphs.barWaits, .dim) }
        for session in sessions {
            let start = (session.startedAt ?? session.createdAt).milliseconds
            for column in scale.columns(start, (session.endedAt ?? now).milliseconds) {
                cells[column] = mark(session, surface.glyphs)
            }
        }
        // Neighbours of one colour are painted at once.
        var result = ""
        var index = 0
        while index < cells.count {
            let next = cells[index...].firstIndex { $0.tint != cells[index].tint } ?? cells.count
            result += surface.paint(cells[index..<next].map(\.sign).joined(), cells[index].tint)
            index = next
        }
        return result
    }

    private static func mark(_ session: SessionRow, _ glyphs: Glyphs) -> (sign: String, tint: Tint?) {
        switch session.state {
        case .completed: (glyphs.barFull, .green)
        case .failed, .lost: (glyphs.barFailed, .red)
        case .cancelled: (glyphs.barFailed, .yellow)
        case .starting, .running, .needsInput, .ending: (glyphs.barRuns, .cyan)
        }
    }

    /// What does not fit leaves from the right.
    private static func note(_ job: JobRow, _ sessions: [SessionRow], _ now: Timestamp, room: Int) -> String {
        let row = WorkRow(job: job, sessions: sessions)
        guard let last = sessions.last else { return row.state }
        var parts = [Amounts.span(milliseconds: last.elapsed(at: now)), row.state]
        if sessions.count > 1 { parts.append("attempt \(sessions.count)") }
        if let first = last.firstTokenAt, let start = last.startedAt {
            parts.append("first token \(Amounts.span(milliseconds: first.milliseconds - start.milliseconds))")
        }
        while parts.count > 1, parts.reduce(-2, { $0 + $1.count + 2 }) > room { parts.removeLast() }
        return parts.joined(separator: "  ")
    }

    private static func axis(_ span: Int64, _ width: Int) -> String {
        let end = Amounts.span(milliseconds: span)
        return "0" + DisplayWidth.pad(end, to: width - 1, right: true)
    }

    private static func legend(_ detail: RunDetail, _ surface: Surface) -> String {
        let glyphs = surface.glyphs
        var parts = ["\(glyphs.barFull) completed"]
        if detail.sessions.contains(where: { $0.state.isFinal && $0.state != .completed }) {
            parts.append("\(glyphs.barFailed) failed or cancelled")
        }
        if detail.sessions.contains(where: { !$0.state.isFinal }) { parts.append("\(glyphs.barRuns) runs") }
        parts.append("\(glyphs.barWaits) waits")
        let text = parts.joined(separator: "   ")
        return surface.paint(surface.isTerminal ? surface.cut(text, to: surface.width - 1) : text, .dim)
    }
}
