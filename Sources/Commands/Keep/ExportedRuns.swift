import Model
import Store

/// Runs in the forms of `tutti export`. One run is in memory at a time, and of its sessions one.
enum ExportedRuns {
    /// One document: `{"v":1,"exported_at":…,"tutti":…,"runs":[…]}`, each run as `show RUN --json`, each session as `show
    /// SESSION --json`.
    static func json(_ runs: [Identifier], _ store: Store, at time: Timestamp, to target: ExportTarget) throws {
        let head: JSONObject = [
            "v": 1, "exported_at": .string(time.iso8601), "tutti": .string(TuttiVersion.text),
        ]
        try target.write(head.text.dropLast() + ",\"runs\":[")
        for (index, id) in runs.enumerated() {
            var record = try store.read { Records.run(try whole(id, $0)) }
            let sessions = record["sessions"]?.array ?? []
            record["sessions"] = nil
            try target.write((index > 0 ? "," : "") + record.text.dropLast() + ",\"sessions\":[")
            for (place, session) in sessions.enumerated() {
                guard let id = session["id"]?.string.flatMap({ Identifier($0) }) else { continue }
                let found = try store.read { try $0.sessionDetail(id) }
                try target.write((place > 0 ? "," : "") + (found.map { Records.session($0).text } ?? session.text))
            }
            try target.write("]}")
        }
        try target.write("]}\n")
    }

    /// The events of the runs, as `tutti events` prints them.
    static func events(_ runs: [Identifier], _ store: Store, to target: ExportTarget) throws {
        var filter = EventFilter()
        filter.runs = Set(runs)
        var cursor = EventCursor(store, after: 0, filter: filter)
        while true {
            let page = try cursor.next()
            if !page.events.isEmpty {
                try target.write(page.events.map { $0.line + "\n" }.joined())
            }
            if page.next >= page.newest { return }
        }
    }

    private static let columns = [
        "run", "run_name", "job", "module", "state", "attempts", "provider", "model", "created_at", "started_at",
        "finished_at", "duration_ms", "input", "output", "tokens", "cost", "error_class", "error", "answer",
    ]

    /// One line for each job, under the names of the columns.
    static func csv(_ runs: [Identifier], _ store: Store, to target: ExportTarget) throws {
        try target.write(columns.joined(separator: ",") + "\n")
        for id in runs {
            let detail = try store.read { try whole(id, $0) }
            let answers = Dictionary(detail.messages.map { ($0.id, $0.content) }) { first, _ in first }
            for row in RunPage.rows(detail) {
                let usage = row.usage?.usage
                let span = row.job.startedAt.flatMap { start in
                    row.job.finishedAt.map { max(0, $0.milliseconds - start.milliseconds) }
                }
                let cells: [String?] = [
                    id.text, detail.run.name, row.job.id.text, row.job.module, row.state, "\(row.job.attempts)",
                    row.session?.provider, row.session?.model, row.job.createdAt.iso8601, row.job.startedAt?.iso8601,
                    row.job.finishedAt?.iso8601, span.map { "\($0)" },
                    usage.map { "\($0.input + $0.cacheRead + $0.cacheWrite)" }, usage.map { "\($0.output)" },
                    usage.map { "\($0.total)" }, usage?.cost?.dollars, row.job.failureClass?.rawValue,
                    row.job.failure, row.job.message.flatMap { answers[$0] },
                ]
                try target.write(cells.map { CellForm.csv($0 ?? "") }.joined(separator: ",") + "\n")
            }
        }
    }

    /// Questions and answers.
    static func markdown(_ runs: [Identifier], _ store: Store, to target: ExportTarget) throws {
        for (index, id) in runs.enumerated() {
            let detail = try store.read { try whole(id, $0) }
            let run = detail.run
            var lines = ["# " + Sanitizer.line(run.name ?? "run \(id.short)"), ""]
            if let question = run.question {
                lines += question.split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" } + [""]
            }
            lines.append(
                "run \(id.text), \(run.state.rawValue), \(run.createdAt.iso8601), \(UsageText.line(run.usage))")
            try target.write((index > 0 ? "\n" : "") + lines.joined(separator: "\n") + "\n")
            let merged = run.outcome.flatMap { JSONReader.value($0) }?["merged"]?.string
            if let merged { try target.write("\n## merged\n\n" + Answers.ended(merged)) }
            try Answers.forEach(of: detail, in: store) { answer in
                try target.write("\n" + Answers.section(answer, on: Surface()))
            }
        }
    }

    /// The attempts of the runs that have ended, as GNU parallel logs jobs.
    static func jobLog(_ runs: [Identifier], _ store: Store, to target: ExportTarget) throws {
        try target.write(JobLog.head + "\n")
        var first = 1
        for id in runs {
            let detail = try store.read { try whole(id, $0) }
            for line in JobLog.lines(detail, from: first) { try target.write(line + "\n") }
            first += detail.jobs.count
        }
    }

    private static func whole(_ run: Identifier, _ reader: StoreReader) throws -> RunDetail {
        guard let detail = try reader.runDetail(run) else { throw ShowCommand.gone(.run(run)) }
        return detail
    }
}
