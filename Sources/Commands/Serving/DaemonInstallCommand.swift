import ArgumentParser
import Glibc
import Model
import Settings
import Store

/// `tutti daemon install`: has systemd keep a coordinator serving.
struct DaemonInstallCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Writes a unit for systemd, by which a coordinator always serves.",
        usage: "tutti daemon install [--print]",
        discussion: """
            The unit is the user's own: ~/.config/systemd/user/tutti.service. It is started by the two commands that are
            printed. One that differs is replaced only with --yes.
            """)

    @Flag(help: "Only print the unit.") var print = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(["file", "written", "commands"]) }

    private static let commands = ["systemctl --user daemon-reload", "systemctl --user enable --now tutti.service"]

    func run(in context: CommandContext) throws {
        let unit = try unit(context)
        if print { return context.output.write(unit.text) }
        let path = DaemonInstallCommand.path(context.environment)
        let old = DaemonInstallCommand.content(of: path)
        if let old, old != Array(unit.text.utf8), !options.yes {
            throw TuttiError(
                .cannotCreate, "There is another unit already: \(path).",
                hint: "compare it with: tutti daemon install --print; replace it with: tutti daemon install --yes")
        }
        let isNew = old != Array(unit.text.utf8)
        if isNew { try PrivateFile.write(Array(unit.text.utf8), to: path, mode: 0o644) }
        let record: JSONObject = [
            "file": .string(path), "written": .bool(isNew),
            "commands": .array(Self.commands.map { .string($0) }),
        ]
        try Listing(records: [record], columns: ["file", "written"], identifier: "file", isSingle: true) { surface in
            [isNew ? "wrote   \(surface.safeLine(path))" : "\(surface.safeLine(path)) is there already"]
                + Self.commands.map { "run     \($0)" }
                + ["note    to serve without anybody logged in: loginctl enable-linger"]
        }.present(options, on: context.output)
    }

    private func unit(_ context: CommandContext) throws -> ServiceUnit {
        var unit = ServiceUnit(program: try CoordinatorPlace.executable())
        if let database = options.db {
            let place = try StorePlace.named(database, directory: context.directory, environment: context.environment)
            unit.arguments = ["--db", place.path]
        }
        for name in ServiceUnit.variables {
            guard let value = context.environment[name], !value.isEmpty else { continue }
            unit.environment.append((name, value))
        }
        return unit
    }

    private static func path(_ environment: [String: String]) -> String {
        let folder = Places(environment: environment).userConfig.split(separator: "/").dropLast(2)
        return "/" + folder.joined(separator: "/") + "/systemd/user/tutti.service"
    }

    private static func content(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &buffer, buffer.count)
        return Array(buffer[..<max(0, count)])
    }
}
