import Batch
import Coordinator
import Model
import Store

/// Attempts as lines of a job log, in the columns that GNU parallel writes and reads (`--joblog`, `--resume-failed`).
enum JobLog {
    /// The names of the columns.
    static let head = [
        "Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command",
    ].joined(separator: "\t")

    /// A line for each attempt of the run that has ended, in the order of their ends; `Seq` of the first job is `first`.
    static func lines(_ detail: RunDetail, from first: Int = 1) -> [String] {
        let jobs = Dictionary(detail.jobs.map { ($0.id, $0) }) { first, _ in first }
        let words = CommandLines(detail)
        return detail.sessions.filter { $0.endedAt != nil }.sorted {
            ($0.endedAt?.milliseconds ?? 0, $0.row) < ($1.endedAt?.milliseconds ?? 0, $1.row)
        }.compactMap { session in
            guard let job = jobs[session.job], let end = session.endedAt else { return nil }
            let start = session.startedAt ?? session.createdAt
            let (exit, signal) = ending(session)
            let cells = [
                "\(first + job.position)", ":", seconds(start.milliseconds),
                seconds(max(0, end.milliseconds - start.milliseconds)), "0",
                "\(max(session.exit?.spoolLength ?? 0, session.offset))", "\(exit)", "\(signal)",
                words.line(of: job, session),
            ]
            return cells.joined(separator: "\t")
        }
    }

    /// Both are 0 for a success, whatever its process did afterwards; otherwise one of them is not.
    private static func ending(_ session: SessionRow) -> (exit: Int32, signal: Int32) {
        if session.state == .completed { return (0, 0) }
        if let signal = session.exit?.signal, signal > 0 { return (0, signal) }
        if let status = session.exit?.status, status > 0 { return (status, 0) }
        return (1, 0)
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}

/// What each job of a run started, as a line for people and shells.
struct CommandLines {
    private let run: RunRow
    private let plan: BatchPlan?
    /// The plans that the batch had before: what began by one of them ran as that one says.
    private let formers: FormerPlans
    private let questions: [Identifier: String]

    /// The lines of a run's jobs.
    init(_ detail: RunDetail) {
        run = detail.run
        let stored = detail.run.kind == "batch" ? JSONReader.value(detail.run.spec) : nil
        plan = stored?["plan"]?.object.flatMap { try? BatchPlan(json: $0) }
        formers = (try? FormerPlans(json: stored?["former"])) ?? FormerPlans()
        questions = Dictionary(
            detail.messages.compactMap { message in
                message.role == .user ? message.job.map { ($0, message.content) } : nil
            }
        ) { first, _ in first }
    }

    /// The line of one job, on one line: the command, or the question as it would be asked again.
    func line(of job: JobRow, _ session: SessionRow) -> String {
        let spec = JSONReader.value(job.spec).flatMap { JobSpec($0) }
        var words = spec?.command ?? []
        let plan = formers.version(of: job.id).map { formers[$0] } ?? plan
        if let place = spec?.place, let planned = plan?.job(place.job),
            case .known(let value)? = plan?.value(of: "run", in: planned, row: place.row)
        {
            words = (value.array ?? []).map { $0.string ?? $0.text }
        }
        if words.isEmpty, let question = questions[job.id] ?? run.question {
            words = ["tutti", "ask", question] + (job.module.map { [$0] } ?? []) + ["--provider", session.provider]
        }
        let line = words.isEmpty ? job.module ?? job.kind : ShellWords.line(words)
        return Sanitizer.line(line)
    }
}
