import Glibc

/// One run, from its arguments to its end.
struct ProviderRun {
    private var options = Options()
    private var attempt = 1
    private var input: [UInt8] = []
    private let module = getenv("TUTTI_MODULE").map { String(cString: $0) }

    init(arguments: [String]) { _ = options.read(arguments, strict: false) }

    /// Does all of it and ends the process.
    mutating func start() -> Never {
        readScript()
        Signals.prepare(options)
        let effects = options.effects.map { Effects(file: $0, attempt: attempt) }
        effects?.start()
        if let file = options.dump { Inspection.dump(to: file) }
        if let file = options.terminal { Inspection.tryTerminal(report: file) }
        Descendants.start(options)
        writeErrors()
        at(.start)
        pause(milliseconds: options.firstDelayMilliseconds)

        var output = Output(options)
        var textHash = fnv1a([])
        var pieces = 0
        if let file = options.payload {
            let descriptor = open(file, O_RDONLY | O_CLOEXEC)
            output.write(readWhole(descriptor))
        } else {
            speak(&output, &textHash, &pieces)
        }
        output.flush()
        effects?.done(pieces: pieces, textHash: options.payload == nil ? textHash : nil)
        if options.closeOutput { for descriptor in [0, 1, 2] as [Int32] { close(descriptor) } }
        at(.end)
        pause(milliseconds: options.lingerMilliseconds)
        Signals.end(options)
    }

    /// Options from the question: first those for every attempt (they may name the counter), then those for this one.
    private mutating func readScript() {
        if options.readInput == .all { input = readWhole(0) }
        let directives = Directives(input)
        apply(directives.words(module: module, attempt: nil))
        if let file = options.counter {
            let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            writeWhole([UInt8(ascii: ".")], to: descriptor)
            attempt = Int(lseek(descriptor, 0, SEEK_CUR))
            close(descriptor)
        }
        apply(directives.words(module: module, attempt: attempt))
    }

    private mutating func apply(_ words: [String]) {
        guard let complaint = options.read(words, strict: true) else { return }
        writeWhole(Array("\(complaint)\n".utf8), to: 2)
        exit(64)
    }

    private func writeErrors() {
        if let text = options.errorText {
            if let reopen = options.reopen {
                let descriptor = open("/dev/stderr", O_WRONLY | (reopen == .truncate ? O_TRUNC : O_APPEND))
                if descriptor >= 0 { writeWhole(Array("\(text)\n".utf8), to: descriptor) }
            } else {
                writeWhole(Array("\(text)\n".utf8), to: 2)
            }
        }
        var written = 0
        var number = 1
        while written < options.errorBytes {
            let line = Array("error line \(number)\n".utf8)
            writeWhole(line, to: 2)
            written += line.count
            number += 1
        }
    }

    private func speak(_ output: inout Output, _ textHash: inout UInt64, _ pieces: inout Int) {
        var dialect = dialect
        func write(_ lines: [String]) { for line in lines { output.write(Array(line.utf8) + [10]) } }
        if let dialect { write(dialect.opening()) }
        for number in 0..<options.toolCalls { if let dialect { write(dialect.toolCall(number)) } }
        if let dialect { write(dialect.begin()) }

        var source = Pieces(options, input: input)
        var text: [UInt8] = []
        let keepsText = dialect != nil
        var pace = Pace(perSecond: options.linesPerSecond)
        var retractAt = options.retract && options.format == .claude ? max(1, options.lines / 2) : -1
        while let piece = source.next() {
            if pieces == retractAt {
                retractAt = -1
                write(dialect?.takeBack() ?? [])
                write(dialect?.begin() ?? [])
                for earlier in source.again(pieces) { write(dialect?.piece(earlier) ?? []) }
            }
            pace.wait()
            let bytes = Array(piece.utf8)
            textHash = fnv1a(bytes, from: textHash)
            if let dialect {
                if keepsText { text += bytes }
                write(dialect.piece(piece))
            } else {
                output.write(bytes)
            }
            pieces += 1
            at(.after(pieces), &output)
        }
        guard let dialect else { return }
        let whole = String(decoding: text, as: UTF8.self)
        if options.outcome == "success" || !text.isEmpty { write(dialect.end(whole)) }
        guard options.result else { return }
        var last = dialect.result(
            whole, outcome: options.outcome, backgroundOpen: options.backgroundMilliseconds != nil)
        let final = options.finalNewline || options.backgroundMilliseconds != nil ? nil : last.popLast()
        write(last)
        if let final { output.write(Array(final.utf8)) }
        if let delay = options.backgroundMilliseconds {
            output.flush()
            pause(milliseconds: delay)
            write(dialect.backgroundResult())
        }
    }

    private var dialect: (any Dialect)? {
        let session = options.sessionID ?? "00000000-0000-4000-8000-\(hexadecimal(UInt64(getpid())).suffix(12))"
        return switch options.format {
        case .claude: ClaudeDialect(session: session, model: options.model, partial: options.partial)
        case .codex: CodexDialect(session: session, isResumed: options.isResumed)
        case .jsonl: JSONLinesDialect(session: session)
        case .offline: OfflineDialect()
        case .plain: nil
        }
    }

    private func at(_ position: Options.Position) {
        var none = Output(options)
        at(position, &none)
    }

    private func at(_ position: Options.Position, _ output: inout Output) {
        guard [options.stop, options.hang, options.cut].contains(position) else { return }
        output.flush()
        if options.stop == position { kill(getpid(), SIGSTOP) }
        if options.hang == position { while true { Glibc.pause() } }
        if options.cut == position { Signals.end(options) }
    }

    private func pause(milliseconds: Int) {
        guard milliseconds > 0 else { return }
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var left = time
        while nanosleep(&time, &left) != 0 && errno == EINTR { time = left }
    }
}
