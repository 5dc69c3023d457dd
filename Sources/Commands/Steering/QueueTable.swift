import Coordinator
import Model
import Scheduler
import Store

/// The queue as a table: who waits, since when, and for what.
enum QueueTable {
    /// The listing of `entries`, of `count` jobs; `pools` are told above the table where something holds them back.
    static func listing(_ entries: [QueueView.Entry], of count: Int, pools: [PoolRow], at now: Timestamp) -> Listing {
        Listing(
            records: entries.map { record($0, at: now) },
            columns: ["id", "run", "module", "state", "priority", "age_ms", "waits_for", "expected_ms"], fields: fields,
            rows: entries.map(\.job.id.text)
        ) { surface in
            lines(entries, pools, surface, now) + (cut(entries, of: count).map { [surface.paint($0, .dim)] } ?? [])
        }
    }

    /// What there is and is not listed, in words; nil when all is.
    static func cut(_ entries: [QueueView.Entry], of count: Int) -> String? {
        entries.count < count ? "\(entries.count) shown of \(count); more: --limit \(count)" : nil
    }

    private static let fields = [
        "id", "run", "run_name", "module", "kind", "state", "priority", "age_ms", "attempts", "waits_for", "reasons",
        "expected_ms",
    ]

    /// A job that is not over, with what it waits for.
    static func record(_ entry: QueueView.Entry, at now: Timestamp) -> JSONObject {
        let job = entry.job
        return [
            "id": .string(job.id.text), "run": .string(job.run.text), "run_name": .optional(job.runName),
            "module": .optional(job.module), "kind": .string(job.kind), "state": .string(job.state.rawValue),
            "priority": .integer(Int64(job.priority)),
            "age_ms": .integer(max(0, now.milliseconds - job.createdAt.milliseconds)),
            "attempts": .integer(Int64(job.attempts)), "waits_for": .optional(entry.waiting?.sentence),
            "reasons": .array((entry.waiting?.reasons ?? []).map { .string($0.words) }),
            "expected_ms": .optional(entry.waiting?.expected?.wholeMilliseconds),
        ]
    }

    private static func lines(
        _ entries: [QueueView.Entry], _ pools: [PoolRow], _ surface: Surface, _ now: Timestamp
    ) -> [String] {
        var head: [String] = []
        for row in pools {
            if row.pausedAt != nil {
                head.append(
                    "\(surface.safeLine(row.pool.text)) is paused    go on: tutti unpause \(name(row.pool, surface))")
            }
            if row.standing == "blocked" {
                head.append(
                    "\(surface.safeLine(row.pool.text)) is blocked: what starts there breaks at once    go on: tutti reset \(name(row.pool, surface))"
                )
            }
        }
        guard !entries.isEmpty else { return head + ["nothing waits    ask something: tutti ask \"…\" MODULES…"] }
        var table = Table([
            .init(title: "ID"), .init(title: "RUN"), .init(title: "MODULE"), .init(title: "STATE"),
            .init(title: "PRIO", right: true), .init(title: "AGE", right: true),
            .init(title: "WAITS FOR", flexible: true),
        ])
        table.rows = entries.map { entry in
            let job = entry.job
            let why = entry.waiting.map(words) ?? ""
            return [
                .init(job.id.short), .init(surface.safeLine(job.runName ?? job.run.short)),
                .init(surface.safeLine(job.module ?? job.kind)),
                .init(StateMark.words(job.state.rawValue, on: surface)),
                .init("\(job.priority)"),
                .init(Amounts.age(milliseconds: now.milliseconds - job.createdAt.milliseconds)),
                .init(surface.safeLine(why)),
            ]
        }
        return head + table.lines(on: surface)
    }

    /// What it waits for, without what the column's title says. Pools and files have names with dots.
    static func words(_ waiting: Waiting) -> String {
        let (sentence, head) = (waiting.sentence, "It waits for ")
        return String((sentence.hasPrefix(head) ? sentence.dropFirst(head.count) : sentence[...]).dropLast())
    }

    private static func name(_ pool: Pool, _ surface: Surface) -> String {
        switch pool {
        case .provider(let name), .module(let name), .named(let name): surface.safeLine(name)
        default: surface.safeLine(pool.text)
        }
    }
}
