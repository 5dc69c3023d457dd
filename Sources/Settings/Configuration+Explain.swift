package import Model

/// One value that somebody gave a setting.
package struct SettingSource: Sendable, Hashable {
    package var value: SettingValue
    package var origin: SettingOrigin
}

/// Answers `tutti config get` and `tutti config explain`.
extension Configuration {
    /// What holds for the setting `key`; nil when there is no such setting.
    package func value(of key: String) -> SettingValue? { chains[key]?.first?.value }

    /// Where the value of `key` came from.
    package func origin(of key: String) -> SettingOrigin { chains[key]?.first?.origin ?? .builtIn }

    /// Every value that was given for `key`, the one that holds first and the built-in one last.
    ///
    /// `key` is a dotted name of a setting, or `modules.NAME` or `providers.NAME` with or without one of their keys.
    package func explain(_ key: String) throws(TuttiError) -> [SettingSource] {
        if let chain = chains[key] { return chain }
        let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
        if parts.count == 2, let sources = table(parts[0], parts[1]) { return sources }
        let names =
            SettingKey.all.map(\.name) + modules.map { "modules.\($0.name)" }
            + providers.names.map { "providers.\($0)" }
        throw TuttiError(
            .usage, "there is no setting \"\(key)\"\(Suggestion.clause(for: key, among: names))",
            hint: "all of them: tutti config get")
    }

    private func table(_ table: String, _ name: String) -> [SettingSource]? {
        if table == "modules", let module = module(name) {
            return [SettingSource(value: .text(module.path), origin: .project(module.position))]
        }
        if table == "providers" {
            let found = providers.settings(named: name)
            if found.isEmpty { return nil }
            return found.map { setting in
                let command = (setting.setting.command ?? []) + (setting.setting.args ?? [])
                let words = (setting.setting.extends.map { ["extends \($0)"] } ?? []) + command
                return SettingSource(
                    value: .text(words.joined(separator: " ")), origin: setting.origin)
            }
        }
        return nil
    }
}
