import Batch
import Model
import Settings

extension RunSpec {
    /// Takes over what the settings say of pools, of the run's budget and of days.
    mutating func takeLimits(of configuration: Configuration) {
        takePools(of: configuration)
        for pool in configuration.pools {
            let name = RunSpec.pool(pool.name, in: configuration)
            if let most = pool.day, case .provider = name { days.append(DayBudget(name, most)) }
        }
        if let most = configuration.day { days.append(DayBudget(.global, most)) }
        for module in configuration.modules {
            if let most = module.day { days.append(DayBudget(.module(module.name), most)) }
        }
        takeBudget(of: configuration)
    }

    private mutating func takePools(of configuration: Configuration) {
        pools = [DeclaredPool(.global, PoolLimit(max: configuration.limits.jobs), isAdaptive: false)]
        for pool in configuration.pools {
            pools.append(
                DeclaredPool(
                    RunSpec.pool(pool.name, in: configuration), PoolLimit(max: pool.max, reserve: pool.reserve),
                    isAdaptive: pool.isAdaptive))
        }
    }

    private mutating func takeBudget(of configuration: Configuration) {
        var limit = configuration.budgetLimit
        if let maxCost { limit.money = maxCost }
        budget = limit == BudgetLimit() ? nil : RunBudget(limit, configuration.budgetReaction)
    }

    /// Takes over what a batch says of pools, beside the settings.
    mutating func takePools(of plan: BatchPlan, _ configuration: Configuration) throws(TuttiError) {
        takePools(of: configuration)
        for pool in try plan.pools() {
            let limit = PoolLimit(max: pool.max, reserve: pool.interactiveReserve)
            pools.append(DeclaredPool(RunSpec.pool(pool.name, in: configuration), limit, isAdaptive: pool.isAdaptive))
        }
    }

    /// Takes over what a batch may use, within what the settings and the command line say.
    mutating func takeBudget(of plan: BatchPlan, _ configuration: Configuration) throws(TuttiError) {
        takeBudget(of: configuration)
        budget = RunBudget(try plan.budget(), within: budget, isForced: maxCost != nil)
    }

    /// The pool of that name: a provider's own, else one that people named.
    static func pool(_ name: String, in configuration: Configuration) -> Pool {
        configuration.providers.names.contains(name) ? .provider(name) : .named(name)
    }
}
