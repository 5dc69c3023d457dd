import Glibc
package import Model
import Settings

/// A batch file on disk: its bytes, and the folder that its paths count from. Nothing of it is run.
package struct BatchSource: Sendable {
    /// The path as it was typed; messages begin with it.
    package let path: String
    /// The whole file.
    package let bytes: [UInt8]
    /// The folder that it lies in.
    package let folder: DiskFolder

    /// The most bytes of a batch file; a prompt file holds its whole question.
    package static let maxBytes = 4 << 20

    /// Reads the file at `path`; throws exit status 66 when there is none, 65 when it is nothing that can be read whole.
    package init(_ path: String) throws(TuttiError) {
        self.path = path
        bytes = try BatchSource.read(path)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let parent = parts.dropLast().joined(separator: "/")
        do throws(BatchFolderError) {
            folder = try DiskFolder(parts.count == 1 ? "." : parent.isEmpty ? "/" : parent)
        } catch {
            throw TuttiError(.notFound, "Cannot read \(error.message)", hint: error.hint)
        }
    }

    /// The batch that the file describes; throws exit status 78 with everything that is wrong.
    package func file() throws(TuttiError) -> BatchFile { try BatchFile.read(bytes, path: path) }

    /// The plan for what was given with `--set`, as far as it is known without starting anything.
    package func plan(set words: [String]) throws(TuttiError) -> BatchPlan {
        let file = try file()
        return try plan(file, inputs: try file.inputValues(given: try BatchSource.given(words)))
    }

    /// The plan of `file`, which was read from here, for these values of its inputs.
    package func plan(_ file: BatchFile, inputs: JSONObject) throws(TuttiError) -> BatchPlan {
        try BatchPlan.make(file, inputs: inputs, folder: folder, displayFolder: folder.root)
    }

    /// `name=value` as name and value; a word without `=` is refused.
    package static func given(_ words: [String]) throws(TuttiError) -> [(name: String, text: String)] {
        var given: [(name: String, text: String)] = []
        for word in words {
            guard let sign = word.firstIndex(of: "="), sign > word.startIndex else {
                throw TuttiError(
                    .usage, "--set \(word.prefix(80)) gives no value to anything.", hint: "write it as --set NAME=VALUE"
                )
            }
            given.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
        }
        return given
    }

    /// Never waits: what is no regular file is refused before it is read.
    private static func read(_ path: String) throws(TuttiError) -> [UInt8] {
        func refused(_ code: ExitCode, _ what: String, _ hint: String) -> TuttiError {
            TuttiError(code, "Cannot read \(path): \(what).", hint: hint)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw refused(.notFound, String(cString: strerror(errno)), "name a batch file that can be read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refused(.badInput, "it is no regular file", "name a batch file, such as nightly.batch.yaml")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw refused(.badInput, String(cString: strerror(errno)), "name a batch file that can be read")
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= maxBytes else {
                throw refused(
                    .badInput, "it has more than \(maxBytes) bytes", "a batch file is text that a person can read")
            }
        }
    }
}
