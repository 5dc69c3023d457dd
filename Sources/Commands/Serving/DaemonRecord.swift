import Coordinator
import Glibc
import Model
import Scheduler
import Sessions
import Store

/// Who serves a store, and what it has on its hands, as people and programs read it.
struct DaemonRecord {
    /// The fields of the record.
    static let fields = [
        "running", "pid", "since", "coordinator", "heartbeat", "runs", "sessions", "next_schedule", "next_at", "store",
        "log",
    ]

    let store: String
    let log: String
    private(set) var holder: ServingHolder?
    private var heartbeat: Timestamp?
    private var load = (runs: 0, sessions: 0)
    private var next: (name: String, at: Timestamp)?
    private let now: Timestamp

    var isRunning: Bool { holder != nil }

    /// What holds at this moment for the store that is meant here.
    init(_ context: CommandContext) throws {
        now = context.now
        log = ServeLog.path(context.environment)
        guard let opened = try context.storeForReading() else {
            store = try context.storePath()
            return
        }
        defer { opened.close() }
        store = opened.path
        holder = ServingHolder.find(in: opened.stateFolder)
        let rows = try opened.read { try $0.schedules() }
        for row in rows {
            guard let start = try? Schedule(row.draft).next(at: now, Schedule.Standing(row.place)) else { continue }
            if next.map({ start < $0.at }) ?? true { next = (row.name, start) }
        }
        guard let id = holder?.coordinator else { return }
        (heartbeat, load) = try opened.read { (try $0.coordinator(id)?.heartbeat, try $0.load(of: id)) }
    }

    /// Prints it.
    func present(_ options: GlobalOptions, _ context: CommandContext) throws {
        try Listing(
            records: [record], columns: ["running", "pid", "since", "runs", "sessions"], identifier: "pid",
            isSingle: true,
            human: lines
        ).present(options, on: context.output)
    }

    private var record: JSONObject {
        func time(_ time: Timestamp?) -> JSONValue { .optional(time?.iso8601) }
        return [
            "running": .bool(isRunning), "pid": .optional((holder?.process?.pid).map { Int64($0) }),
            "since": time(holder?.since), "coordinator": .optional(holder?.coordinator?.text),
            "heartbeat": time(heartbeat), "runs": .integer(Int64(load.runs)),
            "sessions": .integer(Int64(load.sessions)), "next_schedule": .optional(next?.name),
            "next_at": time(next?.at), "store": .string(store), "log": .string(log),
        ]
    }

    private func lines(_ surface: Surface) -> [String] {
        let path = surface.safeLine(store)
        var lines: [String] = []
        if let holder {
            let pid = holder.process.map { "process \($0.pid)" } ?? "a process"
            let since = holder.since.map { ", since \(Amounts.ago(milliseconds: now.milliseconds - $0.milliseconds))" }
            lines.append("\(pid) serves \(path)\(since ?? "")")
            lines.append(
                load.runs == 0 ? "it has nothing to do" : "it has \(ServingWords.amount(load.runs, load.sessions))")
            if let heartbeat, now.milliseconds - heartbeat.milliseconds > 30_000 {
                let ago = Amounts.ago(milliseconds: now.milliseconds - heartbeat.milliseconds)
                lines.append("it was last heard \(ago): see \(surface.safeLine(log))")
            }
        } else {
            lines.append("nobody serves \(path)    start: tutti daemon start")
        }
        if let next {
            let fires = isRunning ? "next" : "next, if somebody serves then"
            lines.append("\(fires): \(surface.safeLine(next.name)) at \(next.at.iso8601.prefix(16))Z")
        }
        return lines
    }
}
