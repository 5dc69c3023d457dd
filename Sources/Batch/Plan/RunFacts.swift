package import Model

/// What is known of a run once it has begun.
package struct RunFacts: Sendable, Hashable {
    /// The run's identifier.
    package var run: String?
    /// Where a browser sees it.
    package var url: String?

    /// Facts of a run; none of a batch that is only planned.
    package init(run: String? = nil, url: String? = nil) {
        self.run = run
        self.url = url
    }
}

/// The failure that a job with `trigger: on_demand` was called for.
package struct JobFailure: Sendable, Hashable {
    /// The job that failed.
    package var job: String
    /// The key of its row; the job's name where there is no matrix.
    package var key: String
    /// Why it failed.
    package var failure: Failure

    /// A failure of one row of `job`.
    package init(job: String, key: String, failure: Failure) {
        self.job = job
        self.key = key
        self.failure = failure
    }
}
