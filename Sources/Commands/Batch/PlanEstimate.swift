import Model
import Store

/// One job of a plan, as far as time and money are concerned.
struct PlannedJob: Sendable {
    var name: String
    /// From 1.
    var wave: Int
    /// A command costs nothing.
    var isCommand = false
    /// For each row the kinds of sessions that tell about it, the nearest first, none when its kind is known only later;
    /// nil when the rows themselves are.
    var rows: [[SessionKind]]?
    /// Who answers its rows, as far as it is known; each once, in the order of the rows.
    var providers: [String] = []
    /// The most rows at one time; nil is no limit of its own.
    var maxParallel: Int?
    /// The named limits that each row takes a place in.
    var pools: [String] = []

    /// The kinds of sessions that tell about it, each once.
    var kinds: Set<SessionKind> { Set((rows ?? []).flatMap { $0 }) }
}

/// What a plan will take and cost, judged by what sessions like its own took and cost before.
///
/// A wave is taken to begin when the one before has ended, so a run may be quicker. Attempts that fail are not foreseen.
struct PlanEstimate: Sendable {
    /// The estimate for a part of the plan.
    struct Part: Sendable, Hashable {
        /// Milliseconds from the first start to the last end; nil when nothing is known.
        var time: Int64?
        /// False when something that takes time is not in `time`.
        var isTimeWhole = true
        /// Nil when nothing is known.
        var cost: Money?
        /// False when something that may cost is not in `cost`.
        var isCostWhole = true
        /// How many sessions of the past say so.
        var sessions = 0
    }

    /// Each job, as if it ran alone, by name.
    private(set) var jobs: [String: Part] = [:]
    /// Each wave that has a job, by number.
    private(set) var waves: [Int: Part] = [:]
    /// The whole plan.
    private(set) var total = Part()
    /// Milliseconds with one place only; nil when nothing is known.
    private(set) var timeAlone: Int64?

    /// The estimate for `planned` with these places.
    init(_ planned: [PlannedJob], history: SessionHistory, places: SlotSimulation) {
        func part(_ jobs: [PlannedJob]) -> Part { Part(jobs, history, places) }
        for job in planned { jobs[job.name] = part([job]) }
        for (wave, members) in Dictionary(grouping: planned, by: \.wave) { waves[wave] = part(members) }
        total = part(planned)
        timeAlone = total.time == nil ? nil : Part(planned, history, SlotSimulation(slots: 1)).time
        // In their order: the second wave waits for the first.
        let times = waves.values.compactMap(\.time)
        total.time = times.isEmpty ? nil : times.reduce(0) { $0.saturating(plus: $1) }
    }
}

extension PlanEstimate.Part {
    fileprivate init(_ jobs: [PlannedJob], _ history: SessionHistory, _ places: SlotSimulation) {
        self.init()
        var groups: [SlotSimulation.Group] = []
        var sum: Money?
        var used: Set<SessionKind> = []
        for job in jobs {
            guard let rows = job.rows else {
                isTimeWhole = false
                if job.isCommand { sum = sum ?? .zero } else { isCostWhole = false }
                continue
            }
            var group = SlotSimulation.Group(durations: [], maxParallel: job.maxParallel, pools: job.pools)
            for kinds in rows {
                if job.isCommand { sum = sum ?? .zero }
                guard let kind = kinds.first(where: { history[$0] != nil }), let typical = history[kind] else {
                    isTimeWhole = false
                    if !job.isCommand { isCostWhole = false }
                    continue
                }
                used.insert(kind)
                group.durations.append(typical.milliseconds)
                if job.isCommand { continue }
                if let cost = typical.cost { sum = (sum ?? .zero) + cost } else { isCostWhole = false }
            }
            groups.append(group)
        }
        sessions = used.reduce(0) { $0 + (history[$1]?.sessions ?? 0) }
        let isKnown = groups.contains { !$0.durations.isEmpty }
        time = isKnown || isTimeWhole ? places.length(of: groups) : nil
        // Nothing to do costs nothing.
        cost = sum ?? (isCostWhole ? .zero : nil)
    }
}
