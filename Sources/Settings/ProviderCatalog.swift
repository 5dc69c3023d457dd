package import Model
import Providers

/// Every provider that can be named: the built-in ones and those that the settings files derive from them.
///
/// A name is looked up from the strongest file to the weakest, then among the built-in ones. A provider that extends its
/// own name (or says nothing) continues below the file that it stands in, so a project can change `claude` on top of
/// what the user changed.
package struct ProviderCatalog: Sendable {
    /// One description and where it stands.
    package struct Entry: Sendable {
        package var setting: ProviderSetting
        package var origin: SettingOrigin
    }

    /// What a chain of descriptions comes to.
    package struct Resolved: Sendable, Hashable {
        package var name: String
        /// The built-in provider at the end of the chain.
        package var base: String
        /// Nil keeps the built-in one's.
        package var command: [String]?
        package var args: [String]?
        package var environment: [String: String]
        package var model: String?
        package var fields: [String: String]
        package var recording: RecordingSetting
        /// True when a part of it came from the project's file.
        package var fromProject: Bool
    }

    /// The names of the providers that need no description.
    package static let builtInNames = ProviderKind.allCases.map(\.rawValue)
    /// The words under `fields`.
    package static let fieldNames = FieldPaths.names.map(\.name) + [cumulative]
    static let cumulative = "usage.cumulative"

    private static let longestChain = 16

    private let layers: [ConfigLayer]
    /// For each file the place of a name among its providers.
    private let places: [[String: Int]]

    /// The providers of these files, strongest first; throws exit status 78 for cycles and unknown bases.
    package init(layers: [ConfigLayer]) throws(TuttiError) {
        self.layers = layers
        places = layers.map { layer in
            Dictionary(layer.providers.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        }
        var problems: [ConfigProblem] = []
        let names = names
        let known = Set(names)
        for layer in layers {
            for provider in layer.providers {
                do throws(ConfigProblem) { _ = try resolve(provider) } catch { problems.append(error) }
            }
            for (name, position) in layer.namedProviders where !known.contains(name) {
                problems.append(
                    ConfigProblem(
                        position, "there is no provider \"\(name)\"\(Suggestion.clause(for: name, among: names))",
                        hint: "one of: \(names.joined(separator: ", ")); or describe it under `providers`"))
            }
        }
        guard problems.isEmpty else { throw ConfigProblem.error(problems) }
    }

    /// Every name, the built-in ones first.
    package var names: [String] {
        var names = ProviderCatalog.builtInNames
        var known = Set(names)
        for layer in layers.reversed() {
            for provider in layer.providers where known.insert(provider.name).inserted { names.append(provider.name) }
        }
        return names
    }

    /// The descriptions of `name`, strongest first; empty for a built-in one that nobody changed.
    package func settings(named name: String) -> [Entry] {
        layers.flatMap { layer in
            layer.providers.filter { $0.name == name }.map {
                Entry(setting: $0, origin: layer.origin($0.position))
            }
        }
    }

    /// What `name` comes to; throws exit status 66 with a suggestion when there is no such provider.
    package func resolve(_ name: String) throws(TuttiError) -> Resolved {
        do throws(ConfigProblem) {
            if let found = try resolve(name, from: 0, path: []) { return found }
        } catch { throw ConfigProblem.error([error]) }
        throw TuttiError(
            .notFound, "there is no provider \"\(name)\"\(Suggestion.clause(for: name, among: names))",
            hint: "one of: \(names.joined(separator: ", ")); see: tutti provider ls")
    }

    private func resolve(_ setting: ProviderSetting) throws(ConfigProblem) -> Resolved? {
        let index = layers.firstIndex { $0.file == setting.position.file } ?? 0
        return try resolve(setting.name, from: index, path: [])
    }

    private func resolve(_ name: String, from start: Int, path: [String]) throws(ConfigProblem) -> Resolved? {
        for index in start..<max(start, layers.count) {
            guard let place = places[index][name] else { continue }
            let setting = layers[index].providers[place]
            let step = "\(index)/\(name)"
            guard !path.contains(step) else {
                let names = (path.drop { $0 != step } + [step]).map { $0.drop { $0 != "/" }.dropFirst() }
                throw ConfigProblem(
                    setting.position, "`providers.\(name)` extends itself: \(names.joined(separator: " → "))",
                    hint:
                        "let one of them extend a built-in one: \(ProviderCatalog.builtInNames.joined(separator: ", "))"
                )
            }
            guard path.count < ProviderCatalog.longestChain else {
                throw ConfigProblem(
                    setting.position, "more than \(ProviderCatalog.longestChain) providers extend each other",
                    hint: "let `\(name)` extend a built-in one")
            }
            let base = setting.extends ?? name
            let next = base == name ? index + 1 : 0
            guard var resolved = try resolve(base, from: next, path: path + [step]) else {
                let message =
                    setting.extends == nil
                    ? "`providers.\(name)` does not say what it extends"
                    : "`providers.\(name)` extends \"\(base)\", which does not exist\(Suggestion.clause(for: base, among: names))"
                throw ConfigProblem(
                    setting.position, message,
                    hint: "write `extends:` and one of: \(ProviderCatalog.builtInNames.joined(separator: ", "))")
            }
            resolved.name = name
            resolved.command = setting.command ?? resolved.command
            resolved.args = setting.args ?? resolved.args
            resolved.environment.merge(setting.environment) { $1 }
            resolved.model = setting.model ?? resolved.model
            resolved.fields.merge(setting.fields) { $1 }
            resolved.recording.dialect = setting.recording?.dialect ?? resolved.recording.dialect
            resolved.recording.file = setting.recording?.file ?? resolved.recording.file
            resolved.recording.speed = setting.recording?.speed ?? resolved.recording.speed
            resolved.fromProject = resolved.fromProject || layers[index].owner == .project
            let isReplayedLines = resolved.base == "replay" && resolved.recording.dialect == "jsonl"
            guard setting.fields.isEmpty || resolved.base == "jsonl" || isReplayedLines else {
                throw ConfigProblem(
                    setting.position,
                    "`providers.\(name).fields` needs a provider that extends jsonl, and this one is a \(resolved.base)",
                    hint: "write `extends: jsonl`, or remove `fields`")
            }
            guard setting.recording == nil || resolved.base == "replay" else {
                throw ConfigProblem(
                    setting.position,
                    "`providers.\(name).recording` needs a provider that extends replay, and this one is a \(resolved.base)",
                    hint: "write `extends: replay`, or remove `recording`")
            }
            return resolved
        }
        guard ProviderCatalog.builtInNames.contains(name) else { return nil }
        return Resolved(
            name: name, base: name, environment: [:], fields: [:], recording: RecordingSetting(), fromProject: false)
    }
}
