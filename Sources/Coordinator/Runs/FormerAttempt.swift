import Model
import Providers

/// The attempt of a job before the next one, as far as that one may go on with the provider's own session.
///
/// What the provider has read and done is paid for: asked in the same session, it need not be done again. Only one attempt of a
/// job lives at any time, so no two processes ever write the same session.
struct FormerAttempt: Sendable, Hashable {
    /// The name of the provider that was asked.
    let provider: String
    /// The provider's own identifier of its session.
    let session: String
    let failure: FailureClass
    /// It went on with an earlier session itself.
    let wasResumed: Bool
    /// What the provider stated last that this session had used in all, by this attempt and those before it.
    let used: Usage

    /// An attempt of these parts.
    init(provider: String, session: String, failure: FailureClass, wasResumed: Bool, used: Usage) {
        self.provider = provider
        self.session = session
        self.failure = failure
        self.wasResumed = wasResumed
        self.used = used
    }

    /// The attempt of `track`, which ended with `failure`; nil where the provider never named a session of its own.
    init?(_ failure: Failure, of track: SessionTrack?, resumed: (session: String, used: Usage)?) {
        guard let track, let session = track.providerSession else { return nil }
        self.init(
            provider: track.provider, session: session, failure: failure.class, wasResumed: session == resumed?.session,
            used: track.stated ?? resumed?.used ?? Usage(cost: .zero))
    }

    /// True of an ending before the provider said a word: a session that was to be gone on with is as it was.
    static func isUntouched(by failure: FailureClass?, providerSession: String?) -> Bool {
        guard let failure, providerSession == nil else { return false }
        return failure.reaction == .requeue || [.lost, .startTimeout, .network].contains(failure)
    }

    /// What became of an attempt that was to go on with a session which the provider has not: nothing ran of it, and the next
    /// begins anew. Nil where it did go on, or ended for another reason.
    ///
    /// claude may keep nothing of a session that was killed in its first tool call: `No conversation found with session ID`.
    static func refusal(_ outcome: Outcome, by track: SessionTrack?, resumed: String?) -> Failure? {
        guard let resumed, outcome.state == .failed, let failure = outcome.failure, track?.providerSession == nil,
            [.invalidRequest, .startFailed, .crash, .noResult, .protocolError].contains(failure.class)
        else { return nil }
        return Failure(
            .neverStarted,
            "The provider does not go on with its session \(resumed), so the question is asked anew: \(failure.message)"
        )
    }

    /// The session that an attempt by `definition` goes on with; nil when it begins anew.
    func session(for definition: ProviderDefinition) -> String? {
        guard definition.name == provider, definition.canResume(session), isSound else { return nil }
        return session
    }

    /// The conversation itself was sound: an answer that did not fit, or a context that grew too long, would come back with it.
    private var isSound: Bool {
        switch failure {
        case .quota, .rateLimit, .overload, .serverError, .network, .lost: true
        // Once it may have been an accident; twice, it is the session that the provider cannot bear.
        case .crash, .noResult, .idleTimeout, .firstByteTimeout, .totalTimeout: !wasResumed
        default: false
        }
    }

    /// The question as it is asked in a session that knows it already.
    ///
    /// It is asked as a whole: how much of it an interrupted session has kept is not said by any provider.
    static func resuming(_ question: String) -> String {
        """
        Your work on the following was interrupted before it was finished. Go on from where it stopped; what is done need not be \
        done again. Then give the whole answer.

        \(question)
        """
    }
}
