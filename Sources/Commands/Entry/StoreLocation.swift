import Model
import Settings

/// Finds the store that a command works on.
enum StoreLocation {
    /// The place that the flag, the variable or the settings name, else the user's own.
    ///
    /// Settings with an error in them are an error here too: they may name another store.
    static func find(flag: String?, environment: [String: String], context: CommandContext) throws -> String {
        let flags = flag.map { [Configuration.Flag(key: "store", flag: "--db", value: $0)] } ?? []
        let configuration = try Configuration.load(
            directory: context.directory, explicit: context.configurationFile, environment: environment, flags: flags)
        let place = try StorePlace.resolve(configuration: configuration, environment: environment)
        if let notice = place.notice { context.output.note("note: " + notice) }
        return place.path
    }
}
