package import Model

/// What a recorded output of a provider means, without any store: for `tutti provider parse`, and for tests.
package struct ParsedRecording: Sendable, Hashable {
    /// A tool call of the recording; `isError` nil when it never ended.
    package struct Tool: Sendable, Hashable {
        package var id: String
        package var name: String
        package var isError: Bool?

        /// A call of these facts.
        package init(id: String, name: String, isError: Bool? = nil) {
            self.id = id
            self.name = name
            self.isError = isError
        }
    }

    /// A turn and how it ended; `failure` says something only when it `ended`.
    package struct Turn: Sendable, Hashable {
        package var number: Int
        package var ended = false
        package var failure: Failure?
    }

    package var outcome: Outcome
    /// Every event, in order.
    package var events: [SpoolEvent]
    /// Complete blocks of text in order, of all turns.
    package var blocks: [String] = []
    package var tools: [Tool] = []
    /// The sum of all increments, by model.
    package var usage: [ModelUsage] = []
    package var turns: [Turn] = []
    /// Lines that the dialect does not know.
    package var rawCount = 0

    /// Reads `bytes` as the whole output of `definition`, which ended like this.
    ///
    /// With neither `status` nor `signal` the end is unknown, as after the death of its host.
    package init(
        _ bytes: [UInt8], of definition: ProviderDefinition, status: Int32?, signal: Int32?, stderr: String = ""
    ) {
        var stream = definition.makeStream()
        var events: [SpoolEvent] = []
        bytes.withUnsafeBytes { stream.consume($0, into: &events) }
        let ending = ParsedRecording.ending(status: status, signal: signal, length: bytes.count, stderr: stderr)
        let outcome = stream.finish(ending, into: &events)
        self.init(events, outcome)
    }

    /// The ending that these facts describe.
    package static func ending(status: Int32?, signal: Int32?, length: Int, stderr: String) -> Ending {
        if status == nil, signal == nil { return Ending(exit: nil, stderr: stderr) }
        let moment = Timestamp(milliseconds: 0)
        return Ending(
            exit: ExitRecord(
                status: signal == nil ? status : nil, signal: signal, spoolLength: Int64(length), startedAt: moment,
                endedAt: moment), stderr: stderr)
    }

    /// Sums up the events of one session.
    package init(_ events: [SpoolEvent], _ outcome: Outcome) {
        self.events = events
        self.outcome = outcome
        var places: [BlockKey: Int] = [:]
        var texts: [String?] = []
        for event in events {
            switch event.event {
            case .textBlock(let key, let text):
                if let place = places[key] {
                    texts[place] = text
                } else {
                    places[key] = texts.count
                    texts.append(text)
                }
            case .textReset(let key): if let place = places.removeValue(forKey: key) { texts[place] = nil }
            case .toolStarted(let id, let name, _): tools.append(Tool(id: id, name: name))
            case .toolCompleted(let id, let isError, _):
                if let index = tools.lastIndex(where: { $0.id == id }) { tools[index].isError = isError }
            case .usage(let report): for increment in report.increments { add(increment) }
            case .turnStarted(let number): turns.append(Turn(number: number))
            case .turnCompleted(let number, let failure):
                if let index = turns.lastIndex(where: { $0.number == number }) {
                    turns[index].ended = true
                    turns[index].failure = failure
                }
            case .raw, .oversized: rawCount += 1
            default: break
            }
        }
        blocks = texts.compactMap(\.self)
    }

    private mutating func add(_ increment: ModelUsage) {
        if let index = usage.firstIndex(where: { $0.model == increment.model }) {
            usage[index].usage = usage[index].usage + increment.usage
        } else {
            usage.append(increment)
        }
    }
}
