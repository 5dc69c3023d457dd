package import Model
package import Providers

extension ProviderCatalog {
    /// The definition that sessions of `name` are started with; throws exit status 66 with a suggestion for a name that
    /// nobody described.
    package func definition(_ name: String) throws(TuttiError) -> ProviderDefinition {
        let resolved = try resolve(name)
        guard let kind = ProviderKind(rawValue: resolved.base) else {
            throw TuttiError(.notFound, "there is no provider \"\(name)\"", hint: "see: tutti provider ls")
        }
        var definition = ProviderDefinition.builtIn(kind)
        definition.name = resolved.name
        definition.command = resolved.command ?? definition.command
        definition.args = resolved.args ?? definition.args
        definition.env.merge(resolved.environment) { $1 }
        definition.model = resolved.model ?? definition.model
        for (word, path) in FieldPaths.names { definition.fields[keyPath: path] = resolved.fields[word] }
        definition.fields.usageIsCumulative = resolved.fields[ProviderCatalog.cumulative] == "true"
        if kind == .replay {
            let recording = resolved.recording
            definition.recording = Recording(
                dialect: recording.dialect.flatMap(ProviderKind.init) ?? .offline, fields: definition.fields,
                file: recording.file, speed: recording.speed ?? 1)
        }
        return definition
    }
}
