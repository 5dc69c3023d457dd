package import Model

extension JobQueue {
    /// How jobs end that are not wanted any more: because of a person, or because of the rules of their run.
    package struct Stopping: Sendable, Hashable {
        /// What a job ends as of which no attempt lives.
        package var state: JobState
        /// Why; for a job of which no attempt lives.
        package var failure: Failure
        /// Why a live attempt is asked to end; nil lets it finish. In both cases none follows it.
        package var ending: FailureClass?

        /// Ends what waits as `state` with `failure`, and what runs for the reason `ending`.
        package init(_ state: JobState, _ failure: Failure, ending: FailureClass? = nil) {
            self.state = state
            self.failure = failure
            self.ending = ending
        }

        /// A person wants it no more.
        package static let cancelled = Stopping(
            .cancelled, Failure(.cancelled, "Cancelled before it began."), ending: .cancelled)

        /// Why a job ends of which so many attempts have been; for some it is another than for one that never began.
        func failure(after attempts: Int) -> Failure {
            guard attempts > 0, self == .cancelled else { return failure }
            return Failure(.cancelled, "Cancelled before attempt \(attempts + 1).")
        }
    }

    /// What came of the expression of a conditional job.
    package enum Decision: Sendable, Hashable {
        case run
        /// It was done with the decision itself.
        case done
        /// It does not run, for this reason; without one nothing is missing.
        case skip(Failure?)
        /// The expression could not be evaluated.
        case fail(Failure)
    }
}
