import Model

/// The text of one turn while it grows: its blocks in order, each complete or still open.
///
/// Blocks of one message follow each other directly, between messages stands a blank line. A dialect gives a message that
/// goes on where another was cut off the other's key, so whoever joins blocks by their keys gets the same text.
struct Answer: Sendable {
    private struct Block: Sendable {
        var key: BlockKey
        var text: String
    }

    /// False: nothing is kept, for whoever has the text from the events. A thousand answers that grow at the same time would
    /// otherwise be in memory a second time.
    let isKept: Bool
    private var blocks: [Block] = []

    /// An empty answer, which keeps what is said unless `isKept` is false.
    init(isKept: Bool = true) { self.isKept = isKept }

    /// True when nothing was said.
    var isEmpty: Bool { blocks.allSatisfy { $0.text.isEmpty } }

    private func index(of key: BlockKey) -> Int? { blocks.lastIndex { $0.key == key } }

    /// Adds a piece to the block that is open.
    mutating func append(_ piece: String, to key: BlockKey) {
        guard isKept else { return }
        if let last = blocks.indices.last, blocks[last].key == key {
            blocks[last].text += piece
        } else if let index = index(of: key) {
            blocks[index].text += piece
        } else {
            blocks.append(Block(key: key, text: piece))
        }
    }

    /// Sets the whole text of a block.
    mutating func complete(_ key: BlockKey, _ text: String) {
        guard isKept else { return }
        if let index = index(of: key) {
            blocks[index].text = text
        } else {
            blocks.append(Block(key: key, text: text))
        }
    }

    /// Forgets a block.
    mutating func reset(_ key: BlockKey) { blocks.removeAll { $0.key == key } }

    /// The keys of all blocks, in order.
    var keys: [BlockKey] { blocks.map(\.key) }

    /// The whole text.
    var text: String {
        var text = ""
        var message: String?
        for block in blocks where !block.text.isEmpty {
            if let message, message != block.key.message { text += "\n\n" }
            text += block.text
            message = block.key.message
        }
        return text
    }
}
