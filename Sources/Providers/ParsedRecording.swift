package import Model

/// What a recorded output of a provider means, without any store: for `tutti provider parse`, and for tests.
package struct ParsedRecording: Sendable, Hashable {
    /// A tool call of the recording; `isError` nil when it never ended.
    package struct Tool: Sendable, Hashable {
        package var id: String
        package var name: String
        package var isError: Bool?
    }

    /// A turn and how it ended; `failure` is meaningful only when `ended`.
    package struct Turn: Sendable, Hashable {
        package var number: Int
        package var ended: Bool
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
        let moment = Timestamp(milliseconds: 0)
        let exit =
            status == nil && signal == nil
            ? nil
            : ExitRecord(
                status: signal == nil ? status : nil, signal: signal, spoolLength: Int64(bytes.count),
                startedAt: moment, endedAt: moment)
        outcome = stream.finish(Ending(exit: exit, stderr: stderr), into: &events)
        self.events = events
    }

    /// The recording as `provider parse --json` prints it.
    package var json: JSONObject {
        ["state": .string(outcome.state.rawValue), "text": .string(outcome.text)]
    }
}
