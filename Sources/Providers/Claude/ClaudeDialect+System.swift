import Model
import StreamJSON

/// What claude says of itself: sessions, retries, tasks, permissions and limits.
extension ClaudeDialect {
    /// Reads a `system` line. A subtype that is not known is kept by the caller.
    mutating func readSystem(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let subtype = line["subtype"]?.text else { return false }
        if subtype.equals("init") {
            readInit(line, into: &events)
            return true
        }
        if subtype.equals("api_retry") {
            readRetry(line, into: &events)
            return true
        }
        if subtype.equals("background_tasks_changed") {
            var count = 0
            line["tasks"]?.forEachElement { _ in count += 1 }
            if count != openTasks { events(.backgroundTasks(count)) }
            openTasks = count
            return true
        }
        if subtype.equals("permission_denied") {
            guard let tool = line["tool_name"]?.string else { return false }
            if let id = line["tool_use_id"]?.string { deniedTools.insert(id) }
            events(.permissionDenied(tool: tool))
            return true
        }
        if subtype.equals("task_notification") {
            let (summary, status) = (line["summary"]?.string ?? "", line["status"]?.string ?? "ended")
            events(.status(EventSink.cut("background task \(status): \(summary)", to: 4096)))
            return true
        }
        if subtype.equals("informational") {
            if let words = line["content"]?.string, !words.isEmpty { events(.status(EventSink.cut(words, to: 4096))) }
            return true
        }
        if subtype.equals("compact_boundary") {
            events(.status("the conversation was compacted"))
            return true
        }
        if subtype.equals("status") {
            if line["status"]?.text?.equals("compacting") == true { events(.status("compacting the conversation")) }
            return true
        }
        return subtype.equals("ui_invalidate") || subtype.equals("thinking_tokens")
            || subtype.equals("task_started") || subtype.equals("task_progress") || subtype.equals("task_updated")
            || subtype.equals("hook_started") || subtype.equals("hook_response")
            || subtype.equals("session_state_changed") || subtype.equals("model_refusal_no_fallback")
    }

    private mutating func readInit(_ line: JSONMembers, into events: inout EventSink) {
        let (newSession, newModel) = (line["session_id"]?.string, line["model"]?.string)
        if newSession != session || newModel != model {
            (session, model) = (newSession, newModel)
            events(.sessionIdentified(providerSession: newSession, model: newModel))
        }
        line["tools"]?.forEachElement { tool in
            if tool.text?.equals("StructuredOutput") == true { wantsStructure = true }
        }
        begin(turn + 1, into: &events)
    }

    /// What claude may say at most that it waits, in seconds: thirty years.
    private static let longestDelay = 1e9

    private mutating func readRetry(_ line: JSONMembers, into events: inout EventSink) {
        let status = line["error_status"]?.integer.flatMap { Int(exactly: $0) }
        let word = line["error"]?.string ?? "unknown"
        let failure: Failure
        if let status {
            let named = FailureWords.ofStatus(status) ?? ClaudeError.ofWord(word) ?? .serverError
            failure = Failure(named, "HTTP \(status) (\(word))", httpStatus: status)
        } else {
            failure = Failure(ClaudeError.ofWord(word) ?? .network, "no answer from the API (\(word))")
        }
        let delay = line["retry_delay_ms"]?.number.map { min(max(0, $0.double / 1000), ClaudeDialect.longestDelay) }
        retry = delay ?? 0
        // Refused credentials stay refused, but claude retries them for three minutes.
        hopeless = status == 401 || word == "authentication_failed" ? failure : nil
        events(
            .retrying(
                attempt: Int(clamping: line["attempt"]?.integer ?? 1),
                of: line["max_retries"]?.integer.map { Int(clamping: $0) }, delaySeconds: delay, failure: failure))
    }

    /// Reads a `rate_limit_event` line.
    mutating func readRateLimit(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let info = line["rate_limit_info"]?.members, let status = info["status"]?.string else { return false }
        let kind = info["rateLimitType"]?.string ?? "unknown"
        let resets = info["resetsAt"]?.integer.flatMap(ClaudeRejection.moment)
        if status == "rejected" {
            rejection = ClaudeRejection(kind: kind, resetsAt: resets)
        } else if status == "allowed" || status == "allowed_warning" {
            rejection = nil
        }
        if status != "allowed" {
            let end = resets.map { ", resets at \(ClaudeRejection.iso($0))" } ?? ""
            events(.status("rate limit \(kind): \(status)\(end)"))
        }
        return true
    }

    /// Reads a `control_request`: a question for a person, as far as Tutti can put it.
    mutating func readQuestion(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let id = line["request_id"]?.string, let request = line["request"]?.members,
            request["subtype"]?.text?.equals("can_use_tool") == true
        else { return false }
        let tool = request["tool_name"]?.string ?? "a tool"
        let input = EventSink.cut(request["input"]?.source ?? "{}", to: 4096)
        questions[id] = request["tool_use_id"]?.string ?? ""
        events(.needsInput(id: id, question: "May I use \(tool)? \(input)"))
        return true
    }
}
