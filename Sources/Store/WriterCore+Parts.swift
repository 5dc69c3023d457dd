internal import GRDB
internal import Model

/// The growing text of messages: pieces are gathered for a quarter of a second or 4 KiB, then appended as a part.
extension WriterCore {
    static let flushInterval: Duration = .milliseconds(250)
    static let flushBytes = 4096
    static let saveInterval: Duration = .seconds(1)
    /// So many short parts are joined to one: whoever reads the text meets few rows however long it grows.
    static let foldRows: Int64 = 16

    /// Sees to it that the session's text reaches `message_parts` soon.
    func queueFlush(_ track: SessionTrack) throws {
        if track.pendingBytes >= WriterCore.flushBytes { return try flush(track) }
        guard !track.isFlushQueued, track.pendingBytes > 0 else { return }
        track.isFlushQueued = true
        flushes.add(track.row, at: .now + WriterCore.flushInterval)
    }

    /// Sees to it that the session's row names its newest event soon.
    func queueSave(_ track: SessionTrack) throws {
        guard !track.isSaveQueued else { return }
        track.isSaveQueued = true
        saves.add(track.row, at: .now + WriterCore.saveInterval)
    }

    /// Does what is due, up to a bound.
    func doDue(at now: ContinuousClock.Instant) throws {
        while rows < 500, let row = flushes.pop(at: now) {
            guard let track = tracks[row] else { continue }
            touched.insert(row)
            track.isFlushQueued = false
            try flush(track)
        }
        while rows < 500, let row = saves.pop(at: now) {
            guard let track = tracks[row] else { continue }
            touched.insert(row)
            track.isSaveQueued = false
            try save(track)
        }
    }

    /// When something is due next.
    var nextDue: ContinuousClock.Instant? {
        guard let flush = flushes.next else { return saves.next }
        guard let save = saves.next else { return flush }
        return min(flush, save)
    }

    /// Appends what was gathered of the session's text.
    func flush(_ track: SessionTrack) throws {
        guard !track.pending.isEmpty, let message = track.message else { return }
        for key in track.pending {
            guard let block = track.blocks[key], !block.pending.isEmpty else { continue }
            try begin(block, of: message, event: track.event)
            try insertPart(block, of: message, text: block.pending, event: track.event)
            track.activity = String(block.pending.suffix(100))
            block.pending = ""
        }
        track.pending.removeAll(keepingCapacity: true)
        track.pendingBytes = 0
    }

    /// Writes the newest event and the offset into the session's row, with all text up to there in its message.
    func save(_ track: SessionTrack, always: Bool = false) throws {
        try flush(track)
        guard always || track.event > track.savedEvent else { return }
        try execute(
            """
            UPDATE session_progress SET offset = max(offset, ?), event_id = ?, activity = coalesce(?, activity)
            WHERE session = ?
            """,
            [track.offset, track.event, track.activity.map(WriterCore.storable), track.row])
        track.savedEvent = track.event
    }

    /// Takes back all text of a block.
    func reset(_ block: OpenBlock, in track: SessionTrack) throws {
        track.pendingBytes -= block.pending.utf8.count
        track.pending.removeAll { $0 == block.key }
        block.pending = ""
        block.digest = TextDigest()
        block.rows = 0
        guard let message = track.message else { return }
        // The row below says that the parts are true up to its event: what the other blocks have gathered goes first.
        try flush(track)
        try execute("DELETE FROM message_parts WHERE message_id = ? AND block = ?", [message, block.ordinal])
        // An empty first part keeps the block's place, and says up to which event the parts are true.
        try execute(
            "INSERT INTO message_parts (message_id, block, n, event, key, text) VALUES (?, ?, 0, ?, ?, '')",
            [message, block.ordinal, track.event, block.key.text])
        block.next = 1
        block.isSeparated = false
    }

    /// Puts a whole text in the place of what was streamed of a block.
    func replace(_ block: OpenBlock, with text: String, in track: SessionTrack) throws {
        try reset(block, in: track)
        guard let message = track.message, !text.isEmpty else { return }
        try begin(block, of: message, event: track.event)
        try insertPart(block, of: message, text: text, event: track.event)
        block.digest.add(text)
        track.activity = String(text.suffix(100))
    }

    private func begin(_ block: OpenBlock, of message: Int64, event: Int64) throws {
        guard !block.isSeparated else { return }
        block.isSeparated = true
        block.next = max(block.next, 1)
        try execute(
            "INSERT OR REPLACE INTO message_parts (message_id, block, n, event, key, text) VALUES (?, ?, 0, ?, ?, ?)",
            [message, block.ordinal, event, block.key.text, block.separator])
    }

    private func insertPart(_ block: OpenBlock, of message: Int64, text: String, event: Int64) throws {
        try execute(
            "INSERT INTO message_parts (message_id, block, n, event, text) VALUES (?, ?, ?, ?, ?)",
            [message, block.ordinal, block.next, event, WriterCore.storable(text)])
        block.next += 1
        block.rows += 1
        if block.rows >= WriterCore.foldRows { try fold(block, of: message) }
    }

    /// Joins the newest short parts to one.
    private func fold(_ block: OpenBlock, of message: Int64) throws {
        let last = block.next - 1
        let first = block.next - block.rows
        try execute(
            """
            UPDATE message_parts SET event = ?1, text = (SELECT group_concat(text, '') FROM (SELECT text FROM message_parts
                WHERE message_id = ?2 AND block = ?3 AND n BETWEEN ?4 AND ?5 ORDER BY n))
            WHERE message_id = ?2 AND block = ?3 AND n = ?4
            """,
            [
                try value(
                    "SELECT event FROM message_parts WHERE message_id = ? AND block = ? AND n = ?",
                    [message, block.ordinal, last]) as Int64?, message, block.ordinal, first, last,
            ])
        try execute(
            "DELETE FROM message_parts WHERE message_id = ? AND block = ? AND n BETWEEN ? AND ?",
            [message, block.ordinal, first + 1, last])
        block.next = first + 1
        block.rows = 0
    }
}
