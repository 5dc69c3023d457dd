import Coordinator
import Glibc
import Model

/// The question with everything that was attached to it.
struct QuestionMaterial {
    /// The whole prompt.
    let text: String

    /// Reads the question (`-`, or nothing and a pipe, is standard input) and the attached files (`-` is that too).
    ///
    /// `others` are files that somebody else reads.
    init(_ question: String?, attachments: [String], others: [String] = [], isTerminal: Bool) throws(TuttiError) {
        // Whoever reads it second finds nothing.
        let readers = (attachments + others).count { $0 == "/dev/stdin" || $0 == "-" }
        if readers > (question == nil || question == "-" ? 0 : 1) {
            throw TuttiError(
                .usage, "Standard input is named twice, and can be read once.",
                hint: "give the question as an argument: tutti ask \"Review this\" MODULE --attach /dev/stdin")
        }
        var text: String
        switch question {
        case "-": text = try QuestionMaterial.read("/dev/stdin", what: "question")
        case let question?: text = question
        case nil:
            guard !isTerminal else {
                throw TuttiError(
                    .usage, "There is no question.",
                    hint: "tutti ask \"What does this module do?\" MODULE …; or - for standard input")
            }
            text = try QuestionMaterial.read("/dev/stdin", what: "question")
        }
        for file in attachments {
            let path = file == "-" ? "/dev/stdin" : file
            let content = try QuestionMaterial.read(path, what: "attachment")
            let name = path.split(separator: "/").last.map(String.init) ?? path
            text +=
                "\n\n----- attached: \(name)\n\(content)\(content.hasSuffix("\n") ? "" : "\n")----- end of \(name)\n"
        }
        self.text = text
    }

    /// The text of a file, which must be UTF-8 and no larger than a question may be.
    static func read(_ path: String, what: String) throws(TuttiError) -> String {
        let descriptor = path == "/dev/stdin" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TuttiError(
                .notFound, "Cannot read the \(what) \(path): \(String(cString: strerror(errno))).",
                hint: "name a file that can be read")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw TuttiError(
                    .badInput, "Cannot read the \(what) \(path): \(String(cString: strerror(errno))).",
                    hint: "name a file, not a folder")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= AskRequest.questionLimit else {
                throw TuttiError(
                    .badInput, "The \(what) \(path) has more than \(Amounts.bytes(Int64(AskRequest.questionLimit))).",
                    hint: "put the material into a file of the module and ask about that file")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TuttiError(
                .badInput, "The \(what) \(path) is not UTF-8 text.", hint: "convert it first: iconv -t UTF-8")
        }
        return text
    }
}
