import Model
import Store

/// `show RUN`: what was asked, what became of it, and its jobs.
enum RunPage {
    /// What `--usage` and `--tools` add to the page of a run.
    struct Extras {
        var usage: [UsageRow] = []
        var sessions: [SessionDetail] = []
    }

    /// The page of a run; with `parts`, these instead of the answers.
    static func lines(
        _ detail: RunDetail, _ parts: SessionPage.Parts = .init(), _ extras: Extras = .init(), on surface: Surface,
        now: Timestamp
    ) -> [String] {
        let run = detail.run
        var lines = [
            surface.paint("run \(run.id.short)", .bold) + "   " + (run.name.map { surface.safeLine($0) + "   " } ?? "")
                + StateMark.words(run.state.rawValue, on: surface) + exit(run)
        ]
        if let question = run.question {
            lines.append("asked   " + surface.cut(surface.safeLine(question), to: max(20, surface.width - 9)))
        }
        if let from = JSONReader.value(run.spec)?["from"]?.string.flatMap({ Identifier($0) }) {
            lines.append("from    run \(from.short), with another question")
        }
        if let former = JSONReader.value(run.spec)?["resumed"]?["run"]?.string.flatMap({ Identifier($0) }) {
            lines.append("from    run \(former.short), whose answers stand where they were taken")
        }
        if let project = run.project { lines.append("where   " + surface.safeLine(project)) }
        lines.append(
            "when    \(Amounts.ago(milliseconds: now.milliseconds - run.createdAt.milliseconds))" + took(run, now))
        if run.isBeingDeleted {
            lines.append("gone    a deletion of it was cut short; what is left goes with: tutti clean")
        }
        lines.append("usage   " + UsageText.line(run.usage))
        if let stop = BudgetWords.stop(of: detail) ?? BudgetWords.overshoot(of: detail) {
            lines.append("budget  " + surface.safeLine(stop.message))
            lines.append("        " + surface.safeLine(stop.hint))
        }
        lines.append("")
        if parts.timeline { lines += RunTimeline.lines(detail, on: surface, now: now) }
        if parts.usage { lines += UsagePage.lines(extras.usage, by: .model, on: surface) }
        if parts.tools {
            for session in extras.sessions {
                lines.append(surface.paint("## " + surface.safeLine(session.session.module ?? session.job.kind), .bold))
                lines += SessionPage.tools(session.blocks, surface) + [""]
            }
        }
        let rows = rows(detail)
        if !parts.timeline, !parts.usage, !parts.tools {
            var contents: [Identifier: String] = [:]
            for message in detail.messages { contents[message.id] = message.content }
            lines += table(rows, contents, surface.glyphs, now).lines(on: surface)
        }
        if let merged = merged(run) {
            lines += ["", "merged  " + surface.cut(surface.safeLine(merged), to: max(20, surface.width - 9))]
        }
        lines.append("")
        lines.append(next(run, rows))
        return lines
    }

    /// The jobs in the order of the run, each with its sessions.
    static func rows(_ detail: RunDetail) -> [WorkRow] {
        let sessions = Dictionary(grouping: detail.sessions, by: \.job)
        return RunOrder.jobs(of: detail).map { WorkRow(job: $0, sessions: sessions[$0.id] ?? []) }
    }

    /// The page of a job that has no session yet.
    static func lines(_ job: JobRow, on surface: Surface, now: Timestamp) -> [String] {
        let row = WorkRow(job: job)
        var lines = [
            surface.paint("job \(job.id.short)", .bold) + "   " + surface.safeLine(job.module ?? job.kind) + "   "
                + StateMark.words(row.state, on: surface) + "   run \(job.run.short)"
        ]
        if let kept = row.keptWords { lines.append("answer  \(kept); no session was needed") }
        if let failure = job.failure { lines.append("error   " + surface.safeLine(failure)) }
        let activity = row.activity(at: now)
        if !activity.isEmpty { lines.append("now     " + surface.safeLine(activity)) }
        return lines
    }

    private static func exit(_ run: RunRow) -> String { run.exit.map { "   exit \($0)" } ?? "" }

    private static func took(_ run: RunRow, _ now: Timestamp) -> String {
        guard let start = run.startedAt else { return "" }
        let span = (run.finishedAt ?? now).milliseconds - start.milliseconds
        return run.finishedAt == nil
            ? ", for \(Amounts.span(milliseconds: span)) now" : ", took \(Amounts.span(milliseconds: span))"
    }

    private static func table(_ rows: [WorkRow], _ contents: [Identifier: String], _ glyphs: Glyphs, _ now: Timestamp)
        -> Table
    {
        var table = Table([
            .init(title: "ID"), .init(title: "MODULE"), .init(title: "STATE"),
            .init(title: "TIME", right: true, dropsAt: 1),
            .init(title: "TOKENS", right: true, dropsAt: 2), .init(title: "COST", right: true, dropsAt: 3),
            .init(title: "ANSWER", flexible: true, dropsAt: 4),
        ])
        for row in rows {
            let usage = row.usage?.usage
            let answer = row.job.message.flatMap { contents[$0] } ?? ""
            var text = row.state == "completed" && !answer.isEmpty ? String(answer.prefix(300)) : row.activity(at: now)
            if let kept = row.keptWords { text = text.isEmpty ? "(\(kept))" : "(\(kept)) \(text)" }
            if UnreadWords.bytes(of: row.job) > 0 { text = "(not whole) " + text }
            table.rows.append([
                .init((row.session?.id ?? row.job.id).short), .init(row.job.module ?? row.job.kind),
                StateMark.cell(row.state, glyphs), .init(Amounts.age(milliseconds: row.age(at: now))),
                .init(usage.map { $0.total > 0 ? Amounts.tokens($0.total) : "" } ?? ""),
                .init(row.costWords), .init(text, row.state == "failed" ? .red : nil),
            ])
        }
        return table
    }

    private static func merged(_ run: RunRow) -> String? {
        guard let outcome = run.outcome.flatMap({ JSONReader.value($0) }) else { return nil }
        return outcome["merged"]?.string ?? outcome["text"]?.string
    }

    private static func next(_ run: RunRow, _ rows: [WorkRow]) -> String {
        let id = run.id.short
        if !run.state.isFinal { return "follow: tutti logs -f \(id)    stop: tutti cancel \(id)" }
        let failed = rows.contains { $0.job.state == .failed || $0.job.state == .cancelled }
        return "answers: tutti show -r \(id)    transcript: tutti logs \(id)"
            + (failed ? "    again: tutti retry \(id) --failed" : "")
    }
}

/// Tokens and money in a sentence.
enum UsageText {
    /// `in 41,200 (38,900 cached)   out 1,120   $0.031`.
    static func line(_ sum: UsageSum) -> String {
        let usage = sum.usage
        if usage.total == 0, sum.knownCost == .zero, !sum.hasUnknownCost { return "nothing stated" }
        if usage.total == 0, sum.knownCost == .zero { return "nothing stated, so the cost is unknown" }
        var line = "in \(Amounts.grouped(usage.input + usage.cacheRead + usage.cacheWrite))"
        if usage.cacheRead > 0 { line += " (\(Amounts.grouped(usage.cacheRead)) cached)" }
        line += "   out \(Amounts.grouped(usage.output))   "
        if let cost = usage.cost { return line + Amounts.money(cost) }
        return line + (sum.knownCost > .zero ? "at least \(Amounts.money(sum.knownCost))" : "cost not stated")
    }
}

extension RunRow {
    /// True when a deletion of it has begun: what there is of it is not all.
    var isBeingDeleted: Bool { outcome.flatMap { JSONReader.value($0) }?["deleting"] != nil }
}
