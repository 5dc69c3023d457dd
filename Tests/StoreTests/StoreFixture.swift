import Foundation
import Glibc
import Model
import TestSupport

@testable import Store

/// A store of its own in a new folder, with a run, a job, a thread, a message and a session to write to.
final class StoreFixture {
    let folder: String
    let path: String
    let store: Store
    let lock: CoordinatorLock
    let fence: Fence
    static let time = Timestamp(milliseconds: 1_795_000_000_000)

    init(coordinator: Identifier = .random()) throws {
        folder = try newFolder()
        path = folder + "/tutti.db"
        store = try Store.open(path, access: .readWrite, stateHome: folder + "/state")
        lock = try CoordinatorLock.acquire(coordinator, in: store.stateFolder + "/coordinators")
        fence = try store.writeAndWait {
            try $0.register(coordinator, pid: getpid(), kind: "test", at: StoreFixture.time)
        }
    }

    deinit {
        store.close()
        lock.release()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What one question to one module consists of.
    struct Question: Sendable {
        var run = Identifier.random()
        var job = Identifier.random()
        var thread = Identifier.random()
        var prompt = Identifier.random()
        var message = Identifier.random()
        var session = Identifier.random()
        var fence: Fence
        /// Where the folders of sessions lie.
        var root: String
        /// The session's folder; nothing makes it.
        var folder: String { "\(root)/\(session)" }
    }

    /// Writes a run with one session that is about to be started.
    func ask(_ text: String = "Which endpoints skip the check?", module: String = "payments", name: String? = nil)
        throws
        -> Question
    {
        let question = Question(fence: fence, root: folder)
        try store.writeAndWait(.full, as: fence) { try question.write(text, module: module, name: name, to: $0) }
        return question
    }

    /// A slice of `question`'s session.
    func slice(_ question: Question, to offset: Int64, _ entries: [Recorded]) -> RecordedSlice {
        question.slice(to: offset, entries)
    }
}

extension StoreFixture.Question {
    func write(_ text: String, module: String, name: String? = nil, to writer: StoreWriter) throws {
        let time = StoreFixture.time
        try writer.insert(
            RunDraft(id: run, name: name, question: text, state: .running, owner: fence.coordinator, createdAt: time))
        try writer.insert(
            JobDraft(
                id: job, run: run, module: module, state: .running, thread: thread, message: message, createdAt: time))
        try writer.insert(ThreadDraft(id: thread, module: module, createdAt: time))
        try writer.insert(
            MessageDraft(
                id: prompt, thread: thread, job: job, module: module, role: .user, status: .completed, content: text,
                createdAt: time))
        try writer.insert(
            MessageDraft(id: message, thread: thread, job: job, module: module, role: .assistant, createdAt: time))
        try writer.insert(
            SessionDraft(
                id: session, job: job, provider: "claude", workingDirectory: "/tmp", folder: folder,
                owner: fence.coordinator, createdAt: time))
    }

    func slice(to offset: Int64, _ entries: [Recorded]) -> RecordedSlice {
        var slice = RecordedSlice(session: session, fence: fence, offset: offset)
        for entry in entries { slice.append(entry, end: offset, at: StoreFixture.time) }
        return slice
    }
}

/// A new empty folder.
func newFolder() throws -> String {
    var template = Array("/tmp/tutti-store-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
    return String(cString: made)
}

/// Runs a Python program and returns what it printed.
func python(_ program: String, _ arguments: String...) throws -> String { try python(program, arguments) }

/// The same with a list of arguments.
func python(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
