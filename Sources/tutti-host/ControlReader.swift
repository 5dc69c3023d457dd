/// Makes commands out of the bytes of one control connection: pure, bytes in, commands out.
struct ControlReader {
    enum Command: Equatable {
        /// The coordinator's epoch: first of all.
        case epoch(Int64)
        /// Bytes for the provider's standard input.
        case input([UInt8])
        case closeInput
        case signal(Int32)
        case end
        case ping
        /// A line that says none of these; the words of the answer.
        case unknown(String)
        /// Nothing after this can be understood: answer with the words and close.
        case broken(String)
    }

    private var line: [UInt8] = []
    private var payload: [UInt8] = []
    private var payloadLength: Int?
    private var isBroken = false

    /// The longest standard input of one command.
    static let longestInput = 32 << 20

    /// The commands that are complete with these bytes.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> [Command] {
        var commands: [Command] = []
        var rest = bytes[...]
        while !rest.isEmpty && !isBroken {
            if let length = payloadLength {
                let part = rest.prefix(length - payload.count)
                payload.append(contentsOf: part)
                rest = rest.dropFirst(part.count)
                if payload.count == length {
                    commands.append(.input(payload))
                    payload = []
                    payloadLength = nil
                }
            } else if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line.append(contentsOf: rest[..<end])
                rest = rest[(end + 1)...]
                if line.count > ControlReader.longestLine { return commands + [breakOff("the line is too long")] }
                if let command = read(String(decoding: line, as: UTF8.self)) { commands.append(command) }
                line = []
            } else {
                line.append(contentsOf: rest.prefix(ControlReader.longestLine + 1))
                rest = rest.suffix(0)
                if line.count > ControlReader.longestLine { commands.append(breakOff("the line is too long")) }
            }
        }
        return commands
    }

    private static let longestLine = 128

    /// The command of a line; nil when its bytes follow.
    private mutating func read(_ text: String) -> Command? {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        let number = words.count == 2 ? Int64(words[1]) : nil
        switch (words.first, words.count) {
        case ("epoch", 2):
            guard let number, number >= 0 else { return .unknown("epoch wants a number") }
            return .epoch(number)
        case ("stdin", 2):
            guard let number, number >= 0, number <= ControlReader.longestInput else {
                return breakOff("stdin wants a length of at most \(ControlReader.longestInput)")
            }
            if number == 0 { return .input([]) }
            payloadLength = Int(number)
            return nil
        case ("close-stdin", 1): return .closeInput
        case ("signal", 2):
            guard let number, number >= 1, number <= 64 else { return .unknown("signal wants a number from 1 to 64") }
            return .signal(Int32(number))
        case ("end", 1): return .end
        case ("ping", 1): return .ping
        default: return .unknown("unknown command")
        }
    }

    private mutating func breakOff(_ words: String) -> Command {
        isBroken = true
        line = []
        return .broken(words)
    }
}
