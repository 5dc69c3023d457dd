/// Everything that a test can ask of the provider.
struct Options {
    var format = Format.plain
    var lines = 3
    var linesPerSecond = 0.0
    var width = 0
    var unicode = false
    var stamp = false
    var answer: String?
    var payload: String?
    var toolCalls = 0
    var partial = true
    var retract = false
    var outcome = "success"
    var result = true
    var finalNewline = true
    var backgroundMilliseconds: Int?

    var chunk = 0
    var splitUTF8 = false
    var reopen: Reopen?
    var errorText: String?
    var errorBytes = 0
    var firstDelayMilliseconds = 0

    var readInput = InputMode.all
    var echoInput = false
    var dump: String?
    var effects: String?
    var counter: String?
    var terminal: String?

    var children = 0
    var childrenClose = false
    var childrenIgnore = false
    var childrenMilliseconds: Int?
    var closeOutput = false

    var hang: Position?
    var stop: Position?
    var cut: Position?
    var ignoreSignals = false
    var exitOnTerm: Int32?
    var lingerMilliseconds = 0
    var exit: Int32?
    var signal: Int32?
    var core = false

    var sessionID: String?
    /// The session is one that went before: it was read and paid for once already.
    var isResumed = false
    var model = "fake-1"

    /// The dialect it speaks.
    enum Format: String { case claude, codex, jsonl, plain, offline }
    /// What it does with standard input: reads all of it, leaves it alone, or answers line by line until its end.
    enum InputMode: String { case all, none, lines }
    /// A moment of the run: before the first line, after so many pieces of text, or after the result.
    enum Position: Equatable {
        case start, after(Int), end
        init?(_ text: String) {
            switch text {
            case "start": self = .start
            case "end": self = .end
            default:
                guard let count = Int(text) else { return nil }
                self = .after(count)
            }
        }
    }
    /// How it opens /dev/stdout or /dev/stderr by name for every piece: truncating, as `>` does, or appending.
    enum Reopen: String { case truncate, append }

    static let help = """
        fake-provider [OPTION]...   unknown arguments are ignored, so it can stand in for a real provider's command

        Options may also stand in the question on standard input, as [[fake: OPTION...]]. [[fake NAME: …]] counts only
        when TUTTI_MODULE is NAME, [[fake #2: …]] only in the second run that shares --counter, [[fake NAME #2: …]] both.

        The answer
          --format claude|codex|jsonl|plain|offline   the dialect (plain)
          --lines N          pieces of text: "line 1\\n" to "line N\\n" (3)
          --rate R           pieces a second; 0: as fast as it can (0)
          --width N          pad every piece to N bytes
          --unicode          pieces hold "café 你好 🙂"
          --stamp            pieces are "@NANOSECONDS " of the wall clock instead
          --answer TEXT      this one piece instead
          --payload FILE     the bytes of FILE are all that is written
          --tool-calls N     so many tool calls before the text
          --no-partial       no deltas (claude)
          --retract          half of the text is taken back once and begun again (claude)
          --outcome WORD     success, refusal, max_turns, billing, or an HTTP status: 400 401 429 500 529; else exit 1
          --no-result        the result line is missing
          --no-newline       the last line has no newline
          --background MS    a background task is open at the result; its own result comes MS later (claude)
        How it is written
          --chunk N          N bytes a write
          --split-utf8       every write ends inside a character, where there is one
          --reopen truncate|append   every piece through /dev/stdout (and --stderr through /dev/stderr) opened by name
          --stderr TEXT      written to standard error first;  --stderr-bytes N: so many bytes of numbered lines
          --first-delay MS   before the first byte
        What it looks at
          --stdin all|none|lines   what it does with standard input (all); lines: echoes line by line until its end
          --echo-stdin       the answer is "stdin LENGTH FNV1A\\n"
          --dump FILE        writes its arguments, environment, descriptors, signal mask, group and folder as lines
          --effects FILE     appends "start SESSION ATTEMPT PID" and "done SESSION ATTEMPT PID LINES TEXT-FNV1A"
          --counter FILE     appends a byte; the file's length is the number of the attempt
          --tty FILE         tries to write to and read from /dev/tty and writes what came of it to FILE
        Other processes
          --children N       N descendants that live on, every second one a daemon in a session of its own
          --children-close   they close every descriptor;  --children-ignore: they ignore SIGTERM
          --children-ms MS   they end after MS
          --close-output     it closes its own 0, 1 and 2 after the answer
        How it ends        POSITION is start, a number of pieces, or end (after the result)
          --hang POSITION    never goes on from there;  --stop POSITION: stops itself (SIGSTOP)
          --cut POSITION     ends there, without a result
          --ignore-term      ignores SIGTERM, SIGINT and SIGHUP;  --exit-on-term K: exits K on SIGTERM
          --linger MS        stays so long after its last line
          --exit K           exits with K;  --signal NAME|NUMBER: ends by that signal;  --core: leaves a core (SIGABRT)
        """
}
