package import Model
import Settings

/// Which jobs of a batch a run is about, and why each of the others is not.
package struct JobSelection: Sendable, Hashable {
    /// What a person chose; everything empty chooses all jobs.
    package struct Choice: Sendable, Hashable {
        /// These, with everything that they need.
        package var only: [String]
        /// Not these, nor what cannot go without them.
        package var skip: [String]
        /// This one, and everything that needs it; what comes before is taken as done.
        package var from: String?

        /// A choice of these names.
        package init(only: [String] = [], skip: [String] = [], from: String? = nil) {
            self.only = only
            self.skip = skip
            self.from = from
        }
    }

    /// Why a job is left out.
    package enum Reason: Sendable, Hashable, CustomStringConvertible {
        /// None of those that were chosen needs it.
        case notNeeded(by: [String])
        /// It comes before the one to begin with, or beside it.
        case notAfter(String)
        case skipped
        /// It needs a job that is skipped.
        case lacks(String)
        /// No job is meant whose failure it is for.
        case uncalled

        /// For a sentence: left out, …
        package var description: String {
            switch self {
            case .notNeeded(let names): "not needed by \(names.joined(separator: ", "))"
            case .notAfter(let name): "not after \(name)"
            case .skipped: "skipped"
            case .lacks(let name): "needs \(name), which is skipped"
            case .uncalled: "for failures of jobs that are left out"
            }
        }
    }

    /// Why each job that is left out is left out, by its name.
    package private(set) var leftOut: [String: Reason] = [:]

    /// True when the job of that name is meant.
    package func contains(_ job: String) -> Bool { leftOut[job] == nil }
}

extension BatchPlan {
    /// The jobs that `choice` means; throws exit status 66 for a name that is none, 64 for a job that starts only when
    /// another fails.
    ///
    /// A job that runs only for a failure is meant with those that name it.
    package func selection(_ choice: JobSelection.Choice) throws(TuttiError) -> JobSelection {
        for name in choice.only + choice.skip + (choice.from.map { [$0] } ?? []) { try check(name, choice) }
        var selection = JobSelection()
        if !choice.only.isEmpty {
            var wanted = Set(choice.only)
            for name in choice.only { wanted.formUnion(ancestors(of: name)) }
            selection.leaveOut(jobs.map(\.name).filter { !wanted.contains($0) }, .notNeeded(by: choice.only))
        }
        if let start = choice.from {
            let wanted = descendants(of: start).union([start])
            selection.leaveOut(jobs.map(\.name).filter { !wanted.contains($0) }, .notAfter(start))
        }
        selection.leaveOut(choice.skip, .skipped)
        let skipped = Set(choice.skip)
        leaveOutFollowers(of: skipped, &selection)
        for job in file.jobs where job.isOnDemand && !skipped.contains(job.name) {
            let isCalled = graph.callers(of: job.name).contains { selection.contains($0) }
            selection.settle(job.name, isCalled ? nil : .uncalled)
        }
        return selection
    }

    private func check(_ name: String, _ choice: JobSelection.Choice) throws(TuttiError) {
        guard let job = file.job(name) else {
            let names = file.jobs.map(\.name)
            throw TuttiError(
                .notFound, "\(file.path) has no job `\(name.prefix(80))`\(Suggestion.clause(for: name, among: names))",
                hint: "its jobs: \(names.prefix(50).joined(separator: ", "))")
        }
        guard job.isOnDemand, !choice.skip.contains(name) else { return }
        throw TuttiError(
            .usage, "job `\(name)` runs only when another fails",
            hint: "name one of: \(graph.callers(of: name).joined(separator: ", "))")
    }

    /// A skipped job has neither succeeded nor failed: those that need one of the two cannot go either, nor can those that would
    /// be made of skipped ones alone. The order of the waves is that of the needs.
    private func leaveOutFollowers(of skipped: Set<String>, _ selection: inout JobSelection) {
        var gone = skipped
        for job in jobs.sorted(by: { ($0.wave ?? .max, $0.number) < ($1.wave ?? .max, $1.number) }) {
            guard let declaration = file.job(job.name), !gone.contains(job.name) else { continue }
            let asked = declaration.askedByCondition
            let missing = declaration.needs.first { need in
                gone.contains(need.job) && !need.condition.holds(for: .skipped)
                    && !(need.condition == .success && asked.contains(need.job))
            }
            guard let lost = missing?.job ?? lostInput(of: declaration, without: gone) else { continue }
            gone.insert(job.name)
            selection.leaveOut([job.name], .lacks(lost))
        }
    }
}

extension JobSelection {
    fileprivate mutating func leaveOut(_ names: some Sequence<String>, _ reason: Reason) {
        for name in names where leftOut[name] == nil { leftOut[name] = reason }
    }

    fileprivate mutating func settle(_ name: String, _ reason: Reason?) { leftOut[name] = reason }
}
