import Model
import Store

/// `show SESSION`: who answers, where, for how much, and what it said.
enum SessionPage {
    /// Which parts a person asked for.
    struct Parts: Sendable {
        var timeline = false
        var tools = false
        var usage = false
    }

    /// The page of a session.
    static func lines(_ detail: SessionDetail, _ parts: Parts, on surface: Surface, now: Timestamp) -> [String] {
        let session = detail.session
        var lines = head(detail, on: surface, now: now)
        if parts.usage { lines += usage(detail.usage, surface) }
        if parts.timeline { lines += [""] + Timeline.lines(detail, on: surface, now: now) }
        if parts.tools { lines += tools(detail.blocks, surface) }
        if !parts.timeline, !parts.tools, !parts.usage {
            for message in detail.messages where message.role == .assistant {
                lines.append("")
                if !message.content.isEmpty {
                    lines += surface.safe(message.content).split(separator: "\n", omittingEmptySubsequences: false).map(
                        String.init)
                }
            }
            if session.state != .completed, session.state.isFinal { lines += interruption(detail, surface) }
        }
        lines.append("")
        lines.append(next(session))
        return lines
    }

    private static func head(_ detail: SessionDetail, on surface: Surface, now: Timestamp) -> [String] {
        let session = detail.session
        var first = [
            surface.paint("session \(session.id.short)", .bold), surface.safeLine(session.module ?? detail.job.kind),
            StateMark.words(session.shownState, on: surface),
            surface.safeLine(session.provider) + (session.model.map { " (\(surface.safeLine($0)))" } ?? ""),
            "attempt \(session.attempt) of \(session.maxAttempts)",
        ]
        if let pid = session.host?.pid, !session.state.isFinal { first.append("pid \(pid)") }
        var lines = [first.joined(separator: "   ")]
        if let question = detail.messages.first(where: { $0.role == .user })?.content {
            lines.append("asked   " + surface.cut(surface.safeLine(question), to: max(20, surface.width - 9)))
        }
        lines.append("run     \(session.run.short)" + (session.runName.map { " " + surface.safeLine($0) } ?? ""))
        lines.append("where   " + surface.safeLine(session.workingDirectory))
        var usage = "usage   " + UsageText.line(session.usage)
        if let start = session.startedAt, let token = session.firstTokenAt {
            usage += "   first token \(Amounts.span(milliseconds: token.milliseconds - start.milliseconds))"
        }
        usage += "   time \(Amounts.span(milliseconds: session.elapsed(at: now)))"
        lines.append(usage)
        if session.state == .completed, let unread = UnreadWords.line(of: detail.job) {
            lines.append("missing " + surface.paint(unread, .yellow))
        }
        if let failure = session.failure {
            lines.append(
                "error   " + surface.paint(surface.safeLine(failure), .red)
                    + (session.failureClass.map { " (\($0.rawValue))" } ?? ""))
        }
        return lines
    }

    private static func usage(_ usage: [ModelUsage], _ surface: Surface) -> [String] {
        var table = Table([
            .init(title: "MODEL"), .init(title: "INPUT", right: true), .init(title: "CACHE READ", right: true),
            .init(title: "CACHE WRITE", right: true), .init(title: "OUTPUT", right: true),
            .init(title: "COST", right: true),
        ])
        for entry in usage {
            table.rows.append([
                .init(entry.model ?? "not named"), .init(Amounts.grouped(entry.usage.input)),
                .init(Amounts.grouped(entry.usage.cacheRead)), .init(Amounts.grouped(entry.usage.cacheWrite)),
                .init(Amounts.grouped(entry.usage.output)), .init(Amounts.money(entry.usage.cost)),
            ])
        }
        return [""] + table.lines(on: surface)
    }

    /// Tool calls with what went in and what came out.
    static func tools(_ blocks: [BlockRow], _ surface: Surface) -> [String] {
        var lines: [String] = []
        for block in blocks where block.kind == "tool" {
            let input = block.input.flatMap { JSONReader.value($0) } ?? block.input.map { .string($0) }
            let call = ToolCall.line(name: block.name ?? "tool", input: input)
            let span = block.endedAt.map { Amounts.span(milliseconds: $0.milliseconds - block.startedAt.milliseconds) }
            lines += [
                "",
                surface.glyphs.tool + " " + surface.safeLine(call) + "   (\(span ?? "not ended"))"
                    + (block.isError ? "   " + surface.paint("error", .red) : ""),
            ]
            if let input = block.input { lines.append("    " + surface.safeLine(input)) }
            for line in surface.safe(block.text ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
                lines.append("    | " + line)
            }
        }
        return lines.isEmpty ? ["", "no tool was called"] : lines
    }

    private static func interruption(_ detail: SessionDetail, _ surface: Surface) -> [String] {
        let session = detail.session
        let reason = session.failure ?? session.failureClass?.rawValue ?? session.state.rawValue
        let isPartial = detail.messages.contains { $0.role == .assistant && !$0.content.isEmpty }
        var lines = [
            "",
            surface.paint(isPartial ? "The answer was cut short: " : "No answer: ", .red) + surface.safeLine(reason),
        ]
        if let advice = session.failureClass?.advice(on: session.id.short) { lines.append("  " + advice) }
        return lines + ["  ask again: tutti retry \(session.job.short)"]
    }

    private static func next(_ session: SessionRow) -> String {
        let id = session.id.short
        if !session.state.isFinal {
            return "follow: tutti logs -f \(id)    stop: tutti cancel \(id)"
        }
        return "answer: tutti show -r \(id)    transcript: tutti logs \(id)    again: tutti retry \(session.job.short)"
    }
}
