import Model
import StreamJSON

/// The message that claude's model is writing.
struct ClaudeMessage: Sendable {
    /// The id that the API gave it.
    var id: String
    /// The key of its blocks: its id, or that of the cut-off message which it goes on with.
    var key: String
    /// The index that its first block has under that key.
    var base = 0
    /// The index for the next block that comes without having streamed.
    var next = 0
    /// The block that streams now.
    var open: Int?
    /// Text blocks that streamed and are not complete.
    var provisional: [Int] = []
    /// The first half of a surrogate pair at the end of the last delta.
    var half: UInt16?
    /// Blocks of reasoning that streamed.
    var reasoned: [Int] = []

    init(id: String) {
        self.id = id
        key = id
    }

    /// The key of its block at `index`.
    func key(ofBlock index: Int) -> BlockKey { BlockKey(message: key, index: base + index) }

    /// Notes a delta of a block's text, and gives what can be shown of it now.
    mutating func take(_ text: JSONText, toBlock index: Int) -> String {
        if provisional.last != index, !provisional.contains(index) { provisional.append(index) }
        return text.string(joining: &half)
    }
}
