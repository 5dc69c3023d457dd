package import Model

extension ProviderDefinition {
    /// Builds the process that answers `request`.
    ///
    /// `environment` is the whole environment of the caller, of which only the allowed part is passed on; `tutti` is the
    /// path of the tutti executable. Throws when the definition cannot be started like this, with what to do about it.
    package func launch(
        _ request: LaunchRequest, environment: [String: String], tutti: String
    ) throws(TuttiError) -> Launch {
        guard let executable = command.first else {
            throw TuttiError(
                .badConfiguration, "provider \(name): there is no command",
                hint: "add `command: [PROGRAM, ARGUMENT…]` to it in tutti.yaml")
        }
        return Launch(
            argv: [executable] + command.dropFirst() + args, environment: environment,
            stdin: Array(request.prompt.utf8),
            stdout: .pump)
    }
}
