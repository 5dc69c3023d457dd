import Model
import Store

/// Tells a listener how the text of one message grows, from the message itself.
struct TextFollower {
    private let store: Store
    private let run: Identifier
    private let message: Identifier
    private let watch: TickWatch
    private var cursor: Int64 = 0
    private var whole = ""

    init(store: Store, run: Identifier, message: Identifier) {
        self.store = store
        self.run = run
        self.message = message
        watch = TickWatch(storePath: store.path)
    }

    /// Waits for news and passes on what is new.
    mutating func follow(_ listener: ((String, String) -> Void)?) throws {
        watch.wait(milliseconds: 100)
        guard let listener else { return }
        var filter = EventFilter()
        filter.runs = [run]
        filter.types = [.textDelta, .textReset, .textBlock, .messageCompleted, .jobFinished]
        let page = try store.read { [cursor] in try $0.events(after: cursor, limit: 10_000, filter: filter) }
        cursor = page.next
        guard !page.events.isEmpty, let content = try store.read({ try $0.message(message) })?.content else { return }
        guard content != whole else { return }
        let chunk = TextFollower.growth(of: content, after: whole)
        whole = content
        listener(chunk, whole)
    }

    /// What `content` has more than `before`; empty when something of that was taken back.
    ///
    /// By bytes: a delta may end between the parts of one character, and then the last one of `before` is another in
    /// `content`.
    static func growth(of content: String, after before: String) -> String {
        guard content.utf8.starts(with: before.utf8) else { return "" }
        return String(decoding: content.utf8.dropFirst(before.utf8.count), as: UTF8.self)
    }
}
