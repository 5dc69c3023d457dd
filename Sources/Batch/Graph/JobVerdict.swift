import Model
package import Settings

/// Whether a job may start, given what others came to.
package enum JobVerdict: Sendable, Hashable {
    /// These have not ended.
    case wait([String])
    case start
    /// It never starts, for this reason.
    case skip(String)
    /// It was for failures, and there was none: nothing is missing.
    case unneeded
    /// Its condition could not be asked.
    case fail(ConfigProblem)
}

extension BatchPlan {
    /// Whether `job` may start; `outcomes` holds every job that has ended, with skipped ones.
    package func verdict(on job: String, outcomes: JobOutcomes, run: RunFacts = RunFacts()) -> JobVerdict {
        guard let declaration = file.job(job) else { return .skip("there is no job `\(job)`") }
        if declaration.isOnDemand {
            let callers = graph.callers(of: job)
            let ended = callers.compactMap { outcomes[$0] }
            if !ended.contains(where: { $0.status == .failure }) {
                let waiting = callers.filter { outcomes[$0] == nil }
                return waiting.isEmpty ? .unneeded : .wait(waiting)
            }
        }
        let waiting = declaration.needs.map(\.job).filter { outcomes[$0] == nil }
        guard waiting.isEmpty else { return .wait(waiting) }
        let asked = declaration.askedByCondition
        for need in declaration.needs where !(need.condition == .success && asked.contains(need.job)) {
            guard let status = outcomes[need.job]?.status, !need.condition.holds(for: status) else { continue }
            return .skip("`\(need.job)` \(status.words), and \(need.condition.words) is needed")
        }
        guard let when = declaration.when else { return .start }
        let skipped = declaration.needs.map(\.job).filter { outcomes[$0]?.status == .skipped }
        let rowless = skipped.filter { outcomes[$0]?.rows.isEmpty == true }
        if asked.isSubset(of: rowless), let first = rowless.first(where: asked.contains),
            !rowless.contains(where: declaration.asksWhetherSkipped)
        {
            return .skip("`\(first)` was skipped, and `when` counts what came of it")
        }
        do throws(ConfigProblem) {
            let scope = scope(of: declaration, row: nil, outcomes: outcomes, run: run, failure: nil)
            guard let answer = try when.rendered(in: scope, file.source).bool else {
                throw ConfigProblem(when.position, "`when` came to no true or false", hint: "compare something in it")
            }
            return answer ? .start : .skip("`when` is false: \(when.template?.source ?? "")")
        } catch {
            return .fail(error)
        }
    }
}

extension JobDeclaration {
    /// The jobs that `when` asks about: in the list form of `needs` they may have failed, as the condition decides.
    package var askedByCondition: Set<String> {
        needsAreListed ? Set(when?.template?.namedJobs ?? []) : []
    }
}

extension NeedCondition {
    /// Whether a job that ended so is what was needed.
    package func holds(for status: JobOutcome.Status) -> Bool {
        switch self {
        case .success: status == .success
        case .failure: status == .failure
        case .finished: true
        }
    }

    fileprivate var words: String {
        switch self {
        case .success: "its success"
        case .failure: "its failure"
        case .finished: "its end"
        }
    }
}
