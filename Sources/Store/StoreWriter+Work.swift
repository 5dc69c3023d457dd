package import Model

extension StoreWriter {
    /// Writes a new run. Nil when a run with the same key exists; then nothing is written.
    @discardableResult
    package func insert(_ run: RunDraft) throws -> Identifier? { fatalError() }
    /// Writes a new job.
    package func insert(_ job: JobDraft) throws { fatalError() }
    /// Writes a new session, counts the job's attempt, and lets the message name it.
    package func insert(_ session: SessionDraft) throws { fatalError() }
    /// Adds an event to the log and returns its number.
    @discardableResult
    package func append(_ event: Event) throws -> Int64 { fatalError() }

    /// Moves a run to `state`; false when it was over already.
    @discardableResult
    package func setRun(
        _ id: Identifier, _ state: RunState, exit: Int32? = nil, outcome: JSONObject? = nil, at: Timestamp
    )
        throws -> Bool
    { fatalError() }
    /// Moves a job to `state`; false when it was over already.
    @discardableResult
    package func setJob(
        _ id: Identifier, _ state: JobState, failure: Failure? = nil, notBefore: Timestamp? = nil, at: Timestamp
    ) throws -> Bool { fatalError() }
    /// Puts a job that is over back into `state` (for `retry`), with room for `attempts` more.
    package func reopenJob(_ id: Identifier, _ state: JobState, attempts: Int, at: Timestamp) throws { fatalError() }
    /// Puts a run that is over back to running (for `retry`), owned by `owner`.
    package func reopenRun(_ id: Identifier, owner: Identifier?, at: Timestamp) throws { fatalError() }
    /// Notes the host of a session that has just started.
    package func setHost(_ id: Identifier, _ host: HostRecord, at: Timestamp) throws { fatalError() }
    /// Moves a session to a state that is not final; false when it was over already.
    @discardableResult
    package func setSession(_ id: Identifier, _ state: SessionState, at: Timestamp) throws -> Bool { fatalError() }
    /// Ends a session with its verdict; false when it was over already.
    @discardableResult
    package func endSession(
        _ id: Identifier, _ outcome: Outcome, exit: ExitRecord?, offset: Int64? = nil, at: Timestamp
    ) throws -> Bool { fatalError() }
    /// Notes that somebody wants these runs and jobs (or the jobs of these sessions) cancelled; returns how many were not over.
    @discardableResult
    package func requestCancel(_ targets: [Named], at: Timestamp) throws -> Int { fatalError() }
}
