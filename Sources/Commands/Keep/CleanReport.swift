import Coordinator
import Model
import Store

/// What a cleaning did, or would do, for people and programs.
struct CleanReport {
    let plan: Cleaning.Plan
    let isDryRun: Bool
    let count: Cleaning.Count
    /// What the store's file holds without using it.
    var freeBytes: Int64?

    /// The fields of its record.
    static let fields = [
        "dry_run", "runs", "jobs", "sessions", "messages", "threads", "events", "kept_answers", "folders",
        "stray_folders", "left_folders", "bytes", "free_bytes", "cut_short", "run_list",
    ]

    /// `12 runs with 40 sessions and 118 messages, 12.4 MiB of recordings`.
    static func words(_ count: Cleaning.Count) -> String {
        var parts: [String] = []
        if count.runs > 0 || count.sessions > 0 {
            parts.append(
                "\(Amounts.count(count.runs, "run")) with \(Amounts.count(count.sessions, "session")) and "
                    + Amounts.count(count.messages, "message"))
        }
        if count.strayFolders > 0 {
            parts.append("\(Amounts.count(count.strayFolders, "folder")) of sessions that nobody knows")
        }
        if count.keptAnswers > 0 { parts.append(Amounts.count(count.keptAnswers, "kept answer")) }
        if parts.isEmpty { parts.append("nothing") }
        return parts.joined(separator: ", ")
            + (count.bytes > 0 ? ", \(Amounts.bytes(count.bytes)) of recordings" : "")
    }

    /// Prints it.
    func present(_ options: GlobalOptions, _ context: CommandContext) throws {
        let now = context.now
        let listing = Listing(
            records: [record], columns: ["runs", "sessions", "messages", "events", "bytes"], identifier: "runs",
            isSingle: true
        ) { surface in
            lines(on: surface, now: now)
        }
        try listing.present(options, on: context.output)
    }

    private var record: JSONObject {
        var record: JSONObject = [
            "dry_run": .bool(isDryRun), "runs": .integer(Int64(count.runs)), "jobs": .integer(Int64(count.jobs)),
            "sessions": .integer(Int64(count.sessions)), "messages": .integer(Int64(count.messages)),
            "threads": .integer(Int64(count.threads)), "events": .integer(Int64(count.events)),
            "kept_answers": .integer(Int64(count.keptAnswers)), "folders": .integer(Int64(count.folders)),
            "stray_folders": .integer(Int64(count.strayFolders)), "left_folders": .integer(Int64(count.leftFolders)),
            "bytes": .integer(count.bytes), "free_bytes": .optional(freeBytes), "cut_short": .bool(count.isCutShort),
        ]
        record["run_list"] = .array(
            plan.runs.map { run in
                [
                    "id": .string(run.id.text), "kind": .string(run.kind), "name": .optional(run.name),
                    "state": .string(run.state.rawValue), "finished_at": .string(run.finishedAt.iso8601),
                    "jobs": .integer(Int64(run.jobs)), "sessions": .integer(Int64(run.sessions.count)),
                    "messages": .integer(Int64(run.messages)),
                ]
            })
        return record
    }

    private static let mostRows = 20

    private func lines(on surface: Surface, now: Timestamp) -> [String] {
        guard isDryRun else {
            var lines = [count == Cleaning.Count() ? "nothing is so old" : "deleted " + CleanReport.words(count)]
            if count.leftFolders > 0 {
                lines.append(
                    "\(Amounts.count(count.leftFolders, "folder")) stayed: something of it lives or cannot be removed")
            }
            if let freeBytes, freeBytes > 0 {
                lines.append(
                    "the store's file keeps its size; \(Amounts.bytes(freeBytes)) in it are free for what comes")
            }
            return lines
        }
        var table = Table([
            .init(title: "RUN"), .init(title: "STATE"), .init(title: "ENDED"), .init(title: "SESSIONS", right: true),
            .init(title: "MESSAGES", right: true, dropsAt: 1), .init(title: "NAME", flexible: true, dropsAt: 2),
        ])
        for run in plan.runs.prefix(CleanReport.mostRows) {
            table.rows.append([
                .init(run.id.short), StateMark.cell(run.state.rawValue, surface.glyphs),
                .init(Amounts.ago(milliseconds: now.milliseconds - run.finishedAt.milliseconds)),
                .init("\(run.sessions.count)"), .init("\(run.messages)"), .init(run.name ?? run.question ?? run.kind),
            ])
        }
        var lines = plan.runs.isEmpty ? [] : table.lines(on: surface)
        if plan.runs.count > CleanReport.mostRows {
            lines.append("and \(plan.runs.count - CleanReport.mostRows) more; all of them: --json")
        }
        return lines + ["would delete \(CleanReport.words(count)); nothing was deleted"]
    }
}
