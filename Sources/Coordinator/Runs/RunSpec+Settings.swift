import Model
import Settings

extension RunSpec {
    /// Takes over what the settings say of pools, of the run's budget and of days.
    mutating func takeLimits(of configuration: Configuration) {
        pools = [DeclaredPool(.global, PoolLimit(max: configuration.limits.jobs), isAdaptive: false)]
        for pool in configuration.pools {
            let name = RunSpec.pool(pool.name, in: configuration)
            pools.append(
                DeclaredPool(name, PoolLimit(max: pool.max, reserve: pool.reserve), isAdaptive: pool.isAdaptive))
            if let most = pool.day, case .provider = name { days.append(DayBudget(name, most)) }
        }
        if let most = configuration.day { days.append(DayBudget(.global, most)) }
        for module in configuration.modules {
            if let most = module.day { days.append(DayBudget(.module(module.name), most)) }
        }
        let limit = configuration.budgetLimit
        if limit != BudgetLimit() { budget = RunBudget(limit, configuration.budgetReaction) }
    }

    /// The pool of that name: a provider's own, else one that people named.
    static func pool(_ name: String, in configuration: Configuration) -> Pool {
        configuration.providers.names.contains(name) ? .provider(name) : .named(name)
    }
}
