import Batch
import Model
import Providers
import Sessions
import StreamJSON

/// What is looked at before a part of a batch counts as done.
extension Worker {
    /// Begins the check that a job asks for; false when it asks for none, or there is nothing to check.
    func verifies(
        _ outcome: Outcome, _ run: LiveRun, _ index: Int, then tell: @escaping @Sendable (Outcome) -> Void
    ) -> Bool {
        guard outcome.state == .completed, let batch = run.batch, run.jobs[index].verification == nil,
            let settings = settings(of: run, index), !settings.verify.isEmpty
        else { return false }
        let job = run.jobs[index]
        let path = settings.workdir.map { $0.hasPrefix("/") ? $0 : batch.folder.root + "/" + $0 } ?? job.path
        var environment = AllowedEnvironment.of(.plain).environment(from: surroundings.environment, own: [:])
        for (name, value) in settings.variables { environment[name] = value }
        environment["TUTTI_RUN"] = run.id.text
        run.jobs[index].verification = Verification(
            settings.verify, in: path, environment: environment, limit: job.spec.limits.total ?? .seconds(1800),
            tutti: surroundings.tutti
        ) { failure in
            var verdict = outcome
            if let failure {
                verdict.state = failure.class == .cancelled ? .cancelled : .failed
                verdict.failure = failure
            }
            tell(verdict)
        }
        return true
    }

    /// True when what an attempt of a job says must be known at its end, as a whole.
    func keepsAnswer(_ run: LiveRun, _ job: LiveRun.Job) -> Bool {
        if let batch = run.batch, let place = job.spec.place { return job.cacheKey != nil || batch.isRead(place) }
        return job.schema != nil
    }

    /// A look at what a part of a batch says before it counts as done: its outputs can be read, and it is saved.
    func checked(_ outcome: Outcome, _ run: LiveRun, _ index: Int) -> Outcome {
        guard outcome.state == .completed, let batch = run.batch, let place = run.jobs[index].spec.place else {
            return outcome
        }
        do {
            if place.role == .axis { _ = try MatrixData.printed(outcome.text) }
            guard place.role == .row else { return outcome }
            let result = outcome.structuredOutput.flatMap { try? JSONValue(parsing: $0) }
            _ = try batch.outputs(of: place, text: outcome.text, result: result)
            let settings = try run.jobs[index].settings ?? batch.settings(place)
            if let path = settings.save {
                try batch.save(outcome.structuredOutput ?? outcome.text, to: path, by: place)
            }
            return outcome
        } catch {
            var outcome = outcome
            outcome.state = .failed
            outcome.failure = Worker.failure(.verifyFailed, error)
            return outcome
        }
    }

    /// Any error of a batch as a failure.
    static func failure(_ class: FailureClass, _ error: any Error) -> Failure {
        switch error {
        case let error as TuttiError: Failure(`class`, "\(error.message) \(error.hint)")
        case let error as OutputError: Failure(`class`, error.message)
        default: Failure(`class`, "\(error)")
        }
    }
}
