import Coordinator
import Model
import Scheduler
import Store

/// Schedules as people and programs read them.
struct ScheduleTable {
    /// The fields of each.
    static let fields = [
        "id", "name", "file", "cron", "timezone", "overlap", "catch_up", "grace_ms", "jitter_ms", "inputs", "next",
        "last",
        "waiting", "run", "state", "trouble", "trouble_at", "is_served",
    ]

    private struct Entry {
        var row: ScheduleRow
        var next: Timestamp?
        var trouble: String?
        /// Seconds that its zone is ahead of UTC at a time.
        var zone: ZoneOffset = { _ in 0 }
    }

    private let entries: [Entry]
    private let isServed: Bool
    private let now: Timestamp

    /// These schedules, as they stand at `now`; `isServed` when somebody is there to fire them.
    init(_ rows: [ScheduleRow], isServed: Bool, at now: Timestamp) {
        self.isServed = isServed
        self.now = now
        entries = rows.map { row in
            do throws(TuttiError) {
                let schedule = try Schedule(row.draft)
                let next = schedule.next(at: now, Schedule.Standing(row.place))
                return Entry(row: row, next: next, trouble: row.trouble, zone: schedule.zone)
            } catch {
                return Entry(row: row, trouble: error.message)
            }
        }
    }

    /// The list.
    var listing: Listing {
        Listing(
            records: entries.map(record), columns: ["id", "name", "cron", "next", "last", "run", "state", "trouble"],
            identifier: "name", fields: ScheduleTable.fields, rows: entries.map(\.row.id.text), human: lines)
    }

    private func record(_ entry: Entry) -> JSONObject {
        let (row, draft) = (entry.row, entry.row.draft)
        func time(_ time: Timestamp?) -> JSONValue { .optional(time?.iso8601) }
        return [
            "id": .string(row.id.text), "name": .string(row.name), "file": .string(draft.file),
            "cron": .string(draft.cron), "timezone": .optional(draft.timeZone), "overlap": .string(draft.overlap),
            "catch_up": .string(draft.catchUp), "grace_ms": draft.grace.map { .milliseconds($0) } ?? .null,
            "jitter_ms": .milliseconds(draft.jitter), "inputs": .object(draft.inputs), "next": time(entry.next),
            "last": time(row.fired), "waiting": time(row.place.waiting), "run": .optional(row.run?.text),
            "state": .optional(row.runState?.rawValue), "trouble": .optional(entry.trouble),
            "trouble_at": time(row.troubleAt), "is_served": .bool(isServed),
        ]
    }

    private func lines(_ surface: Surface) -> [String] {
        guard !entries.isEmpty else { return ["nothing runs by itself    add a batch: tutti schedule add FILE"] }
        var table = Table([
            .init(title: "ID"), .init(title: "NAME"), .init(title: "NEXT"), .init(title: "LAST", dropsAt: 2),
            .init(title: "RUN"), .init(title: "STATE"), .init(title: "CRON", dropsAt: 1),
            .init(title: "FILE", flexible: true),
        ])
        table.rows = entries.map { entry in
            let (row, draft) = (entry.row, entry.row.draft)
            return [
                .init(row.id.short), .init(row.name), .init(local(entry.next, entry)), .init(local(row.fired, entry)),
                .init(row.run?.short ?? ""),
                row.runState.map { StateMark.cell($0.rawValue, surface.glyphs) } ?? "", .init(draft.cron),
                .init(draft.file),
            ]
        }
        let waiting = entries.compactMap { entry in
            entry.row.place.waiting.map {
                "\(surface.safeLine(entry.row.name)): \(local($0, entry)) waits for the end of the run before"
            }
        }
        let troubles = entries.compactMap { entry in
            entry.trouble.map { trouble in
                let since = entry.row.troubleAt.map {
                    ", " + Amounts.ago(milliseconds: now.milliseconds - $0.milliseconds)
                }
                let words = surface.safeLine(trouble.replacing("\n", with: "    "))
                return "\(surface.safeLine(entry.row.name))\(since ?? ""): \(words)"
            }
        }
        let unserved = "nobody serves this store, so nothing of it begins    start: tutti daemon start"
        return (isServed ? [] : [unserved]) + table.lines(on: surface) + waiting + troubles
    }

    /// A moment as the clock of the schedule's zone shows it then.
    private func local(_ time: Timestamp?, _ entry: Entry) -> String {
        guard let time else { return "" }
        let shown = Timestamp(milliseconds: time.milliseconds + Int64(entry.zone(time)) * 1000).iso8601
        let zone = entry.row.draft.timeZone.map { " " + $0 } ?? ""
        return shown.prefix(16).replacing("T", with: " ") + zone
    }
}
