import Batch
import EventLoop
import Model
import Scheduler

extension LiveRun {
    /// One job of the run.
    struct Job {
        let id: Identifier
        let module: String?
        let path: String
        let thread: Identifier
        let message: Identifier
        let spec: HeldSpec
        /// It merges the answers of the others.
        let isMerge: Bool
        /// The schema that its answer must fit; of a batch it is known when the job starts.
        var schema: AnswerSchema?
        /// What the queue must know of it, its record included.
        var queued: QueuedJob
        /// Something of it has begun: another plan changes it no more.
        var hasBegun = false
        /// The number of the last attempt that began; 0 before the first.
        var attempt: Int
        /// The live attempt.
        var session: Identifier?
        var sessionStarted: Monotonic?
        /// What the live attempt has used, as far as this coordinator heard.
        var spent: Spent?
        /// What its attempts had used before this coordinator took it up.
        var spentBefore = Spending.zero
        /// The store knows the attempt's host, from an earlier coordinator.
        var hostIsRecorded = false
        /// Why the attempt is being ended, by an earlier coordinator or by this one.
        var ending: FailureClass?
        /// Somebody wanted this job alone to end, before this coordinator knew it.
        var isUnwanted = false
        /// Somebody asked a second time: the attempt does not wait for its ladder, whenever it is reached.
        private(set) var isUrgent = false
        /// What the attempt that has just ended said, for those of a batch that read it.
        var said: (text: String, result: JSONValue?)?
        /// Why the last attempt failed: another provider may be asked after it.
        var lastFailure: FailureClass?
        /// The check of an attempt that has ended well.
        var verification: Verification?
        /// An earlier answer that is taken in place of a new one, and where it is from.
        var keptAnswer: (text: String, result: String?, from: KeptOrigin)?
        /// A hash over what it asks, while its attempt lives.
        var asked: String?
        /// The settings of the row as its attempt began with them; nil where an earlier coordinator began it.
        var settings: JobSettings?
        /// The look for the key of its cache, before an attempt begins.
        var keyWork: KeyWork?
        /// Under which key the answer is kept for later runs.
        var cacheKey: String?
        /// Why the last attempt failed, while the job waits for the next one.
        var failure: Failure?
        /// The session of the provider that the live attempt goes on with, and what that had used before.
        var resumed: (session: String, used: Usage)?
        /// The attempt before the next one.
        var former: FormerAttempt?
        /// What is sent back when the last answer did not fit its schema.
        var repair: (answer: String, mismatch: String)?

        /// True when a provider is asked, and no command run or rows made.
        var asks: Bool { spec.command == nil && spec.provider != BatchDrafts.command }

        /// The pools of its first attempt.
        let pools: [Pool]

        /// Notes that the attempt is to be ended. It may not be followed yet, and then hears of this when it is.
        mutating func end(for cause: FailureClass, atOnce: Bool = false) {
            isUrgent = isUrgent || atOnce || ending != nil
            ending = cause
        }
    }
}
