import Model
import StreamJSON

/// Claude Code's stream-json: token deltas, complete blocks, tools, background tasks and one result for each turn.
///
/// Turns are counted by `init` lines, which come at the start of each; the question's own is turn 0. Text of a block is
/// provisional until its `assistant` line, and void when the message ends without one. What a subagent says is no part of
/// the answer.
struct ClaudeDialect: Dialect {
    static let version = 2

    var answer: Answer
    /// The message that the model is writing.
    var message: ClaudeMessage?
    /// The current turn; -1 before the first.
    var turn = -1
    /// The turns that have said something.
    var spokenTurns: Set<Int> = []
    /// Results so far, for those that do not name their turn.
    var results = 0
    /// The next message goes on where the last one was cut off.
    var isResuming = false

    var session: String?
    var model: String?
    /// True when the session was started with a schema: without a structured answer there is no success.
    var wantsStructure = false

    var openTools: Set<String> = []
    /// Questions that wait for a person: the request's id, and the tool call it is about.
    var questions: [String: String] = [:]
    var deniedTools: Set<String> = []
    var openTasks = 0
    var retry: Double?
    var hopeless: Failure?
    /// What the last error line of this turn said.
    var lastError: ClaudeError?
    /// The account's limit, once a line said that it is used up.
    var rejection: ClaudeRejection?
    /// The running sums that the last result stated, by model.
    var stated: [ModelUsage] = []
    /// What had been counted of the session that this process goes on with, until its first sums are read.
    var counted: Usage?

    var conclusion = Conclusion()
    var hasOwnResult = false

    /// `counted` is what had been counted of the session that is gone on with; nil for a session that begins.
    init(counted: Usage? = nil, keepsAnswer: Bool) {
        answer = Answer(isKept: keepsAnswer)
        self.counted = counted
    }

    var standing: Standing {
        var standing = Standing()
        standing.wholeSuccess = conclusion.wholeSuccess
        standing.resultSeen = hasOwnResult
        standing.openTasks = openTasks
        standing.hopeless = hopeless
        if !questions.isEmpty {
            standing.quiet = .question
        } else if let retry {
            standing.quiet = .retry(seconds: retry)
        } else if !openTools.isEmpty {
            standing.quiet = .tool
        } else if hasOwnResult, openTasks > 0 {
            standing.quiet = .background
        }
        return standing
    }

    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink) {
        if readDelta(line, into: &events) { return }
        do throws(JSONError) {
            let members = try JSONSlice(line: line).members
            if !read(members, into: &events) { events.raw(line) }
        } catch {
            events.refused(line, error)
        }
    }

    /// Reads a line of any kind; false when the kind is not known.
    private mutating func read(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let type = line["type"]?.text else { return false }
        if type.equals("stream_event") { return readStream(line, into: &events) }
        if type.equals("assistant") { return readAssistant(line, into: &events) }
        if type.equals("user") { return readUser(line, into: &events) }
        if type.equals("system") { return readSystem(line, into: &events) }
        if type.equals("result") { return readResult(line, into: &events) }
        if type.equals("control_request") { return readQuestion(line, into: &events) }
        if type.equals("control_cancel_request") {
            guard let id = line["request_id"]?.string else { return false }
            questions[id] = nil
            return true
        }
        if type.equals("rate_limit_event") { return readRateLimit(line, into: &events) }
        return type.equals("control_response") || type.equals("command_lifecycle") || type.equals("tool_progress")
            || type.equals("conversation_reset") || type.equals("keep_alive")
    }

    /// What a tool gave back can be of any length, and is no part of the answer.
    func mayHoldAnswer(_ beginning: UnsafeRawBufferPointer) -> Bool {
        let text = EventSink.text(beginning)
        return !["user", "system", "stream_event"].contains { text.hasPrefix("{\"type\":\"\($0)\"") }
    }

    mutating func conclude(into events: inout EventSink) -> Conclusion {
        var conclusion = conclusion
        conclusion.text = answer.text
        conclusion.spoke = turn >= 0 || results > 0
        return conclusion
    }

    /// Begins `turn`, if it is a later one than the current.
    mutating func begin(_ number: Int, into events: inout EventSink) {
        guard number > turn else { return }
        turn = number
        lastError = nil
        events(.turnStarted(number))
    }

    /// The turn that text belongs to now.
    mutating func speak(into events: inout EventSink) {
        if turn < 0 { begin(0, into: &events) }
        if retry != nil { retry = nil }
        if hopeless != nil { hopeless = nil }
    }
}
