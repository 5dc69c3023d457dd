import Model
import Store

/// One job of a plan, as far as time and money are concerned.
struct PlannedJob: Sendable {
    var name: String
    /// From 1.
    var wave: Int
    /// A command costs nothing, and nobody knows how long it takes.
    var isCommand = false
    /// The kind of session that each row is, nil when the kind is known only later; nil when the rows are. A command has none.
    var rows: [SessionKind?]?
    /// Who answers its rows, as far as it is known; each once, in the order of the rows.
    var providers: [String] = []
    /// The most rows at one time; nil is no limit of its own.
    var maxParallel: Int?
    /// The named limits that each row takes a place in.
    var pools: [String] = []

    /// The kinds of its sessions, each once.
    var kinds: Set<SessionKind> {
        Set((rows ?? []).compactMap { $0 })
    }
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
        for job in jobs {
            if job.isCommand {
                isTimeWhole = false
                sum = sum ?? .zero
                continue
            }
            guard let rows = job.rows else {
                (isTimeWhole, isCostWhole) = (false, false)
                continue
            }
            var group = SlotSimulation.Group(durations: [], maxParallel: job.maxParallel, pools: job.pools)
            for kind in rows {
                guard let typical = kind.flatMap({ history[$0] }) else {
                    (isTimeWhole, isCostWhole) = (false, false)
                    continue
                }
                group.durations.append(typical.milliseconds)
                if let cost = typical.cost { sum = (sum ?? .zero) + cost } else { isCostWhole = false }
            }
            groups.append(group)
        }
        sessions = Set(jobs.flatMap(\.kinds)).reduce(0) { $0 + (history[$1]?.sessions ?? 0) }
        let isKnown = groups.contains { !$0.durations.isEmpty }
        time = isKnown || isTimeWhole ? places.length(of: groups) : nil
        // Nothing to do costs nothing.
        cost = sum ?? (isCostWhole ? .zero : nil)
    }
}
