package import Model

/// All settings of one invocation, merged: what holds, and where each value came from.
///
/// Loading reads files and runs nothing. Whether a project's file may be acted on is `TrustStore`'s to say.
package struct Configuration: Sendable {
    /// A value that was given on the command line.
    package struct Flag: Sendable, Hashable {
        /// The setting's dotted name: `timeout.total`.
        package var key: String
        /// The flag as it was typed: `--timeout`.
        package var flag: String
        package var value: String

        /// The value of `flag` for the setting `key`.
        package init(key: String, flag: String, value: String) {
            self.key = key
            self.flag = flag
            self.value = value
        }
    }

    /// The project's folder: what relative paths and modules' names count from; the starting folder without a project file.
    package let root: String
    /// The project's file, when there is one.
    package let projectFile: String?
    /// The files that were read, strongest first.
    package let layers: [ConfigLayer]
    /// Lines for people: files that were found and not used, and why.
    package let notices: [String]
    /// The modules of the project, in the order of its file.
    package let modules: [ModuleSetting]
    /// Every provider that can be named.
    package let providers: ProviderCatalog
    /// The values of each setting, strongest first; the built-in one is the last.
    let chains: [String: [SettingSource]]

    /// The provider that answers when neither a module nor a flag names one.
    package var provider: String { text("provider") ?? "claude" }
    /// The model that is asked for; nil is the provider's own choice.
    package var model: String? { text("model") }
    /// How many sessions of a run go at one time.
    package var jobs: Int { min(integer("jobs") ?? 6, limits.jobs) }
    /// The database file, when somebody chose one; see `StorePlace`.
    package var store: String? { text("store") }
    /// What a run may cost; nil is no limit.
    package var budget: Money? { money("budget.usd") }
    /// What a run may use in all.
    package var budgetLimit: BudgetLimit {
        BudgetLimit(
            money: budget, tokens: integer("budget.tokens").map { Int64($0) },
            sessions: integer("budget.sessions").map { Int64($0) }, time: duration("budget.time"))
    }
    /// What is done when a run has used its budget up.
    package var budgetReaction: BudgetReaction { text("budget.on_reach").flatMap(BudgetReaction.init) ?? .interrupt }
    /// What a day (UTC) may cost, of whichever run.
    package var day: Money? { money("budget.day") }

    /// The declared pools. Where several files speak of one, the smallest limits hold: a project cannot widen the user's.
    package var pools: [PoolSetting] {
        var pools: [PoolSetting] = []
        func least<Value: Comparable>(_ values: Value?...) -> Value? { values.compactMap { $0 }.min() }
        for pool in layers.flatMap(\.pools) {
            guard let place = pools.firstIndex(where: { $0.name == pool.name }) else {
                pools.append(pool)
                continue
            }
            pools[place].max = least(pools[place].max, pool.max)
            pools[place].day = least(pools[place].day, pool.day)
            pools[place].reserve = Swift.max(pools[place].reserve, pool.reserve)
            pools[place].isAdaptive = pools[place].isAdaptive || pool.isAdaptive
        }
        return pools
    }

    /// The time-outs of a module's sessions, or of a session without a module.
    package func timeouts(for module: ModuleSetting? = nil) -> TimeoutSettings {
        func wait(_ name: String) -> Duration? {
            var chosen = chains["timeout.\(name)"]?.first
            if let own = module?.timeouts[name], let module {
                // A flag is said later and for this run, so it is stronger than what a module asks for.
                if case .flag = chosen?.origin {
                } else {
                    chosen = SettingSource(value: own, origin: .project(module.position))
                }
            }
            if case .duration(let duration) = chosen?.value { return duration }
            return nil
        }
        return TimeoutSettings(
            startup: wait("startup"), firstByte: wait("first_byte"), idle: wait("idle"), tool: wait("tool"),
            total: wait("total"), afterResult: wait("after_result"), background: wait("background"))
    }

    /// When and how often a failed session is tried again.
    package var retry: RetrySettings {
        var retry = RetrySettings()
        retry.attempts = integer("retry.attempts") ?? retry.attempts
        retry.delay = duration("retry.delay") ?? retry.delay
        retry.maxDelay = duration("retry.max_delay") ?? retry.maxDelay
        retry.function = text("retry.function").flatMap(RetrySettings.Function.init) ?? retry.function
        if case .number(let jitter) = value(of: "retry.jitter") { retry.jitter = jitter }
        if case .list(let words) = value(of: "retry.when") { retry.when = Set(words.compactMap(FailureClass.init)) }
        return retry
    }

    /// Bounds that protect the machine.
    package var limits: LimitSettings {
        var limits = LimitSettings()
        limits.jobs = integer("limits.jobs") ?? limits.jobs
        limits.depth = integer("limits.depth") ?? limits.depth
        limits.memory = bytes("limits.memory") ?? limits.memory
        limits.diskFloor = bytes("limits.disk_floor") ?? limits.diskFloor
        limits.spool = bytes("limits.spool") ?? limits.spool
        limits.lag = bytes("limits.lag") ?? limits.lag
        limits.orphan = duration("limits.orphan")
        limits.grace = duration("limits.grace") ?? limits.grace
        return limits
    }

    /// The module of that name.
    package func module(_ name: String) -> ModuleSetting? { modules.first { $0.name == name } }

    private func money(_ key: String) -> Money? { if case .money(let money) = value(of: key) { money } else { nil } }
    private func text(_ key: String) -> String? { if case .text(let text) = value(of: key) { text } else { nil } }
    private func integer(_ key: String) -> Int? { if case .integer(let value) = value(of: key) { value } else { nil } }
    private func bytes(_ key: String) -> Int64? { if case .bytes(let size) = value(of: key) { size } else { nil } }
    private func duration(_ key: String) -> Duration? {
        if case .duration(let duration) = value(of: key) { duration } else { nil }
    }
}
