package import Model

/// What one slice of a session's events changes in the store: written in one transaction, with its offset.
///
/// The recorder says what happened; which rows that means (log, message parts, blocks, search, ledger) is the store's
/// own business. Fill it in the order of the bytes.
package struct RecordedSlice: Sendable {
    package var session: Identifier
    package var fence: Fence
    /// Bytes of the spool up to here are in this slice or in earlier ones.
    package var offset: Int64
    package private(set) var entries: [RecordedEntry] = []
    /// About how much memory the slice holds while it waits.
    package private(set) var bytes = 64

    /// An empty slice of `session` that ends at `offset` of its spool.
    package init(session: Identifier, fence: Fence, offset: Int64) {
        self.session = session
        self.fence = fence
        self.offset = offset
    }

    /// True when nothing would be written.
    package var isEmpty: Bool { entries.isEmpty }

    /// Adds one entry whose bytes end at `end` of the spool (nil for what comes from no bytes).
    ///
    /// Text that goes on with the block of the entry before is joined to it: one row for both.
    package mutating func append(_ what: Recorded, end: Int64?, at time: Timestamp) {
        bytes += what.cost
        if let last = entries.indices.last, entries[last].what.join(what) {
            entries[last].end = end ?? entries[last].end
            return
        }
        entries.append(RecordedEntry(what: what, end: end, time: time))
    }

    /// Adds all of a later slice of the same session.
    mutating func append(contentsOf later: RecordedSlice) {
        for entry in later.entries { append(entry.what, end: entry.end, at: entry.time) }
        offset = max(offset, later.offset)
    }
}

/// One entry of a slice.
package struct RecordedEntry: Sendable {
    package var what: Recorded
    /// Where its bytes end in the spool.
    package var end: Int64?
    package var time: Timestamp
}

/// What a recorder can say about a session's stream. Each case is one event in the log unless it says otherwise.
package enum Recorded: Sendable {
    /// An event that changes no other row: `status`, `raw`, `progress`, `needs_input`, `session.first_token`, …
    case event(EventType, JSONObject)
    /// More text of an open block: `text.delta`, and grows the current message. `follows` is true for a provider message
    /// that goes on where a cut one stopped, so that no blank line comes between the two.
    case textDelta(BlockKey, String, follows: Bool = false)
    /// The text of the block is void: `text.reset`, and takes it out of the current message.
    case textReset(BlockKey)
    /// The block is whole: `text.block`, replaces what was streamed of it, and can be searched from now on.
    case textBlock(BlockKey, String, follows: Bool = false)
    /// More reasoning: `thinking.delta`.
    case thinkingDelta(BlockKey, String)
    /// A tool was called: `tool.started`, and a row in `blocks`.
    case toolStarted(id: String, name: String, input: String)
    /// A tool ended: `tool.completed`, and completes its row in `blocks`.
    case toolCompleted(id: String, isError: Bool, output: String)
    /// A whole table, chart or metric: the event, and a row in `blocks`. `text` is what search sees of it.
    case figure(EventType, JSONObject, text: String)
    /// New tokens and money: `usage`. The increments are added to the ledger; stated sums only stand in the event.
    case usage(UsageReport)
    /// The provider named its session or model. No event of its own.
    case identified(providerSession: String?, model: String?)
    /// The session's state changed while it goes on (`running`, `needs_input`, `ending`). No event of its own.
    case state(SessionState)
    /// A further message of the thread begins, and later text goes to it: `message.started`.
    case openMessage(MessageDraft)
    /// The message is over: `message.completed`. `content` nil keeps what was streamed.
    case closeMessage(Identifier, MessageStatus, content: String?, failure: Failure?)

    /// About how much memory the entry holds.
    var cost: Int {
        switch self {
        case .textDelta(_, let text, _), .textBlock(_, let text, _), .thinkingDelta(_, let text):
            96 + text.utf8.count
        case .toolStarted(_, _, let text), .toolCompleted(_, _, let text), .figure(_, _, let text):
            160 + text.utf8.count
        default: 256
        }
    }

    /// Takes `next` in when it is more text of the same open block; false when it needs a row of its own.
    mutating func join(_ next: Recorded) -> Bool {
        switch next {
        case .textDelta(let other, let more, _):
            guard case .textDelta(let block, _, let follows) = self, block == other else { return false }
            var text = takeText()
            text += more
            self = .textDelta(block, text, follows: follows)
        case .thinkingDelta(let other, let more):
            guard case .thinkingDelta(let block, _) = self, block == other else { return false }
            var text = takeText()
            text += more
            self = .thinkingDelta(block, text)
        default: return false
        }
        return true
    }

    /// Moves the text out, so that its next owner is the only one: else each piece more would copy all pieces before it.
    private mutating func takeText() -> String {
        switch self {
        case .textDelta(let block, let text, _), .thinkingDelta(let block, let text):
            self = .textReset(block)
            return text
        default: return ""
        }
    }
}
