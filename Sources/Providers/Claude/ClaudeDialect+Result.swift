import Model
import StreamJSON

/// The end of a turn: success or what went wrong, and what it cost.
extension ClaudeDialect {
    /// Reads a `result` line.
    mutating func readResult(_ line: JSONMembers, into events: inout EventSink) -> Bool {
        guard let subtype = line["subtype"]?.string else { return false }
        let stated = line["result_index"]?.integer.flatMap { $0 >= 0 && $0 < 1 << 30 ? Int($0) : nil }
        let number = stated ?? results
        results = max(results, number) + 1
        begin(number, into: &events)
        retract(into: &events)
        message = nil
        isResuming = false

        let text = line["result"]?.string
        let structured = line["structured_output"].flatMap { $0.isNull ? nil : $0.source }
        var failure = failure(subtype, line, text)
        if failure == nil, wantsStructure, structured == nil {
            failure = Failure(.structuredOutput, "the answer does not fit the schema: the provider gave no JSON for it")
        }
        if failure == nil, let text, !text.isEmpty, !spokenTurns.contains(number) {
            // Some answers stand in the result alone.
            let key = BlockKey(message: "result-\(number)", index: 0)
            if number == 0 { answer.complete(key, text) }
            events(.textBlock(key, text))
        }
        line["permission_denials"]?.forEachElement { denial in
            guard let tool = denial["tool_name"]?.string else { return }
            if let id = denial["tool_use_id"]?.string, !deniedTools.insert(id).inserted { return }
            events(.permissionDenied(tool: tool))
        }
        if let structured { events(.structuredOutput(structured)) }
        readUsage(line, into: &events)

        openTools = []
        questions = [:]
        retry = nil
        hopeless = nil
        lastError = nil
        // The question's own result has no origin; the ones of background tasks have.
        if !hasOwnResult, number == 0 || line["origin"]?.isNull ?? true {
            hasOwnResult = true
            conclusion.wholeSuccess = failure == nil
            conclusion.failure = failure
            conclusion.structuredOutput = structured
        }
        events(.turnCompleted(number, failure: failure))
        return true
    }

    /// What a result says went wrong; nil for the whole success and nothing less.
    private func failure(_ subtype: String, _ line: JSONMembers, _ text: String?) -> Failure? {
        let reason = line["terminal_reason"]?.string
        if subtype == "success", line["is_error"]?.bool == false {
            if reason == "completed" { return nil }
            // Local commands end without a reason, and without a turn of the model.
            if reason == nil, line["num_turns"]?.integer == 0 { return nil }
        }
        var errors: [String] = []
        line["errors"]?.forEachElement { error in
            if let words = error.string { errors.append(words) }
        }
        let said = text.flatMap { $0.isEmpty ? nil : $0 }
        let message = errors.isEmpty ? said ?? lastError?.message ?? reason ?? subtype : errors.joined(separator: "; ")
        let stated = ClaudeError(line, message: message)
        var named = ClaudeError.classify(
            subtype: subtype, terminalReason: reason, stopReason: line["stop_reason"]?.string, result: stated,
            line: lastError)
        if subtype == "error_during_execution", reason == nil, line["num_turns"]?.integer == 0 {
            // It could not even begin: an unknown session, or no session's id.
            named = .invalidRequest
        }
        var retryAfter: Double?
        var words = named == .cancelled ? "the turn was interrupted (\(reason ?? subtype))" : message
        if named == .rateLimit, let rejection {
            named = .quota
            if let resetsAt = rejection.resetsAt {
                words += " (\(rejection.kind) limit, resets at \(ClaudeRejection.iso(resetsAt)))"
                retryAfter = lastError?.writtenAt.map { max(0, Double(resetsAt) - $0) }
            }
        } else if named == .rateLimit, FailureWords.ofMessage(message) == .quota {
            named = .quota
        }
        return Failure(
            named, EventSink.cut(words, to: 4096), retryAfterSeconds: retryAfter,
            httpStatus: stated.status ?? lastError?.status)
    }
}
