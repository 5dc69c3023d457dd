import Model
import Store

/// What the recorder knows of one live session: where its events belong, and what it has already said of it.
struct SessionTrack: Sendable {
    let run: Identifier
    let job: Identifier
    let thread: Identifier
    let module: String?
    let fence: Fence
    /// False where a schema is asked for: the answer may still have to be sent back.
    let closesEarly: Bool
    /// The message of the question's own turn.
    let message: Identifier
    /// The message of the turn that is being written now.
    var current: Identifier
    var sawText = false
    /// How the messages of further turns are named that had been written before.
    var turns: [Int: Identifier] = [:]

    /// A track of a session; `current` is the message that is open, the question's own answer unless another is named.
    init(
        run: Identifier, job: Identifier, thread: Identifier, module: String?, message: Identifier, fence: Fence,
        closesEarly: Bool, current: Identifier? = nil
    ) {
        self.run = run
        self.job = job
        self.thread = thread
        self.module = module
        self.message = message
        self.fence = fence
        self.closesEarly = closesEarly
        self.current = current ?? message
    }
}
