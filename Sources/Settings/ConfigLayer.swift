package import Model

/// What one settings file says.
package struct ConfigLayer: Sendable {
    /// Whose file it is.
    package enum Owner: String, Sendable, CaseIterable {
        case system, user, project
    }

    package var owner: Owner
    /// The file's absolute path.
    package var file: String
    /// The folder that relative paths count from: the file's, or its parent when the file lies in `.tutti`.
    package var root: String
    /// The file as it was read, for trust.
    package var bytes: [UInt8]
    /// Single values by the dotted name of their key.
    package var values: [String: (value: SettingValue, position: ConfigPosition)] = [:]
    /// In the order of the file.
    package var modules: [ModuleSetting] = []
    /// In the order of the file.
    package var providers: [ProviderSetting] = []
    /// In the order of the file.
    package var pools: [PoolSetting] = []

    /// Reads and checks a file's bytes; every problem of the file is in the one error.
    package static func read(
        _ bytes: [UInt8], file: String, root: String, home: String, owner: Owner
    ) throws(TuttiError) -> ConfigLayer {
        let node = try YAMLReader.read(bytes, file: file)
        var decoder = ConfigDecoder(layer: ConfigLayer(owner: owner, file: file, root: root, bytes: bytes), home: home)
        decoder.decode(node)
        guard decoder.problems.isEmpty else { throw ConfigProblem.error(decoder.problems) }
        return decoder.layer
    }

    /// The origin of a value that stands at `position` of this file.
    package func origin(_ position: ConfigPosition) -> SettingOrigin {
        switch owner {
        case .system: .system(position)
        case .user: .user(position)
        case .project: .project(position)
        }
    }
}

extension ConfigLayer {
    /// Every place of this file that names a provider.
    var namedProviders: [(name: String, position: ConfigPosition)] {
        var named = modules.compactMap { module in module.provider.map { (name: $0, position: module.position) } }
        if case (.text(let name), let position)? = values["provider"] { named.append((name, position)) }
        return named
    }
}
