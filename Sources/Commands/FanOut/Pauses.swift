import Coordinator
import Model
import Store

/// What a person has paused, for those who look at what waits for it.
enum Pauses {
    /// More unfinished jobs than so many are not asked what they wait for: the first ones tell the same.
    private static let mostExamined = 1000

    /// The paused pools that jobs of `run` wait for; empty in the usual case, which costs one small query.
    static func holding(_ run: Identifier, in reader: StoreReader) throws -> [Pool] {
        let paused = try reader.pausedPools()
        guard !paused.isEmpty else { return [] }
        var filter = ListFilter()
        filter.runs = [run]
        filter.unfinishedOnly = true
        filter.limit = mostExamined
        var needed: Set<Pool> = []
        for job in try reader.jobs(filter) where job.state != .running {
            needed.insert(.global)
            if let module = job.module { needed.insert(.module(module)) }
            guard let spec = JSONReader.value(job.spec).flatMap({ JobSpec($0) }) else { continue }
            needed.insert(.provider(spec.provider))
            needed.formUnion(spec.pools)
        }
        return paused.filter(needed.contains)
    }

    /// `paused: provider claude (tutti unpause claude)`.
    static func words(_ pools: [Pool], on surface: Surface) -> String {
        "paused: "
            + pools.map { pool in
                guard pool != .global else { return "everything (\(wayOn(pool)))" }
                return surface.safeLine("\(pool.text.replacing(":", with: " ", maxReplacements: 1)) (\(wayOn(pool)))")
            }.joined(separator: ", ")
    }

    /// The command that lets `pool` go on.
    static func wayOn(_ pool: Pool) -> String {
        switch pool {
        case .global: "tutti unpause"
        case .provider(let name): "tutti unpause \(name)"
        default: "tutti unpause \(pool.text)"
        }
    }
}
