/// The files that a batch may look at: those of its own folder, by paths relative to it.
package protocol BatchFolder: Sendable {
    /// The bytes of a file; throws when it leaves the folder, is missing, or has more than `limit` bytes.
    func read(_ path: String, limit: Int) throws(BatchFolderError) -> [UInt8]
    /// The SHA-256 of a file in hexadecimal digits; throws as `read` does.
    func digest(_ path: String, limit: Int) throws(BatchFolderError) -> String
    /// The paths that `pattern` fits, sorted, folders with a final slash; throws beyond `limit` of them.
    func match(_ pattern: GlobPattern, limit: Int) throws(BatchFolderError) -> [String]
    /// Where `path` leads with the links to folders followed, so that each file has one spelling, and the file behind it,
    /// if it is there, without any link; nil outside. It need not exist.
    func place(of path: String) -> (path: String, target: String?)?
    /// Throws when the place of `path`, with links followed, lies outside; it need not exist.
    func checkInside(_ path: String) throws(BatchFolderError)
}

/// Why a file of the batch's folder cannot be used, and what to do.
package struct BatchFolderError: Error, Sendable, Hashable {
    /// What is wrong, and with which path.
    package var message: String
    /// What to do about it.
    package var hint: String

    /// An error with its way out.
    package init(_ message: String, hint: String = "paths count from the batch's folder") {
        self.message = message
        self.hint = hint
    }
}
