/// Which fields of a `jsonl` provider's lines hold what.
///
/// A path is a list of keys with dots between them (`delta.text`), a number counts into an array (`choices.0.text`). All are
/// optional, but without `text`, `delta` and `result` nothing of the answer is found.
package struct FieldPaths: Sendable, Hashable {
    /// A whole block of text, complete as it stands.
    package var text: String?
    /// A further piece of text.
    package var delta: String?
    /// The whole answer; a line that has it ends the turn with success.
    package var result: String?
    /// True or any text: the line ends the turn with success, though it holds no answer itself.
    package var done: String?
    /// The message of a failure; a line that has it (not null, not false) fails the turn.
    package var error: String?
    /// One of Tutti's failure classes, beside `error`.
    package var errorClass: String?
    /// An HTTP status, beside `error`.
    package var status: String?
    /// The provider's id of its session.
    package var session: String?
    package var model: String?
    /// The id of a tool call, beside one of the following.
    package var toolID: String?
    /// The name of a tool that was called.
    package var toolName: String?
    package var toolInput: String?
    /// The output of a tool that ended.
    package var toolOutput: String?
    /// True beside `toolOutput`: the tool failed.
    package var toolError: String?
    /// Tokens that went in, without cached ones.
    package var input: String?
    package var cacheRead: String?
    package var cacheWrite: String?
    package var output: String?
    package var reasoning: String?
    /// Dollars.
    package var cost: String?
    /// True when each usage line states the sum so far, false when it states what is new.
    package var usageIsCumulative: Bool = false
    /// Words for people.
    package var statusText: String?

    /// Paths that name nothing yet.
    package init() {}

    /// The configuration's word for each path, in the order of a listing: `text`, `usage.input`, `tool.name` ….
    package static let names: [(name: String, path: WritableKeyPath<FieldPaths, String?> & Sendable)] = [
        ("text", \.text), ("delta", \.delta), ("result", \.result), ("done", \.done), ("error", \.error),
        ("error.class", \.errorClass), ("error.status", \.status), ("session", \.session), ("model", \.model),
        ("tool.id", \.toolID), ("tool.name", \.toolName), ("tool.input", \.toolInput),
        ("tool.output", \.toolOutput), ("tool.error", \.toolError), ("usage.input", \.input),
        ("usage.cache_read", \.cacheRead), ("usage.cache_write", \.cacheWrite), ("usage.output", \.output),
        ("usage.reasoning", \.reasoning), ("usage.cost", \.cost), ("status", \.statusText),
    ]
}
