import Model
import Store

/// What the sessions of a job say of it, read in the order of its attempts.
struct AttemptHistory {
    /// The live attempt.
    private(set) var live: Identifier?
    /// What all attempts have used.
    private(set) var spent = Spending.zero
    /// The number of the last attempt whose answer did not fit.
    private(set) var unfit: Int?
    private var last: SessionRow?
    private var used: [String: Usage] = [:]

    /// Takes in the next session.
    mutating func add(_ session: SessionRow) {
        if !session.state.isFinal { live = session.id }
        spent += AttemptHistory.spending(of: session)
        if session.failureClass == .structuredOutput { unfit = max(unfit ?? 0, session.attempt) }
        guard session.state.isFinal, session.failureClass?.reaction != .requeue else { return }
        last = session
        if let id = session.providerSession { used[id] = used(in: id) + session.usage.usage }
    }

    /// The last attempt that ended, where it was one of those after number `begun`; `resumed` is the session that it went on
    /// with.
    func former(after begun: Int, resumed: String?) -> FormerAttempt? {
        guard let last, last.attempt > begun, let session = last.providerSession, let failure = last.failureClass else {
            return nil
        }
        return FormerAttempt(
            provider: last.provider, session: session, failure: failure, wasResumed: session == resumed,
            used: used(in: session))
    }

    /// What a session of the provider has used in all attempts that are over.
    func used(in session: String) -> Usage { used[session] ?? Usage(cost: .zero) }

    /// What an attempt of an earlier coordinator has used; the session itself and its time count when it has ended.
    static func spending(of session: SessionRow) -> Spending {
        var spending = Spending(money: session.usage.knownCost, tokens: session.usage.usage.total)
        if let end = session.endedAt, session.failureClass?.reaction != .requeue {
            spending.sessions = 1
            let lived = end.milliseconds - (session.startedAt ?? session.createdAt).milliseconds
            spending.time = .milliseconds(max(0, lived))
        }
        return spending
    }
}
