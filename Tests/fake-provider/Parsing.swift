import Glibc

extension Options {
    /// Reads `words`. Unknown ones are ignored unless `strict`, when they are returned as a complaint.
    mutating func read(_ words: [String], strict: Bool) -> String? {
        var rest = words[...]
        while var word = rest.popFirst() {
            var glued: String?
            if word.hasPrefix("--session-id=") || word.hasPrefix("--resume="), let sign = word.firstIndex(of: "=") {
                glued = String(word[word.index(after: sign)...])
                word = String(word[..<sign])
            }
            func value() -> String { glued ?? rest.popFirst() ?? "" }
            func number() -> Int { Int(value()) ?? 0 }
            switch word {
            case "--format": format = Format(rawValue: value()) ?? format
            case "--lines": lines = number()
            case "--rate": linesPerSecond = Double(value()) ?? 0
            case "--width": width = number()
            case "--unicode": unicode = true
            case "--stamp": stamp = true
            case "--answer": answer = value()
            case "--payload": payload = value()
            case "--tool-calls": toolCalls = number()
            case "--no-partial": partial = false
            case "--retract": retract = true
            case "--outcome": outcome = value()
            case "--no-result": result = false
            case "--no-newline": finalNewline = false
            case "--background": backgroundMilliseconds = number()
            case "--chunk": chunk = number()
            case "--split-utf8": splitUTF8 = true
            case "--reopen": reopen = Reopen(rawValue: value())
            case "--stderr": errorText = value()
            case "--stderr-bytes": errorBytes = number()
            case "--first-delay": firstDelayMilliseconds = number()
            case "--stdin": readInput = InputMode(rawValue: value()) ?? .all
            case "--echo-stdin": echoInput = true
            case "--dump": dump = value()
            case "--effects": effects = value()
            case "--counter": counter = value()
            case "--tty": terminal = value()
            case "--children": children = number()
            case "--children-close": childrenClose = true
            case "--children-ignore": childrenIgnore = true
            case "--children-ms": childrenMilliseconds = number()
            case "--close-output": closeOutput = true
            case "--hang": hang = Position(value())
            case "--stop": stop = Position(value())
            case "--cut": cut = Position(value())
            case "--ignore-term": ignoreSignals = true
            case "--exit-on-term": exitOnTerm = Int32(number())
            case "--linger": lingerMilliseconds = number()
            case "--exit": exit = Int32(number())
            case "--signal": signal = Options.signal(named: value())
            case "--core": core = true
            // Words of the real providers that matter here too.
            case "--session-id": sessionID = value()
            case "--resume", "resume":
                sessionID = value()
                isResumed = true
            case "--model", "-m": model = value()
            case "--help" where !strict:
                print(Options.help)
                Glibc.exit(0)
            default: if strict { return "fake-provider: unknown option \(word)" }
            }
        }
        return nil
    }

    private static func signal(named name: String) -> Int32 {
        let names: [String: Int32] = [
            "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ABRT": SIGABRT, "KILL": SIGKILL, "SEGV": SIGSEGV,
            "PIPE": SIGPIPE, "TERM": SIGTERM, "USR1": SIGUSR1,
        ]
        return Int32(name) ?? names[name] ?? SIGKILL
    }
}

/// Options that stand in the question: `[[fake: …]]`, `[[fake MODULE: …]]`, `[[fake #ATTEMPT: …]]`.
struct Directives {
    private var found: [(module: String?, attempt: Int?, words: [String])] = []

    /// Finds them in `input`. In a JSON line (a prompt given as stream-json) `\"`, `\\` and `\n` are undone first.
    init(_ input: [UInt8]) {
        var bytes = input
        if input.first == UInt8(ascii: "{") {
            bytes = []
            var escaped = false
            for byte in input {
                if escaped {
                    bytes.append(byte == UInt8(ascii: "n") ? 10 : byte)
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else {
                    bytes.append(byte)
                }
            }
        }
        var rest = bytes[...]
        while let open = Directives.find("[[fake", in: rest), let close = Directives.find("]]", in: rest[open...]) {
            let inside = rest[(open + 6)..<close]
            rest = rest[(close + 2)...]
            guard let colon = inside.firstIndex(of: UInt8(ascii: ":")) else { continue }
            var module: String?
            var attempt: Int?
            for word in inside[..<colon].split(separator: 32) {
                let text = String(decoding: word, as: UTF8.self)
                if text.hasPrefix("#") { attempt = Int(text.dropFirst()) } else { module = text }
            }
            found.append((module, attempt, Directives.words(inside[(colon + 1)...])))
        }
    }

    /// The words that count for this module in this attempt; those for every attempt with `attempt` nil.
    func words(module: String?, attempt: Int?) -> [String] {
        found.filter { ($0.module == nil || $0.module == module) && $0.attempt == attempt }.flatMap(\.words)
    }

    /// Splits at white space; quotes, single or double, hold words together.
    private static func words(_ bytes: ArraySlice<UInt8>) -> [String] {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        for byte in bytes {
            if let open = quote {
                if byte == open { quote = nil } else { word?.append(byte) }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                word = word ?? []
            } else if byte == 32 || byte == 10 || byte == 9 {
                if let whole = word { words.append(String(decoding: whole, as: UTF8.self)) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let whole = word { words.append(String(decoding: whole, as: UTF8.self)) }
        return words
    }

    private static func find(_ text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return nil }
        return (bytes.startIndex...(bytes.endIndex - wanted.count)).first { start in
            bytes[start] == wanted[0] && bytes[start..<(start + wanted.count)].elementsEqual(wanted)
        }
    }
}
