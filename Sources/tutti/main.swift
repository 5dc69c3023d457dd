import Commands
import Glibc

/// The variables of this process.
func environment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let variable = entry.pointee {
        let text = String(cString: variable)
        if let equals = text.firstIndex(of: "=") {
            result[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        entry += 1
    }
    return result
}

exit(TuttiCommandLine.run(Array(CommandLine.arguments.dropFirst()), environment: environment()))
