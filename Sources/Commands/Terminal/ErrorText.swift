import Model

/// Errors as people and programs read them: what went wrong, then what to do.
enum ErrorText {
    /// The message, then the way out on a line of its own.
    static func lines(_ error: TuttiError, on surface: Surface) -> [String] {
        var lines = surface.safe(error.message).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        lines[0] = surface.paint("tutti:", .red) + " " + lines[0]
        for index in lines.indices.dropFirst() { lines[index] = "  " + lines[index] }
        for line in surface.safe(error.hint).split(separator: "\n") { lines.append("  " + line) }
        return lines
    }

    /// The same as an object: `{"error":{"code","exit","message","hint"}}`.
    static func json(_ error: TuttiError) -> JSONValue {
        [
            "error": [
                "code": .string(word(error.code)), "exit": .integer(Int64(error.code.rawValue)),
                "message": .string(error.message), "hint": .string(error.hint),
            ]
        ]
    }

    /// The code as one word: `not_found`.
    static func word(_ code: ExitCode) -> String {
        var result = ""
        for character in "\(code)" {
            if character.isUppercase { result.append("_") }
            result += character.lowercased()
        }
        return result
    }
}

/// A command that ends with a status and has already said all there is to say.
struct Exit: Error {
    var code: ExitCode

    /// Ends the command with `code`.
    init(_ code: ExitCode) { self.code = code }
}
