import Model
import TestSupport

@testable import Settings

/// A home and a project of a test's own: no setting of the machine reaches it.
struct Playground {
    let folder: TemporaryFolder
    var environment: [String: String]

    init(_ folder: TemporaryFolder) throws {
        self.folder = folder
        environment = [
            "HOME": try folder.makeFolder("home"), "XDG_CONFIG_DIRS": folder.file("etc"), "PATH": "/usr/bin:/bin",
        ]
        _ = try folder.makeFolder("project")
    }

    var project: String { folder.file("project") }

    func load(flags: [Configuration.Flag] = []) throws -> Configuration {
        try Configuration.load(directory: project, environment: environment, flags: flags)
    }

    /// Writes the project's file and loads it.
    func load(project text: String) throws -> Configuration {
        _ = try folder.write(text, to: "project/tutti.yaml")
        return try load()
    }
}

/// Runs `body` with a playground that is gone afterwards.
func withPlayground<T>(_ body: (inout Playground) throws -> T) throws -> T {
    try withTemporaryFolder { folder in
        var playground = try Playground(folder)
        return try body(&playground)
    }
}

/// The error of reading `text` as a project's file called `f`.
func settingsError(_ text: String) -> TuttiError? {
    tuttiError { _ = try readLayer(text) }
}

/// Reads `text` as a project's file called `f`.
func readLayer(_ text: String, owner: ConfigLayer.Owner = .project) throws -> ConfigLayer {
    try ConfigLayer.read(Array(text.utf8), file: "f", root: "/p", home: "/h", owner: owner)
}
