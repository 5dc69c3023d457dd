import Testing

@testable import Commands

@Suite struct TerminalTests {
    @Test(arguments: [
        (ColourChoice.auto, true, ["TERM": "xterm"], true), (.auto, true, ["TERM": "dumb"], false),
        (.auto, true, [:], false),
        (.auto, false, ["TERM": "xterm"], false), (.auto, true, ["TERM": "xterm", "NO_COLOR": "1"], false),
        (.auto, true, ["TERM": "xterm", "NO_COLOR": ""], true), (.auto, false, ["CLICOLOR_FORCE": "1"], true),
        (.always, false, ["NO_COLOR": "1"], true), (.never, true, ["TERM": "xterm", "FORCE_COLOR": "1"], false),
        (.auto, true, ["TERM": "xterm", "TUTTI_NO_COLOR": "1"], false),
    ])
    func `colours follow the flag, then the variables, then the terminal`(
        choice: ColourChoice, isTerminal: Bool, environment: [String: String], wanted: Bool
    ) {
        #expect(Terminal.wantsColour(choice, isTerminal: isTerminal, environment: environment) == wanted)
    }

    @Test(arguments: [
        (["LANG": "C.UTF-8"], true), (["LANG": "C"], false), ([:], false),
        (["LC_ALL": "C", "LANG": "de_DE.UTF-8"], false),
        (["LC_CTYPE": "en_US.utf8", "LANG": "C"], true), (["LANG": "C.UTF-8", "TUTTI_ASCII": "1"], false),
        (["LANG": "C.UTF-8", "TUTTI_ACCESSIBLE": "1"], false),
    ])
    func `signs beyond ASCII need a UTF-8 locale`(environment: [String: String], wanted: Bool) {
        #expect(Terminal.wantsUnicode(environment) == wanted)
    }
}
