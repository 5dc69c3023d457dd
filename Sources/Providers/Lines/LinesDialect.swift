import Model
import StreamJSON

/// Any command's JSON lines, read by the paths of its definition.
///
/// With a path for the result, or for the end, only such a line makes a success; without either, the exit status does.
struct LinesDialect: Dialect {
    static let version = 1

    private let paths: CompiledPaths
    private let usageIsCumulative: Bool
    private let statusDecides: Bool

    private var answer = Answer()
    private var hasBegun = false
    private var block = 0
    private var streamed = ""
    private var openTools: [String: String] = [:]
    private var toolCount = 0
    private var session: String?
    private var model: String?
    private var stated = Usage(cost: .zero)
    private var conclusion = Conclusion()
    private var hasResult = false

    /// A reader by these paths.
    init(_ fields: FieldPaths) {
        paths = CompiledPaths(fields)
        usageIsCumulative = fields.usageIsCumulative
        statusDecides = fields.result == nil && fields.done == nil
    }

    var standing: Standing {
        var standing = Standing()
        standing.wholeSuccess = conclusion.wholeSuccess
        standing.resultSeen = hasResult
        if !openTools.isEmpty { standing.quiet = .tool }
        return standing
    }

    private var key: BlockKey { BlockKey(message: "answer", index: block) }

    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink) {
        do throws(JSONError) {
            let slice = try JSONSlice(line: line)
            if !slice.isObject || !read(LineFields(paths: paths, line: slice), into: &events) { events.raw(line) }
        } catch {
            events.refused(line, error)
        }
    }

    /// Reads what the paths find in the line; false when they find nothing.
    private mutating func read(_ line: LineFields, into events: inout EventSink) -> Bool {
        var isKnown = false
        if let found = line[\.session]?.string, found != session {
            session = found
            events(.sessionIdentified(providerSession: found, model: line[\.model]?.string ?? model))
            isKnown = true
        }
        if let found = line[\.model]?.string {
            if found != model, session == nil {
                events(.sessionIdentified(providerSession: nil, model: found))
                isKnown = true
            }
            model = found
        }
        if hasResult { return readUsage(line, into: &events) || isKnown }
        if let text = line[\.delta]?.string {
            begin(into: &events)
            add(text, into: &events)
            isKnown = true
        }
        if let text = line[\.text]?.string {
            begin(into: &events)
            complete(text, into: &events)
            isKnown = true
        }
        if readTool(line, into: &events) { isKnown = true }
        if let words = line[\.statusText]?.string, !words.isEmpty {
            events(.status(EventSink.cut(words, to: 4096)))
            isKnown = true
        }
        if readUsage(line, into: &events) { isKnown = true }
        if let error = line[\.error], error.bool != false, error.text?.isEmpty != true {
            begin(into: &events)
            end(failure(error, line), into: &events)
            return true
        }
        if let result = line[\.result], result.bool != false {
            begin(into: &events)
            finish(result.string ?? (result.isObject || result.isArray ? result.source : nil), into: &events)
            return true
        }
        if let done = line[\.done], done.bool == true || done.text?.isEmpty == false {
            begin(into: &events)
            finish(nil, into: &events)
            return true
        }
        return isKnown
    }

    private mutating func begin(into events: inout EventSink) {
        if !hasBegun { events(.turnStarted(0)) }
        hasBegun = true
    }

    private mutating func add(_ text: String, into events: inout EventSink) {
        if text.isEmpty { return }
        streamed += text
        answer.append(text, to: key)
        events(.textDelta(key, text))
    }

    private mutating func complete(_ text: String, into events: inout EventSink) {
        events(.textBlock(key, text))
        answer.complete(key, text)
        streamed = ""
        block += 1
    }

    private mutating func closeBlock(into events: inout EventSink) {
        if !streamed.isEmpty { complete(streamed, into: &events) }
    }

    private mutating func readTool(_ line: LineFields, into events: inout EventSink) -> Bool {
        var isKnown = false
        let named = line[\.toolID]
        let id = named?.string ?? named?.number?.text
        if let name = line[\.toolName]?.string, openTools[id ?? ""] == nil || id == nil {
            begin(into: &events)
            closeBlock(into: &events)
            toolCount += 1
            let call = id ?? "tool-\(toolCount)"
            openTools[call] = name
            events(.toolStarted(id: call, name: name, input: line[\.toolInput]?.source ?? "{}"))
            isKnown = true
        }
        if let output = line[\.toolOutput] {
            begin(into: &events)
            let call = id ?? "tool-\(toolCount)"
            openTools[call] = nil
            let isError = line[\.toolError].map { $0.bool ?? true } ?? false
            events(.toolCompleted(id: call, isError: isError, output: EventSink.cut(output.string ?? output.source)))
            isKnown = true
        }
        return isKnown
    }

    private mutating func readUsage(_ line: LineFields, into events: inout EventSink) -> Bool {
        let counts = [line[\.input], line[\.cacheRead], line[\.cacheWrite], line[\.output], line[\.reasoning]]
            .map { $0?.integer }
        let cost = line[\.cost]?.number.flatMap { Money(dollars: $0.double) }
        if cost == nil, counts.allSatisfy({ $0 == nil }) { return false }
        func count(_ index: Int) -> Int64 { Usage.count(counts[index]) }
        let usage = Usage(
            input: count(0), cacheRead: count(1), cacheWrite: count(2), output: count(3), reasoning: count(4),
            cost: cost)
        let increment = usageIsCumulative ? usage - stated : usage
        if usageIsCumulative { stated = Usage() + usage }
        stated.cost = usageIsCumulative ? cost : stated.cost
        events(
            .usage(
                UsageReport(
                    increments: [ModelUsage(model: model, usage: increment)],
                    stated: usageIsCumulative ? [ModelUsage(model: model, usage: usage)] : [])))
        return true
    }

    private func failure(_ error: JSONSlice, _ line: LineFields) -> Failure {
        let message = error.string ?? error["message"]?.string ?? error.source
        let status = line[\.status]?.integer.flatMap { Int(exactly: $0) }
        let named =
            line[\.errorClass]?.string.flatMap(FailureClass.init(rawValue:))
            ?? status.flatMap(FailureWords.ofStatus) ?? FailureWords.ofMessage(message) ?? .serverError
        return Failure(named, EventSink.cut(message, to: 4096), httpStatus: status)
    }

    private mutating func finish(_ text: String?, into events: inout EventSink) {
        closeBlock(into: &events)
        conclusion.isWhole = text != nil
        if let text, answer.text != text {
            for key in answer.keys { events(.textReset(key)) }
            answer = Answer()
            if !text.isEmpty { complete(text, into: &events) }
        }
        end(nil, into: &events)
    }

    private mutating func end(_ failure: Failure?, into events: inout EventSink) {
        hasResult = true
        openTools = [:]
        conclusion.wholeSuccess = failure == nil
        conclusion.failure = failure
        events(.turnCompleted(0, failure: failure))
    }

    mutating func conclude(into events: inout EventSink) -> Conclusion {
        if !hasResult { closeBlock(into: &events) }
        var conclusion = conclusion
        conclusion.text = answer.text
        conclusion.spoke = hasBegun
        conclusion.statusDecides = statusDecides
        return conclusion
    }
}
