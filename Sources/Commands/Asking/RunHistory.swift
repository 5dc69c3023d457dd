import Model
import Store

/// How long the same modules took before.
enum RunHistory {
    /// Durations in milliseconds of the last completed jobs of `modules`, at most twenty of each.
    static func durations(of modules: [String], in reader: StoreReader) throws -> [Int64] {
        var filter = ListFilter()
        filter.modules = Set(modules)
        filter.states = [JobState.completed.rawValue]
        filter.limit = 20 * min(10, max(1, modules.count))
        return try reader.jobs(filter).compactMap { job in
            guard let start = job.startedAt, let end = job.finishedAt else { return nil }
            return end.milliseconds - start.milliseconds
        }
    }
}
