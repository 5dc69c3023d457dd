import ArgumentParser
import Coordinator
import Model
import Settings
import Store

/// `tutti recover`: a coordinator without a terminal. It takes over what nobody owns, brings it to its end, and ends
/// itself when nothing is left. Hosts start it when their coordinator is gone, `--detach` does, and people may.
struct RecoverCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Takes over what a dead coordinator left.", shouldDisplay: false,
        aliases: ["coordinate"])
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        // Guards and hosts name the store, and nobody would read what they were told of settings.
        let store = try context.storeForRecovery()
        // The bounds of the machine, as this user set them; a project's own are in the runs themselves.
        let limits =
            (try? Configuration.load(directory: "/", environment: context.environment))?.limits ?? LimitSettings()
        let surroundings = try CoordinatorPlace.surroundings(
            kind: Coordinator.recovering, context: context, limits: limits)
        try Coordinator.recover(store, surroundings: surroundings)
        store.close()
    }
}
