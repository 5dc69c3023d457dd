import Coordinator
import Model
import Store

/// One row of `ps`: a job with its latest session and what all of its attempts used, as people and programs see it.
struct WorkRow {
    var job: JobRow
    var session: SessionRow?
    /// Of all attempts together: what each of them used was paid for. Nil when there was none.
    var usage: UsageSum?

    /// A job with all of its sessions, in any order.
    init(job: JobRow, sessions: [SessionRow] = []) {
        self.job = job
        // An attempt that never began is repeated under its number.
        session = sessions.max { ($0.attempt, $0.row) < ($1.attempt, $1.row) }
        usage = sessions.isEmpty ? nil : sessions.reduce(.zero) { $0 + $1.usage }
    }

    /// The state in one word; `retrying` is a job that waits for its next attempt, `orphaned` one that nobody follows.
    var state: String {
        if let session, !job.state.isFinal,
            session.isOrphaned || session.state == .needsInput || session.state == .ending,
            !session.state.isFinal
        {
            return session.shownState
        }
        if job.state == .waiting, job.attempts > 0 { return "retrying" }
        return job.state.rawValue
    }

    /// Every word by which the row may be asked for: what is shown, the job's own, its last session's own.
    var allStates: Set<String> {
        Set([state, job.state.rawValue] + (session.map { [$0.shownState] } ?? []))
    }

    /// The words that ``state`` may be, and those that ask for it by the job's own state.
    static let states: [String] = {
        var seen: Set<String> = []
        return (JobState.allCases.map(\.rawValue) + SessionState.allCases.map(\.rawValue) + ["retrying", "orphaned"])
            .filter { seen.insert($0).inserted }
    }()

    /// The states of jobs that may be shown as `word`.
    static func jobStates(shownAs word: String) -> [JobState] {
        if let state = JobState(rawValue: word) { return [state] }
        switch word {
        case "retrying": return [.waiting]
        case "lost": return [.failed]
        // A session's own word is shown while its job is not over.
        default: return JobState.allCases.filter { !$0.isFinal }
        }
    }

    /// Where the answer is from, if no session of the job gave it: `cache`, or the run that its run resumed.
    var keptFrom: String? {
        guard session == nil, job.state == .completed else { return nil }
        return JSONReader.value(job.spec)?["kept_from"]?.string
    }

    /// The same for people.
    var keptWords: String? {
        keptFrom.map { word in Identifier(word).map { "from run \($0.short)" } ?? "from the \(word)" }
    }

    /// The fields of ``record(at:)``.
    static let fields = [
        "id", "run", "run_name", "job", "session", "module", "state", "attempt", "max_attempts", "provider", "model",
        "age_ms", "tokens", "tokens_per_second", "cost", "cost_micros", "activity", "error_class", "error", "thread",
        "message", "created_at", "started_at", "finished_at", "path",
    ]

    /// Milliseconds since it began (or was queued), up to its end or `now`.
    func age(at now: Timestamp) -> Int64 {
        // One that was reopened has sessions of before, and waits since somebody wanted it again.
        let live = session.flatMap { $0.state.isFinal ? nil : $0.startedAt }
        let start = job.startedAt ?? live ?? job.createdAt
        return max(0, (job.finishedAt ?? now).milliseconds - start.milliseconds)
    }

    /// Output tokens per second of the session, once it says how many there are.
    func rate(at now: Timestamp) -> Int64? {
        guard let session, let first = session.firstTokenAt, session.usage.usage.output > 0 else { return nil }
        let span = (session.endedAt ?? now).milliseconds - first.milliseconds
        return span > 0 ? session.usage.usage.output * 1000 / span : nil
    }

    /// The money of all attempts: empty when nothing was spent, the least that it was or `?` when not all of it is known.
    var costWords: String {
        guard let usage else { return "" }
        let known = usage.knownCost == .zero ? "" : Amounts.money(usage.knownCost)
        return !usage.hasUnknownCost ? known : known.isEmpty ? "?" : ">= " + known
    }

    /// What it is at, or why it is where it is.
    func activity(at now: Timestamp) -> String {
        switch state {
        case "retrying":
            let wait = max(0, (job.notBefore ?? now).milliseconds - now.milliseconds)
            let attempt =
                job.failureClass == .structuredOutput ? "repair" : "retry \(job.attempts + 1)/\(job.maxAttempts)"
            return "\(attempt) in \(Amounts.clock(milliseconds: wait))"
                + (job.failureClass.map { ": \($0.rawValue)" } ?? "")
        case "skipped" where job.isUnneeded: return "not needed: nothing failed that names it"
        case "failed", "cancelled", "skipped": return job.failure ?? job.failureClass?.rawValue ?? ""
        case "orphaned": return "its coordinator died; at once: tutti recover"
        case "queued": return job.cancelRequestedAt == nil ? "" : "cancel requested"
        case "completed": return ""
        default: return session?.activity ?? ""
        }
    }

    /// The record of the row.
    func record(at now: Timestamp) -> JSONObject {
        var object: JSONObject = [
            "id": .string((session?.id ?? job.id).text), "run": .string(job.run.text),
            "run_name": .optional(job.runName), "job": .string(job.id.text), "session": .optional(session?.id.text),
            "module": .optional(job.module), "state": .string(state), "attempt": .integer(Int64(job.attempts)),
            "max_attempts": .integer(Int64(job.maxAttempts)), "provider": .optional(session?.provider),
            "model": .optional(session?.model), "age_ms": .integer(age(at: now)),
            "tokens": .integer(usage?.usage.total ?? 0), "tokens_per_second": .optional(rate(at: now)),
            "cost": .optional(usage?.usage.cost?.dollars),
            "cost_micros": .optional(usage?.usage.cost?.micros), "activity": .string(activity(at: now)),
            "error_class": .optional(job.failureClass?.rawValue), "error": .optional(job.failure),
            "thread": .optional(job.thread?.text), "message": .optional(job.message?.text),
            "created_at": .string(job.createdAt.iso8601), "started_at": Records.time(job.startedAt),
            "finished_at": Records.time(job.finishedAt),
        ]
        object["path"] = .optional(job.path)
        return object
    }

    /// These jobs with their sessions.
    static func rows(of jobs: [JobRow], _ reader: StoreReader) throws -> [WorkRow] {
        var sessions: [Identifier: [SessionRow]] = [:]
        for start in stride(from: 0, to: jobs.count, by: 1000) {
            var filter = ListFilter()
            filter.jobs = Set(jobs[start..<min(jobs.count, start + 1000)].map(\.id))
            filter.limit = .max
            for session in try reader.sessions(filter) { sessions[session.job, default: []].append(session) }
        }
        return jobs.map { WorkRow(job: $0, sessions: sessions[$0.id] ?? []) }
    }
}
