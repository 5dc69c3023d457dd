/// Names one block of an answer while it streams and after.
///
/// `message` is the provider's own message id (or one that the dialect makes up, the same on every reading of the same
/// bytes), `index` the block's place in it. Text of a block can be taken back until the block is complete.
package struct BlockKey: Hashable, Sendable, Codable {
    package var message: String
    package var index: Int

    /// The block at `index` of `message`.
    package init(message: String, index: Int) {
        self.message = message
        self.index = index
    }

    /// One word for both, as the store keeps it: `MESSAGE/INDEX`.
    package var text: String { "\(message)/\(index)" }
}

/// What a dialect says of a provider's output: the same words for every provider.
///
/// The same bytes always give the same events, however they were cut into reads.
package enum ProviderEvent: Sendable, Hashable {
    /// The provider named its own session, or its model; comes again when it names another.
    case sessionIdentified(providerSession: String?, model: String?)
    /// A turn began. Turn 0 is the question's own; later ones are further messages of the thread.
    case turnStarted(Int)
    /// More text of a block that is still open.
    case textDelta(BlockKey, String)
    /// Text of this block is void: forget it.
    case textReset(BlockKey)
    /// The block is complete and this is its whole text, which replaces what was streamed of it.
    case textBlock(BlockKey, String)
    /// More of the model's reasoning, where the provider shows it.
    case thinkingDelta(BlockKey, String)
    /// A tool was called; the call is whole. `input` is JSON text.
    case toolStarted(id: String, name: String, input: String)
    /// A tool ended. `output` is cut to its first 64 KiB; the spool has all of it.
    case toolCompleted(id: String, isError: Bool, output: String)
    /// A question that waits for a person. `id` is what the answer must name.
    case needsInput(id: String, question: String)
    /// A provider retries by itself; `delay` in seconds when it says so.
    case retrying(attempt: Int, of: Int?, delaySeconds: Double?, failure: Failure)
    /// Words for people: what the provider is at, a warning, a limit.
    case status(String)
    /// Tokens and money.
    case usage(UsageReport)
    /// A turn's result is there. `failure` nil means the whole success of the turn.
    case turnCompleted(Int, failure: Failure?)
    /// So many background tasks are open now.
    case backgroundTasks(Int)
    /// A step of the agent's own plan.
    case planStep(text: String, completed: Bool)
    /// A tool call was refused and the model went on without it.
    case permissionDenied(tool: String)
    /// The answer as JSON, where a schema was asked for and the provider kept to it.
    case structuredOutput(String)
    /// A whole table, chart or metric (`type` is that word); `data` is a JSON object. A table has `columns` and `rows`.
    case figure(type: String, data: String)
    /// A line that the dialect does not know, whole when it is short (64 KiB), else its beginning.
    case raw(String)
    /// A line over the bound: its length and its beginning.
    case oversized(length: Int64, beginning: String)
}

/// One event and where its bytes end in the spool.
package struct SpoolEvent: Sendable, Hashable {
    /// Offset in bytes after the line's newline: reading can go on here.
    package var end: Int64
    package var event: ProviderEvent

    /// `event`, read from a line that ends at `end`.
    package init(end: Int64, event: ProviderEvent) {
        self.end = end
        self.event = event
    }
}
