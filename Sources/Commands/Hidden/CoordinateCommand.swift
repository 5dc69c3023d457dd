import ArgumentParser
import Coordinator
import Glibc
import Model
import Settings
import Store

/// `tutti coordinate` and `tutti recover`: a coordinator without a terminal. It takes over what nobody owns, brings it to
/// its end, and ends itself when nothing is left.
struct CoordinateCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinate", abstract: "Works on what waits, without a terminal.", shouldDisplay: false)
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws { try BackgroundCoordinator.run(kind: "background", options, context) }
}

/// `tutti recover`.
struct RecoverCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Takes over what a dead coordinator left.", shouldDisplay: false)
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws { try BackgroundCoordinator.run(kind: "recover", options, context) }
}

/// The body of both.
enum BackgroundCoordinator {
    /// Adopts, waits until nothing is left, and ends.
    static func run(kind: String, _ options: GlobalOptions, _ context: CommandContext) throws {
        let store = try context.storeForWriting()
        // The bounds of the machine, as this user set them; a project's own are in the runs themselves.
        let limits =
            (try? Configuration.load(directory: "/", environment: context.environment))?.limits ?? LimitSettings()
        let coordinator = try Coordinator(
            store: store, surroundings: try CoordinatorPlace.surroundings(kind: kind, context: context, limits: limits))
        coordinator.adopt()
        let signals = Signals.listen([SIGTERM, SIGINT, SIGHUP])
        while try !coordinator.wait(seconds: 0.25) {
            // Told to go, it lets go: the sessions live on in their hosts, and their end starts the next recovery.
            if let signal = signals.next(), signal != SIGHUP { break }
        }
        coordinator.close()
        store.close()
    }
}
