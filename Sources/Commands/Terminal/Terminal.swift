import CLinux
import Glibc

/// What a person said about colours.
enum ColourChoice: String, Sendable, CaseIterable {
    case auto, always, never
}

/// Reads from the environment and the descriptors what can be drawn where.
enum Terminal {
    /// The surface behind `descriptor`.
    static func surface(_ descriptor: Int32, colour choice: ColourChoice, environment: [String: String]) -> Surface {
        let forced = environment["TUTTI_FORCE_TTY"].flatMap { $0.isEmpty || $0 == "0" ? nil : $0 }
        let isTerminal = forced != nil || isatty(descriptor) == 1
        var size = isTerminal ? windowSize(descriptor) : nil
        if let columns = forced.flatMap({ Int($0) }), columns > 1 { size = (columns, size?.rows ?? 24) }
        return Surface(
            isTerminal: isTerminal, colour: wantsColour(choice, isTerminal: isTerminal, environment: environment),
            unicode: wantsUnicode(environment),
            width: size?.columns ?? number("COLUMNS", environment) ?? (isTerminal ? 80 : 100),
            height: size?.rows ?? number("LINES", environment) ?? 24)
    }

    /// Whether a picture may be drawn in the place of the last one: not on a terminal that can only print, and not for a
    /// person whose screen reader would read all of it again.
    static func redraws(_ environment: [String: String]) -> Bool {
        environment["TERM"] != "dumb"
            && !(environment["TUTTI_ACCESSIBLE"].map { !$0.isEmpty && $0 != "0" } ?? false)
    }

    /// Whether colours are wanted: the choice on the command line, then the variables, then whether it is a terminal.
    static func wantsColour(_ choice: ColourChoice, isTerminal: Bool, environment: [String: String]) -> Bool {
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty && $0 != "0" } ?? false }
        switch choice {
        case .always: return true
        case .never: return false
        case .auto: break
        }
        if isSet("NO_COLOR") || isSet("TUTTI_NO_COLOR") { return false }
        if let own = environment["TUTTI_COLOR"], let choice = ColourChoice(rawValue: own), choice != .auto {
            return choice == .always
        }
        if isSet("CLICOLOR_FORCE") || isSet("FORCE_COLOR") { return true }
        return isTerminal && environment["TERM"] != "dumb" && environment["TERM"] != nil
    }

    /// Whether the locale speaks UTF-8 and nobody asked for plain signs.
    static func wantsUnicode(_ environment: [String: String]) -> Bool {
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty && $0 != "0" } ?? false }
        if isSet("TUTTI_ASCII") || isSet("TUTTI_ACCESSIBLE") { return false }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "C"
        let folded = locale.lowercased()
        return folded.contains("utf-8") || folded.contains("utf8")
    }

    private static func windowSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var columns: UInt16 = 0
        var rows: UInt16 = 0
        guard tutti_window_size(descriptor, &columns, &rows) == 0, columns > 1 else { return nil }
        return (Int(columns), max(1, Int(rows)))
    }

    private static func number(_ name: String, _ environment: [String: String]) -> Int? {
        environment[name].flatMap { Int($0) }.flatMap { $0 > 1 ? $0 : nil }
    }
}
