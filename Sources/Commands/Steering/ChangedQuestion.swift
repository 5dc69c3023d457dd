import Coordinator
import Model
import Settings
import Store

/// A new run that asks the modules of an old one another question, in the same way.
enum ChangedQuestion {
    /// The request for it.
    static func request(
        _ question: String, of run: RunRow, _ jobs: [JobRow], _ configuration: Configuration, _ context: CommandContext
    ) throws -> AskRequest {
        let asked = jobs.filter { $0.kind == "ask" }
        let resolver = ModuleResolver(
            configuration: configuration, directory: configuration.root, environment: context.environment)
        let words = asked.compactMap { job in
            job.module.flatMap { configuration.module($0)?.name } ?? job.path
        }
        var request = AskRequest(
            question: question, targets: try resolver.resolve(words), configuration: configuration)
        request.from = run.id
        request.name = run.name
        request.depth = AgentDepth.of(context.environment)
        // One provider for all of them was a choice; several came from the settings, which are asked again.
        let specs = asked.compactMap { JSONReader.value($0.spec).flatMap { JobSpec($0) } }
        if let first = specs.first, specs.allSatisfy({ $0.provider == first.provider }) {
            request.provider = first.provider
        }
        if let spec = JSONReader.value(run.spec).flatMap({ RunSpec($0) }) {
            request.configFile = spec.configFile
            request.model = spec.model
            request.system = spec.system
            request.schema = spec.schema
            request.merge = spec.merge
            request.halt = spec.halt
            request.deadline = spec.deadline
            request.enough = spec.enough.flatMap { $0 <= request.targets.count ? $0 : nil }
        }
        return request
    }
}
