package import Model

/// A place in a settings file, as editors count: line and column start at 1.
package struct ConfigPosition: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    /// The place at `line` and `column` of `file`.
    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// One thing that is wrong in a settings file, with its place and a way out.
package struct ConfigProblem: Error, Sendable, Hashable {
    package var position: ConfigPosition
    package var message: String
    package var hint: String

    /// A problem at `position`.
    package init(_ position: ConfigPosition, _ message: String, hint: String) {
        self.position = position
        self.message = message
        self.hint = hint
    }

    /// All of `problems` as one error with exit status 78: a line each, in the order of the file.
    package static func error(_ problems: [ConfigProblem]) -> TuttiError {
        let sorted = problems.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
        var lines = sorted.prefix(20).map { "\($0.position): \($0.message)" }
        if sorted.count > 20 { lines.append("… and \(sorted.count - 20) more") }
        return TuttiError(
            .badConfiguration, lines.joined(separator: "\n"), hint: sorted.first?.hint ?? "correct the file")
    }
}

/// Where a value came from, strongest first in the order of the cases.
package enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    /// A flag of the command line, by its name: `--jobs`.
    case flag(String)
    /// A variable of the environment, by its name: `TUTTI_JOBS`.
    case environment(String)
    /// The project's file.
    case project(ConfigPosition)
    /// The user's own file.
    case user(ConfigPosition)
    /// The system's file.
    case system(ConfigPosition)
    /// What Tutti does when nobody says anything.
    case builtIn

    package var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment \(name)"
        case .project(let place): "project \(place)"
        case .user(let place): "user \(place)"
        case .system(let place): "system \(place)"
        case .builtIn: "built-in"
        }
    }
}
