import Coordinator
import Model
import Store

/// The answers of a run, a session or a thread, as text for standard output.
enum Answers {
    /// One module's answer, whole or as far as it came.
    struct Answer {
        var module: String?
        var message: MessageRow
        var session: Identifier?
        /// Its job was skipped: there was nothing to wait for.
        var isSkipped = false
    }

    /// The answers that `named` stands for, in the order of the run.
    static func find(_ named: Named, in reader: StoreReader) throws -> [Answer] {
        switch named {
        case .run(let id):
            guard let detail = try reader.runDetail(id) else { return [] }
            return ordered(detail)
        case .message(let id):
            return try reader.message(id).map { [answer($0)] } ?? []
        case .thread(let id):
            return try reader.messages(thread: id).last { $0.role == .assistant }.map { [answer($0)] } ?? []
        case .job(let id):
            guard let message = try reader.job(id)?.message else { return [] }
            return try reader.message(message).map { [answer($0)] } ?? []
        case .session(let id):
            guard let detail = try reader.sessionDetail(id) else { return [] }
            return detail.messages.filter { $0.role == .assistant }.map(answer)
        }
    }

    private static func ordered(_ detail: RunDetail) -> [Answer] {
        var byID: [Identifier: MessageRow] = [:]
        for message in detail.messages { byID[message.id] = message }
        return asked(detail).compactMap { job in
            job.message.flatMap { byID[$0] }.map { answer($0, isSkipped: job.state == .skipped) }
        }
    }

    private static func answer(_ message: MessageRow) -> Answer { answer(message, isSkipped: false) }

    private static func answer(_ message: MessageRow, isSkipped: Bool) -> Answer {
        Answer(module: message.module, message: message, session: message.session, isSkipped: isSkipped)
    }

    /// What a failure is about: its first line, as more may follow of what somebody printed.
    static func reason(_ failure: String) -> String {
        failure.split(whereSeparator: \.isNewline).first.map(String.init) ?? failure
    }

    /// One answer as it is; several under a heading each.
    static func text(_ answers: [Answer], on surface: Surface) -> String {
        if answers.count == 1, let only = answers.first { return whole(only, on: surface) }
        return answers.map { section($0, on: surface) }.joined(separator: "\n")
    }

    /// An answer that stands alone.
    static func whole(_ answer: Answer, on surface: Surface) -> String {
        let content = answer.message.content
        return ended(surface.isTerminal ? surface.safe(content) : content)
    }

    /// `text` with a newline at its end, where there is any text.
    static func ended(_ text: String) -> String { text.isEmpty || text.hasSuffix("\n") ? text : text + "\n" }

    /// One of several answers, under its heading. An interrupted one says so below its partial text.
    static func section(_ answer: Answer, on surface: Surface) -> String {
        let message = answer.message
        var result = surface.paint("## " + surface.safeLine(answer.module ?? "merge"), .bold) + "\n\n"
        result += whole(answer, on: surface)
        if message.status == .failed || message.status == .cancelled {
            let reason = message.error.map(reason) ?? message.errorClass?.rawValue ?? message.status.rawValue
            let what =
                answer.isSkipped ? "" : message.errorClass == .verifyFailed ? "not accepted: " : "no whole answer: "
            result += (message.content.isEmpty ? "" : "\n") + "(\(what)\(surface.safeLine(reason)))\n"
        }
        return result
    }

    /// Visits the answers of a run in its order, each read for itself: all texts of a thousand modules at once would take
    /// more memory than the run did.
    /// `only` names the jobs that are meant; nil is all of them.
    static func forEach(
        of run: RunDetail, in store: Store, only: Set<Identifier>? = nil, _ body: (Answer) throws -> Void
    ) throws {
        for job in asked(run) where only?.contains(job.id) ?? true {
            guard let id = job.message, let message = try store.read({ try $0.message(id) }) else { continue }
            try body(answer(message, isSkipped: job.state == .skipped))
        }
    }

    /// The jobs that answer, in the order of the run. What makes the rows of a matrix answers nothing, unless it failed, nor
    /// does what was not needed.
    private static func asked(_ run: RunDetail) -> [JobRow] {
        RunOrder.jobs(of: run).filter { ($0.kind != "matrix" || $0.state == .failed) && !$0.isUnneeded }
    }

    /// Says that an answer is not whole, why, and how to ask again. `isAbove` is false where what there is of it was not printed.
    static func interruption(_ answer: Answer, isAbove: Bool = true) -> TuttiError {
        let message = answer.message
        let module = answer.module.map { "\($0): " } ?? ""
        let state =
            message.errorClass == .verifyFailed
            ? "the answer was not accepted"
            : message.content.isEmpty
                ? "there is no answer" : isAbove ? "the answer above is not whole" : "there is no whole answer"
        let what = module + state
        let reason = message.error.map(reason) ?? message.errorClass?.rawValue ?? message.status.rawValue
        let target = (message.job ?? answer.session ?? message.id).short
        let advice = message.errorClass?.advice(on: target) ?? ""
        var hints = advice.isEmpty ? [] : [advice]
        if !isAbove, !message.content.isEmpty { hints.append("what it said: tutti show -r \(target)") }
        if !advice.contains("tutti retry ") { hints.append("ask again: tutti retry \(target)") }
        let hint = hints.joined(separator: "; ")
        return TuttiError(.someFailed, "\(what): \(reason)", hint: hint)
    }

    /// The inside of the first fenced block of code.
    static func firstCode(_ text: String) -> String? {
        var fence: Substring?
        var block: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let marker = line.drop { $0 == " " }.prefix { $0 == "`" || $0 == "~" }
            if let open = fence {
                if marker.count >= open.count, marker.first == open.first,
                    line.drop(while: { $0 == " " }).count == marker.count
                {
                    return block.joined(separator: "\n") + "\n"
                }
                block.append(line)
            } else if marker.count >= 3 {
                fence = marker
            }
        }
        return nil
    }
}
