import Coordinator
import Model
import Store

/// The pools that only a person opens, for those who look at what waits for them.
enum ClosedPools {
    /// More unfinished jobs than so many are not asked what they wait for: the first ones tell the same.
    private static let mostExamined = 1000

    /// Those that these runs' jobs, and these jobs, wait for; empty in the usual case, which costs one small query.
    static func holding(
        runs: Set<Identifier> = [], jobs: Set<Identifier> = [], in reader: StoreReader
    ) throws -> [ClosedPool] {
        let closed = try reader.closedPools()
        guard !closed.isEmpty else { return [] }
        var filters = runs.map { run in
            var filter = ListFilter()
            filter.runs = [run]
            return filter
        }
        if !jobs.isEmpty {
            filters.append(ListFilter())
            filters[filters.count - 1].jobs = jobs
        }
        let needed = try filters.map { try self.needed(by: $0, in: reader) }.reduce(into: Set()) { $0.formUnion($1) }
        return closed.filter { needed.contains($0.pool) }
    }

    /// The pools that waiting jobs of the filter need.
    private static func needed(by filter: ListFilter, in reader: StoreReader) throws -> Set<Pool> {
        var filter = filter
        filter.unfinishedOnly = true
        filter.limit = mostExamined
        var needed: Set<Pool> = []
        for job in try reader.jobs(filter) where job.state != .running {
            needed.insert(.global)
            if let module = job.module { needed.insert(.module(module)) }
            guard let spec = JSONReader.value(job.spec).flatMap({ JobSpec($0) }) else { continue }
            if let module = spec.module { needed.insert(.module(module)) }
            needed.insert(.provider(spec.provider))
            needed.formUnion(spec.pools)
        }
        return needed
    }

    /// What is said of those that `cause` closed: `provider claude (tutti unpause claude)`; nil when there are none.
    static func words(_ pools: [ClosedPool], _ cause: ClosedPool.Cause, on surface: Surface) -> String? {
        let names = pools.filter { $0.cause == cause }.map { closed in
            let name =
                closed.pool == .global
                ? "everything" : closed.pool.text.replacing(":", with: " ", maxReplacements: 1)
            return surface.safeLine("\(name) (\(closed.opening))")
        }
        guard !names.isEmpty else { return nil }
        return names.joined(separator: ", ") + (cause == .broken ? ": what starts there breaks at once" : "")
    }

    /// The word for each cause.
    static func word(_ cause: ClosedPool.Cause) -> String { cause == .paused ? "paused" : "closed" }

    /// `paused: provider claude (tutti unpause claude)`, and the same for those that closed by themselves.
    static func words(_ pools: [ClosedPool], on surface: Surface) -> String {
        ClosedPool.Cause.allCases.compactMap { cause in words(pools, cause, on: surface).map { "\(word(cause)): \($0)" }
        }
        .joined(separator: "; ")
    }
}
