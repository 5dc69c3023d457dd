internal import Model

/// What the writer remembers of a session between its slices. All of it can be read back from the store.
final class SessionTrack {
    let id: Identifier
    let row: Int64
    /// The message that text goes to; nil when that one is over.
    var message: Int64?
    var thread: Int64?
    var blocks: [BlockKey: OpenBlock] = [:]
    /// Blocks that hold text which is in the log but not yet in `message_parts`.
    var pending: [BlockKey] = []
    var pendingBytes = 0
    var nextOrdinal: Int64 = 0
    /// Rows of `blocks` of tools that are at work.
    var tools: [String: Int64] = [:]
    var offset: Int64
    /// The newest event of the session.
    var event: Int64
    /// What `sessions` holds of it.
    var savedEvent: Int64
    /// Parts are true up to this event; known only after they were read back.
    var partsEvent: Int64 = 0
    var activity: String?
    /// Deadlines that are queued already.
    var isFlushQueued = false
    var isSaveQueued = false

    init(id: Identifier, row: Int64, message: Int64?, offset: Int64, event: Int64) {
        self.id = id
        self.row = row
        self.message = message
        self.offset = offset
        self.event = event
        savedEvent = event
    }

    /// The block named `key`, opened at the next place when it is new.
    func open(_ key: BlockKey, follows: Bool) -> OpenBlock {
        if let block = blocks[key] { return block }
        // A block that was taken back leaves nothing that the next one would have to be set apart from.
        let last = blocks.values.filter { !$0.digest.isEmpty }.max { $0.ordinal < $1.ordinal }
        let needsGap = last.map { !follows && $0.key.message != key.message } ?? false
        let block = OpenBlock(ordinal: nextOrdinal, key: key, separator: needsGap ? "\n\n" : "")
        nextOrdinal += 1
        blocks[key] = block
        return block
    }

    /// Adds text to a block, to be written within a quarter of a second.
    func add(_ text: String, to block: OpenBlock) {
        if block.pending.isEmpty { pending.append(block.key) }
        block.pending += text
        block.digest.add(text)
        pendingBytes += text.utf8.count
    }

    /// Forgets the blocks, when text goes to another message from now on.
    func move(to message: Int64?) {
        self.message = message
        blocks = [:]
        pending = []
        pendingBytes = 0
        nextOrdinal = 0
    }
}

/// One block of a message that is being streamed.
final class OpenBlock {
    let ordinal: Int64
    let key: BlockKey
    /// Stands before the block's text in the message.
    let separator: String
    /// Text that is not yet in `message_parts`.
    var pending = ""
    /// The next part's number. Part 0 is the separator.
    var next: Int64 = 0
    /// True when part 0 holds the separator.
    var isSeparated = false
    /// Rows since they were last joined to a longer one.
    var rows: Int64 = 0
    /// What was streamed so far.
    var digest = TextDigest()

    init(ordinal: Int64, key: BlockKey, separator: String) {
        self.ordinal = ordinal
        self.key = key
        self.separator = separator
    }
}

/// Length and FNV-1a hash of a text that comes in pieces: whether a whole block equals what was streamed of it.
struct TextDigest: Hashable {
    private var length = 0
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// True when there was no text.
    var isEmpty: Bool { length == 0 }

    /// Takes in the next piece.
    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            length += utf8.count
            var hash = hash
            for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            self.hash = hash
        }
    }
}
