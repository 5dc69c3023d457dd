/// The unit by which systemd keeps a coordinator serving, for one user.
struct ServiceUnit {
    /// The path of the program.
    var program: String
    /// Further words behind `serve`.
    var arguments: [String] = []
    /// Variables that the service needs: the user's manager has a shorter `PATH` than a shell.
    var environment: [(name: String, value: String)] = []

    /// Variables that decide where things lie, and which programs are found.
    static let variables = [
        "PATH", "TUTTI_DB", "TUTTI_CONFIG", "TUTTI_HOST", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME",
        "XDG_STATE_HOME",
    ]

    /// The unit as it stands in its file.
    var text: String {
        let command = ([program, "serve"] + arguments).map { ServiceUnit.quoted($0, isCommand: true) }
        let variables = environment.map { "Environment=" + ServiceUnit.quoted("\($0.name)=\($0.value)") }
        let lines =
            [
                "[Unit]", "Description=Tutti: does what waits in its queue, and what is due", "", "[Service]",
                "Type=notify", "NotifyAccess=main", "ExecStart=" + command.joined(separator: " "),
            ] + variables + [
                "# Sessions outlive the coordinator: without this, a restart would end every one of them.",
                "KillMode=process",
                "# An agent that the kernel ends for want of memory is no reason to stop the others.",
                "OOMPolicy=continue", "Restart=on-failure", "RestartSec=5",
                "# Told to stop by a signal, it has stopped.",
                "SuccessExitStatus=130 143", "# Wrong words and wrong settings do not mend themselves.",
                "RestartPreventExitStatus=64 78", "WatchdogSec=60", "TimeoutStopSec=60", "", "[Install]",
                "WantedBy=default.target",
            ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// One word of a unit's line: in quotes, with what systemd would expand written twice.
    private static func quoted(_ word: String, isCommand: Bool = false) -> String {
        var result = ""
        for character in word.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "%": result += "%%"
            case "$" where isCommand: result += "$$"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where character.value < 0x20 || character.value == 0x7F:
                let digits = String(character.value, radix: 16)
                result += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: result.unicodeScalars.append(character)
            }
        }
        let isPlain = result == word && word.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "'") } && !word.isEmpty
        return isPlain ? word : "\"\(result)\""
    }
}
