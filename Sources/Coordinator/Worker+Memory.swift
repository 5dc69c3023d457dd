import EventLoop
import Model
import Providers
import Scheduler
import Settings
import Store

/// What the sessions of this coordinator need of the machine's memory.
extension Worker {
    /// Learns from the newest sessions of the store, whoever had started them.
    func recallNeeds() {
        for past in (try? store.read { try $0.memoryPeaks() }) ?? [] {
            forecast.learn(MemoryForecast.Kind(provider: past.provider, module: past.module), past.kibibytes << 10)
        }
    }

    /// Adds to what was read of the machine what is not seen yet: the memory of sessions that have just begun and of the next.
    func foresee(_ readings: inout Admission.Readings, at now: Monotonic) {
        forecast.look(at: now) { MachineMemory.resident($0) }
        // Which one comes next is decided when it starts: the largest of those that may, in whatever module.
        let next = queue.waitingProviders.map {
            forecast.need(MemoryForecast.Kind(provider: $0, module: nil), usual: usual($0))
        }
        readings.need = next.max() ?? 0
        readings.growth = forecast.growth(at: now) { usualNeeds[$0] }
    }

    /// What a session of a provider is taken to need before one was seen.
    private func usual(_ provider: String) -> Int64? {
        if let known = usualNeeds[provider] { return known }
        // What a project calls so, its own settings say; where two call something else so, the larger one counts.
        let kinds = runs.values.compactMap { try? configuration(of: $0).providers.definition(provider).kind }
        let usual = kinds.compactMap { MemoryForecast.usual($0) }.max() ?? 0
        usualNeeds[provider] = usual
        return usual
    }
}
