package import Model

extension StoreWriter {
    /// Writes a new thread.
    package func insert(_ thread: ThreadDraft) throws { fatalError() }
    /// Writes a new message. A message with content can be searched at once.
    package func insert(_ message: MessageDraft) throws { fatalError() }
    /// Ends a message; false when it was over already. `content` nil keeps what was streamed of it.
    ///
    /// Folds its parts into one text, sums its usage, and makes text that was still open searchable.
    @discardableResult
    package func completeMessage(
        _ id: Identifier, _ status: MessageStatus, content: String? = nil, failure: Failure? = nil, at: Timestamp
    ) throws -> Bool { fatalError() }
    /// Takes back everything that was streamed of a message, because its job is tried again.
    package func restartMessage(_ id: Identifier) throws { fatalError() }
}
