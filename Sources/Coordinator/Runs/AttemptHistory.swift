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
    /// By the provider's own sessions: what they have used, and in how many attempts.
    private var used: [String: (usage: Usage, attempts: Int)] = [:]

    /// Takes in the next session.
    mutating func add(_ session: SessionRow) {
        if !session.state.isFinal { live = session.id }
        spent += AttemptHistory.spending(of: session)
        if session.failureClass == .structuredOutput { unfit = max(unfit ?? 0, session.attempt) }
        guard session.state.isFinal else { return }
        if FormerAttempt.isUntouched(by: session.failureClass, providerSession: session.providerSession) { return }
        last = session
        if let id = session.providerSession {
            used[id] = (used(in: id) + session.usage.usage, (used[id]?.attempts ?? 0) + 1)
        }
    }

    /// The last attempt that came to saying anything, where it was one of those after number `begun`.
    func former(after begun: Int) -> FormerAttempt? {
        guard let last, last.attempt > begun, let session = last.providerSession, let failure = last.failureClass else {
            return nil
        }
        return FormerAttempt(
            provider: last.provider, session: session, failure: failure,
            wasResumed: used[session].map { $0.attempts > 1 } ?? false, used: used(in: session))
    }

    /// What a session of the provider has used in all attempts that are over.
    func used(in session: String) -> Usage { used[session]?.usage ?? Usage(cost: .zero) }

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
