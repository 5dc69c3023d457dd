import Batch
import Model
import Settings

/// What a job leaves unsaid: the values that the project's settings, or nobody, give for it.
enum SettledValues {
    /// One such value and who says it.
    struct Value: Sendable {
        var path: String
        var value: JSONValue
        var origin: String
        /// Nil where no file says it.
        var position: ConfigPosition?
    }

    /// The values by dotted path, in the order of the settings, without those in `said`.
    ///
    /// `module` is the module that the row asks; what it says of itself is stronger than the project. A command has no
    /// provider and no model, and is tried once unless the batch says something of retries.
    static func all(
        besides said: Set<String>, of kind: JobDeclaration.Kind, module: ModuleSetting?, _ configuration: Configuration
    ) -> [Value] {
        let names = SettingKey.all.map(\.name).filter { name in
            let isOfSessions = name == "provider" || name == "model"
            return isOfSessions ? kind == .prompt : name.hasPrefix("timeout.") || name.hasPrefix("retry.")
        }
        var values: [Value] = []
        let isCommandOnce = kind == .run && !said.contains { $0.hasPrefix("retry.") }
        for name in names where !said.contains(name) {
            if isCommandOnce, name == "retry.attempts" {
                let attempts = Int64(JobSettings.commandAttempts)
                values.append(Value(path: name, value: .integer(attempts), origin: SettingOrigin.builtIn.layer))
                continue
            }
            if let module, let own = ofModule(module, name) {
                values.append(
                    Value(path: name, value: .string(own), origin: "module \(module.name)", position: module.position))
            } else if let source = try? configuration.explain(name).first {
                values.append(
                    Value(
                        path: name, value: .string(source.value.description), origin: source.origin.layer,
                        position: source.origin.position))
            }
        }
        return values
            + JobSettings.builtIn.filter { !said.contains($0.path) }.map {
                Value(path: $0.path, value: $0.value, origin: SettingOrigin.builtIn.layer)
            }
    }

    private static func ofModule(_ module: ModuleSetting, _ name: String) -> String? {
        switch name {
        case "provider": return module.provider
        case "model": return module.model
        default:
            let parts = name.split(separator: ".")
            guard parts.count == 2, parts[0] == "timeout" else { return nil }
            return module.timeouts[String(parts[1])]?.description
        }
    }
}

extension SettingOrigin {
    /// Who says it, without the place.
    var layer: String {
        switch self {
        case .flag, .environment, .builtIn: "\(self)"
        case .project: "project"
        case .user: "user"
        case .system: "system"
        }
    }

    /// Where it stands; nil where no file says it.
    var position: ConfigPosition? {
        switch self {
        case .flag, .environment, .builtIn: nil
        case .project(let place), .user(let place), .system(let place): place
        }
    }
}
