import Glibc

/// The arguments of a hidden subcommand, one after the other; `--name=value` counts as two, up to a `--`.
struct Arguments {
    private var rest: [String]

    init(_ arguments: [String]) {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        rest = arguments[..<end].flatMap { argument in
            guard argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") else { return [argument] }
            return [String(argument[..<sign]), String(argument[argument.index(after: sign)...])]
        }
        rest += arguments[end...]
    }

    mutating func next() -> String? { rest.isEmpty ? nil : rest.removeFirst() }

    mutating func value() -> String? { next() }

    /// Says what is wrong on standard error; returns the exit status for wrong usage.
    static func refuse(_ message: String) -> Int32 {
        _ = StandardSink(descriptor: STDERR_FILENO).write(Array("error: \(message)\n".utf8))
        return 64
    }
}
