internal import GRDB
package import Model

extension StoreWriter {
    /// Writes a new run. Nil when a run with the same key exists; then nothing is written.
    @discardableResult
    package func insert(_ run: RunDraft) throws -> Identifier? {
        if let key = run.key {
            let taken: Int64? = try core.value("SELECT row FROM runs WHERE key = ?", [key])
            if taken != nil { return nil }
        }
        try core.execute(
            """
            INSERT INTO runs (id, kind, name, project, key, state, owner, first_event, created_at, started_at, question, spec)
            VALUES (?, ?, ?, ?, ?, ?, ?, coalesce((SELECT max(id) FROM events), 0), ?, ?, ?, ?)
            """,
            [
                run.id.text, run.kind, run.name.map(WriterCore.storable), run.project.map(WriterCore.storable), run.key,
                run.state.rawValue, run.owner?.text, run.createdAt.milliseconds,
                run.state == .running ? run.createdAt.milliseconds : nil, run.question.map(WriterCore.storable),
                run.spec.text,
            ])
        return run.id
    }

    /// Writes a new job.
    package func insert(_ job: JobDraft) throws {
        let dependencies = JSONValue.array(job.dependencies.map { .string($0.text) }).text
        try core.execute(
            """
            INSERT INTO jobs (id, run, position, kind, module, path, key, state, priority, pool, max_attempts, thread, message,
                created_at, dependencies, spec)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                job.id.text, try core.row(job.run, in: "runs", kind: "run"), job.position, job.kind,
                job.module.map(WriterCore.storable), job.path.map(WriterCore.storable), job.key, job.state.rawValue,
                job.priority, job.pool, job.maxAttempts, job.thread?.text, job.message?.text,
                job.createdAt.milliseconds,
                dependencies, job.spec.text,
            ])
    }

    /// Says which thread and message a job's answer goes to, when they were written after it.
    package func setJob(_ id: Identifier, thread: Identifier, message: Identifier) throws {
        try core.execute(
            "UPDATE jobs SET thread = ?, message = ? WHERE id = ?", [thread.text, message.text, id.text])
    }

    /// Moves a run to `state`; false when it was over already.
    @discardableResult
    package func setRun(
        _ id: Identifier, _ state: RunState, exit: Int32? = nil, outcome: JSONObject? = nil, at: Timestamp
    ) throws -> Bool {
        try core.execute(
            """
            UPDATE runs SET state = ?2, exit = coalesce(?3, exit), outcome = coalesce(?4, outcome),
                started_at = CASE WHEN ?2 = 'running' THEN coalesce(started_at, ?5) ELSE started_at END,
                finished_at = CASE WHEN ?6 THEN ?5 END
            WHERE id = ?1 AND finished_at IS NULL
            """, [id.text, state.rawValue, exit, outcome?.text, at.milliseconds, state.isFinal])
        return try changed(id, in: "runs", kind: "run")
    }

    /// Moves a job to `state`; false when it was over already.
    @discardableResult
    package func setJob(
        _ id: Identifier, _ state: JobState, failure: Failure? = nil, notBefore: Timestamp? = nil, at: Timestamp
    ) throws -> Bool {
        try core.execute(
            """
            UPDATE jobs SET state = ?2, failure_class = ?3, failure = ?4, not_before = ?5,
                started_at = CASE WHEN ?2 = 'running' THEN coalesce(started_at, ?6) ELSE started_at END,
                finished_at = CASE WHEN ?7 THEN ?6 END
            WHERE id = ?1 AND finished_at IS NULL
            """,
            [
                id.text, state.rawValue, failure?.class.rawValue, failure.map { WriterCore.storable($0.message) },
                notBefore?.milliseconds, at.milliseconds, state.isFinal,
            ])
        return try changed(id, in: "jobs", kind: "job")
    }

    /// Adds members to what is noted of a run while it goes on, so that whoever goes on with it finds them.
    ///
    /// The outcome that is written with the run's end takes their place. Nothing happens to a run that is over.
    package func note(run id: Identifier, _ members: JSONObject) throws {
        try core.execute(
            """
            UPDATE runs SET outcome = json_patch(coalesce(outcome, '{}'), ?) WHERE id = ? AND finished_at IS NULL
            """, [members.text, id.text])
    }

    /// Writes anew what whoever goes on with a run must know.
    package func setSpec(run id: Identifier, _ spec: JSONObject) throws {
        try core.execute("UPDATE runs SET spec = ? WHERE id = ?", [spec.text, id.text])
        _ = try changed(id, in: "runs", kind: "run")
    }

    /// Writes what another plan says of a job that has not begun; its state and its place in the run stay. Attempts that it had
    /// before a person asked again were for another question: `begun` in its spec is their number.
    package func replan(_ id: Identifier, as draft: JobDraft) throws {
        try core.execute(
            """
            UPDATE jobs SET kind = ?2, path = ?3, key = ?4, priority = ?5, max_attempts = ?6,
                spec = iif(attempts > 0, json_set(?7, '$.begun', attempts), ?7)
            WHERE id = ?1 AND finished_at IS NULL
            """,
            [
                id.text, draft.kind, draft.path.map(WriterCore.storable), draft.key, draft.priority, draft.maxAttempts,
                draft.spec.text,
            ])
        _ = try changed(id, in: "jobs", kind: "job")
    }

    /// Writes what else is to be known of a job.
    package func setSpec(job id: Identifier, _ spec: JSONObject) throws {
        try core.execute("UPDATE jobs SET spec = ? WHERE id = ?", [spec.text, id.text])
        _ = try changed(id, in: "jobs", kind: "job")
    }

    /// Takes back the count of a job's last attempt, because nothing of it ever ran.
    package func uncountAttempt(of job: Identifier) throws {
        try core.execute(
            "UPDATE jobs SET attempts = max(0, attempts - 1), tries = max(0, tries - 1) WHERE id = ?", [job.text])
        _ = try changed(job, in: "jobs", kind: "job")
    }

    /// Takes back a try: the provider wished it to be later, so the attempt does not count against the retries.
    package func uncountTry(of job: Identifier) throws {
        try core.execute("UPDATE jobs SET tries = max(0, tries - 1) WHERE id = ?", [job.text])
        _ = try changed(job, in: "jobs", kind: "job")
    }

    /// Puts a job that is over back into `state` (for `retry`), with room for `attempts` more, and opens its answer again.
    ///
    /// When it begins is written anew: the time that it took is that of what was asked for last, without the pause before.
    package func reopenJob(_ id: Identifier, _ state: JobState, attempts: Int, at: Timestamp) throws {
        try core.execute(
            """
            UPDATE jobs SET state = ?, tries = 0, max_attempts = attempts + ?, failure_class = NULL, failure = NULL,
                spec = iif(attempts > 0, json_set(spec, '$.begun', attempts), spec), not_before = NULL, held_at = NULL,
                cancel_requested_at = NULL, started_at = NULL, finished_at = NULL
            WHERE id = ?
            """, [state.rawValue, attempts, id.text])
        _ = try changed(id, in: "jobs", kind: "job")
        let message: String? = try core.value("SELECT message FROM jobs WHERE id = ?", [id.text])
        // Also of one that was never begun: its next attempt is the first, and those begin with an open answer.
        if let message = message.flatMap({ Identifier($0) }) { try core.restart(message) }
    }

    /// Puts a run that is over back to running (for `retry`), owned by `owner`; false when it is not over, and then
    /// somebody owns it, or when it is being deleted.
    package func reopenRun(_ id: Identifier, owner: Identifier?, at: Timestamp) throws -> Bool {
        try core.execute(
            """
            UPDATE runs SET state = 'running', owner = ?, exit = NULL, outcome = NULL, cancel_requested_at = NULL,
                started_at = NULL, finished_at = NULL
            WHERE id = ? AND finished_at IS NOT NULL AND json_extract(outcome, '$.deleting') IS NULL
            """, [owner?.text, id.text])
        return try changed(id, in: "runs", kind: "run")
    }

    /// Adds an event to the log and returns its number.
    @discardableResult
    package func append(_ event: Event) throws -> Int64 { try core.log(event) }

    /// Notes that somebody wants these cancelled: runs with their jobs, jobs, or the jobs of sessions. Returns how many
    /// jobs are not over and did not have the request before.
    @discardableResult
    package func requestCancel(_ targets: [Named], at: Timestamp) throws -> Int {
        var count = 0
        for target in targets {
            let condition: String
            switch target {
            case .run(let id):
                try core.execute(
                    "UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, ?) WHERE id = ? AND finished_at IS NULL",
                    [at.milliseconds, id.text])
                condition = "run = (SELECT row FROM runs WHERE id = ?)"
            case .job: condition = "id = ?"
            case .session: condition = "row = (SELECT job FROM sessions WHERE id = ?)"
            case .thread: condition = "thread = ?"
            case .message: condition = "message = ?"
            }
            try core.execute(
                """
                UPDATE jobs SET cancel_requested_at = ? WHERE \(condition) AND finished_at IS NULL
                    AND cancel_requested_at IS NULL
                """, [at.milliseconds, target.id.text])
            count += db.changesCount
        }
        return count
    }

    /// True when the update before met its row; throws when there is no such row at all.
    func changed(_ id: Identifier, in table: String, kind: String) throws -> Bool {
        guard db.changesCount == 0 else { return true }
        _ = try core.row(id, in: table, kind: kind)
        return false
    }
}
