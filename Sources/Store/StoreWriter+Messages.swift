internal import GRDB
package import Model

extension StoreWriter {
    /// Writes a new thread.
    package func insert(_ thread: ThreadDraft) throws {
        try core.execute(
            "INSERT INTO threads (id, module, project, title, created_at) VALUES (?, ?, ?, ?, ?)",
            [
                thread.id.text, thread.module.map(WriterCore.storable), thread.project.map(WriterCore.storable),
                thread.title.map(WriterCore.storable), thread.createdAt.milliseconds,
            ])
    }

    /// Writes a new message. A message with content can be searched at once.
    package func insert(_ message: MessageDraft) throws {
        _ = try core.insert(message, session: nil)
    }

    /// Writes a new message, unless its job has one of the same role that says the same.
    package func insertOnce(_ message: MessageDraft) throws {
        let known: Int? = try core.value(
            """
            SELECT 1 FROM message_rows WHERE job = (SELECT row FROM jobs WHERE id = ?) AND role = ? AND content = ? LIMIT 1
            """, [message.job?.text, message.role.rawValue, message.content.map(WriterCore.storable)])
        if known == nil { try insert(message) }
    }

    /// Ends a message; false when it was over already. `content` nil keeps what was streamed of it.
    ///
    /// Folds its parts into one text, sums its usage, and makes text that was still open searchable.
    @discardableResult
    package func completeMessage(
        _ id: Identifier, _ status: MessageStatus, content: String? = nil, failure: Failure? = nil, at: Timestamp
    ) throws -> Bool {
        try core.complete(id, status, content: content, failure: failure, at: at)
    }

    /// Takes back everything that was streamed of a message, because its job is tried again.
    package func restartMessage(_ id: Identifier) throws { try core.restart(id) }
}
