import EventLoop
import Model
import Providers
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
        // Which one comes next the queue alone knows: the largest of those that may.
        var need: Int64 = 0
        for run in runs.values {
            for provider in run.providers {
                need = max(
                    need,
                    forecast.need(MemoryForecast.Kind(provider: provider, module: nil), usual: usual(provider, run)))
            }
        }
        readings.need = need
        readings.growth = forecast.growth(at: now) { usualNeeds[$0] }
    }

    /// What a session of a provider is taken to need before one was seen.
    private func usual(_ provider: String, _ run: LiveRun) -> Int64? {
        if let known = usualNeeds[provider] { return known }
        guard provider != BatchDrafts.command,
            let definition = try? configuration(of: run).providers.definition(provider)
        else { return nil }
        let usual = MemoryForecast.usual(definition.kind) ?? 0
        usualNeeds[provider] = usual
        return usual
    }
}
