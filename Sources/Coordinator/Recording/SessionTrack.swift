import Model
import Store

/// What the recorder knows of one live session: where its events belong, and what it has already said of it.
struct SessionTrack: Sendable {
    let run: Identifier
    let job: Identifier
    let thread: Identifier
    let module: String?
    let fence: Fence
    /// The name of the provider.
    let provider: String
    /// False where a schema is asked for: the answer may still have to be sent back.
    let closesEarly: Bool
    /// The message of the question's own turn.
    let message: Identifier
    /// The message of the turn that is being written now.
    var current: Identifier
    var sawText = false
    /// The provider's own identifier of its session, once it was said.
    var providerSession: String?
    /// The sum of usage that the provider stated last for its session.
    var stated: Usage?
    /// How the messages of further turns are named that had been written before.
    var turns: [Int: Identifier] = [:]

    /// A track of a session; `current` is the message that is open, the question's own answer unless another is named.
    init(
        run: Identifier, job: Identifier, thread: Identifier, module: String?, message: Identifier, fence: Fence,
        provider: String, closesEarly: Bool, current: Identifier? = nil
    ) {
        self.run = run
        self.job = job
        self.thread = thread
        self.module = module
        self.message = message
        self.fence = fence
        self.provider = provider
        self.closesEarly = closesEarly
        self.current = current ?? message
    }
}
