import Glibc

/// What the host was told at its start.
struct Arguments {
    /// The version of this interface: arguments, files and control lines.
    static let protocolVersion = 1

    var folder = ""
    var workingDirectory = ""
    var standardOutput = StandardOutput.file
    var standardInput = StandardInput.none
    var epoch: Int64 = 0
    var limits = Limits()
    var locks = ""
    var store = ""
    var recoverer = ""
    var command: [String] = []

    enum StandardOutput: String { case file, pump }
    enum StandardInput: String { case none, file, open }

    static let usage = """
        usage: tutti-host --protocol 1 --dir DIR --cwd CWD --stdout file|pump --stdin none|file|open --epoch N
                          --total-ms N --spool-max BYTES --orphan-ms N --grace-ms N --locks DIR --store PATH
                          --recover TUTTI -- COMMAND…
        Parent of one provider process. Started by tutti, not by hand; a limit of 0 is none.
        """

    /// Reads the words after the program's name.
    init(_ words: [String]) throws(Complaint) {
        var seen: Set<String> = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                command = Array(rest)
                rest = []
                seen.insert(word)
                break
            }
            guard let value = rest.popFirst() else { throw Complaint("\(word) needs a value") }
            guard seen.insert(word).inserted else { throw Complaint("\(word) is given twice") }
            try take(word, value)
        }
        let needed = [
            "--protocol", "--dir", "--cwd", "--stdout", "--stdin", "--epoch", "--total-ms", "--spool-max",
            "--orphan-ms",
            "--grace-ms", "--locks", "--store", "--recover", "--",
        ]
        if let missing = needed.first(where: { !seen.contains($0) }) { throw Complaint("\(missing) is missing") }
        guard let program = command.first, !program.isEmpty else { throw Complaint("no command after --") }
    }

    private mutating func take(_ word: String, _ value: String) throws(Complaint) {
        switch word {
        case "--protocol":
            guard value == String(Arguments.protocolVersion) else {
                throw Complaint("protocol \(value) is not known here; this host speaks \(Arguments.protocolVersion)")
            }
        case "--dir": folder = try path(word, value)
        case "--cwd": workingDirectory = try path(word, value)
        case "--stdout":
            guard let mode = StandardOutput(rawValue: value) else { throw Complaint("--stdout is file or pump") }
            standardOutput = mode
        case "--stdin":
            guard let mode = StandardInput(rawValue: value) else { throw Complaint("--stdin is none, file or open") }
            standardInput = mode
        case "--epoch": epoch = try number(word, value)
        case "--total-ms": limits.total = try number(word, value)
        case "--spool-max": limits.spool = try number(word, value)
        case "--orphan-ms": limits.orphan = try number(word, value)
        case "--grace-ms": limits.grace = try number(word, value)
        case "--locks": locks = try path(word, value)
        case "--store": store = try path(word, value)
        case "--recover": recoverer = try path(word, value)
        default: throw Complaint("\(word) is not known")
        }
    }

    private func path(_ word: String, _ value: String) throws(Complaint) -> String {
        guard value.hasPrefix("/") else { throw Complaint("\(word) wants an absolute path, not \(value)") }
        return value
    }

    private func number(_ word: String, _ value: String) throws(Complaint) -> Int64 {
        // A century of milliseconds: sums of two such numbers stay far from overflow.
        guard let number = Int64(value), number >= 0, number < 1 << 60 else {
            throw Complaint("\(word) wants a whole number, not \(value)")
        }
        return number
    }
}

/// What is wrong, in words for standard error or for the exit record.
struct Complaint: Error {
    let words: String
    /// The system's number, when a call failed.
    var number: Int32?

    init(_ words: String) { self.words = words }

    /// A failed call: what was tried, and the system's word for the number.
    init(_ tried: String, errno number: Int32) {
        words = "\(tried): \(String(cString: strerror(number)))"
        self.number = number
    }
}
