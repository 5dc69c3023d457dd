import Glibc
import Model
import Store
import TestSupport
import Testing

@testable import Commands

/// A store with one run of two modules: one answered, one failed half way; both said hostile things.
final class RecordedStore {
    /// A folder of its own, gone with the fixture.
    let folder: String
    let run = Identifier.random()
    let answered = Identifier.random()
    let failed = Identifier.random()

    /// What an agent prints to take over a terminal, in every place where it can.
    static let hostile = "evil\u{1B}[2J\u{1B}]0;owned\u{07}\u{9B}H\u{202E}word"

    var environment: [String: String] {
        ["HOME": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TUTTI_DB": folder + "/tutti.db"]
    }

    init() throws {
        var template = Array("/tmp/tutti-commands.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestFailure(errno: errno, "mkdtemp") }
        folder = String(cString: made)
        let store = try Store.open(
            folder + "/tutti.db", access: .readWrite, stateHome: folder + "/.local/state/tutti")
        defer { store.close() }
        let start = Timestamp(milliseconds: 1_795_262_400_000)
        let coordinator = Identifier.random()
        let fence = try store.writeAndWait { try $0.register(coordinator, pid: 1, kind: "ask", at: start) }
        let lock = try CoordinatorLock.acquire(coordinator, in: store.stateFolder + "/coordinators")
        defer { lock.release() }
        let text = RecordedStore.hostile
        let (run, answered, failed) = (run, answered, failed)
        for (index, module) in ["api", "web"].enumerated() {
            let session = index == 0 ? answered : failed
            try store.writeAndWait(as: fence) { writer in
                let thread = ThreadDraft(module: module, createdAt: start)
                let job = Identifier.random()
                let question = MessageDraft(
                    thread: thread.id, job: job, module: module, role: .user, status: .completed,
                    content: "why \(text)?", createdAt: start)
                let answer = MessageDraft(
                    thread: thread.id, job: job, module: module, role: .assistant, createdAt: start)
                if index == 0 {
                    try writer.insert(
                        RunDraft(
                            id: run, name: "audit \(text)", question: "why \(text)?", state: .running,
                            owner: coordinator, createdAt: start))
                    try writer.append(
                        Event(time: start, type: .runStarted, run: run, data: ["slots": 2, "modules": .array([])]))
                }
                try writer.insert(thread)
                try writer.insert(
                    JobDraft(
                        id: job, run: run, position: index, module: module, path: "/x", state: .running, maxAttempts: 2,
                        thread: thread.id, message: answer.id, createdAt: start))
                try writer.insert(question)
                try writer.insert(answer)
                try writer.insert(
                    SessionDraft(
                        id: session, job: job, provider: "claude", workingDirectory: "/x", folder: "/nowhere",
                        owner: coordinator, createdAt: start))
                try writer.append(
                    Event(
                        time: start, type: .sessionStarted, run: run, job: job, session: session, module: module,
                        data: ["attempt": 1]))
                let block = BlockKey(message: "m", index: 0)
                var slice = RecordedSlice(session: session, fence: fence, offset: 100)
                slice.append(
                    .toolStarted(id: "t", name: "Read \(text)", input: #"{"file_path":"a\u001b[2J"}"#), end: 10,
                    at: start)
                slice.append(.toolCompleted(id: "t", isError: false, output: "out \(text)\nline"), end: 20, at: start)
                slice.append(.textDelta(block, "the answer of \(module) \(text)\n```\ncode\n```\n"), end: 50, at: start)
                if index == 0 {
                    slice.append(
                        .textBlock(block, "the answer of \(module) \(text)\n```\ncode\n```\n"), end: 60, at: start)
                }
                slice.append(
                    .usage(
                        UsageReport(increments: [
                            ModelUsage(
                                model: "m \(text)", usage: Usage(input: 900, output: 100, cost: Money(nanos: 4_000_000))
                            )
                        ])), end: 70, at: start)
                try writer.apply(slice)
                let failure = index == 0 ? nil : Failure(.crash, "it died: \(text)")
                let outcome = Outcome(state: index == 0 ? .completed : .failed, failure: failure)
                _ = try writer.completeMessage(
                    answer.id, index == 0 ? .completed : .failed, failure: failure, at: start)
                try writer.endSession(session, outcome, exit: nil, offset: 100, at: start)
                try writer.append(
                    Event(
                        time: start, type: index == 0 ? .sessionCompleted : .sessionFailed, run: run, job: job,
                        session: session, module: module,
                        data: ["class": "crash", "error": .string("it died: \(text)")]))
                try writer.setJob(job, index == 0 ? .completed : .failed, failure: failure, at: start)
                if index == 1 {
                    try writer.setRun(run, .failed, exit: 1, at: start)
                    try writer.append(Event(time: start, type: .runFinished, run: run, data: ["exit": 1]))
                }
            }
        }
    }

    /// A second attempt of the module that failed; it used as much as the first, and failed as well.
    func addAttempt() throws {
        let store = try Store.open(
            folder + "/tutti.db", access: .readWrite, stateHome: folder + "/.local/state/tutti")
        defer { store.close() }
        let (start, coordinator, session) = (
            Timestamp(milliseconds: 1_795_262_500_000), Identifier.random(), Identifier.random()
        )
        let job = try #require(try store.read { try $0.session(failed)?.job })
        let fence = try store.writeAndWait { try $0.register(coordinator, pid: 1, kind: "ask", at: start) }
        let lock = try CoordinatorLock.acquire(coordinator, in: store.stateFolder + "/coordinators")
        defer { lock.release() }
        try store.writeAndWait(as: fence) { writer in
            try writer.reopenJob(job, .running, attempts: 1, at: start)
            try writer.insert(
                SessionDraft(
                    id: session, job: job, attempt: 2, provider: "claude", workingDirectory: "/x", folder: "/nowhere",
                    owner: coordinator, createdAt: start))
            var slice = RecordedSlice(session: session, fence: fence, offset: 100)
            let usage = Usage(input: 900, output: 100, cost: Money(nanos: 4_000_000))
            slice.append(
                .usage(UsageReport(increments: [ModelUsage(model: "m", usage: usage)])), end: 70, at: start)
            try writer.apply(slice)
            let failure = Failure(.crash, "it died again")
            try writer.endSession(
                session, Outcome(state: .failed, failure: failure), exit: nil, offset: 100, at: start)
            try writer.setJob(job, .failed, failure: failure, at: start)
        }
    }

    /// Makes a folder beside the store.
    func makeFolder(_ name: String) throws {
        guard mkdir(folder + "/" + name, 0o700) == 0 else { throw TestFailure(errno: errno, "mkdir \(name)") }
    }

    /// The names of what lies beside the store and was not written for a test.
    var files: [String] {
        namesInFolder(folder).filter { name in !["out-", "err-", "tutti.db"].contains { name.hasPrefix($0) } }.sorted()
    }

    deinit { removeTree(folder) }

    /// Runs a command; its status, and what it wrote to standard output and standard error.
    func tutti(_ words: String..., environment more: [String: String] = [:]) throws -> (
        status: Int32, output: String, errors: String
    ) {
        try tutti(words, environment: more)
    }

    /// The same with a list of words.
    func tutti(_ words: [String], environment more: [String: String]) throws -> (
        status: Int32, output: String, errors: String
    ) {
        let (out, err) = (
            folder + "/out-\(Identifier.random().text)", folder + "/err-\(Identifier.random().text)"
        )
        let streams = TuttiCommandLine.Streams(
            data: open(out, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600),
            notes: open(err, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        defer {
            close(streams.data)
            close(streams.notes)
        }
        let status = TuttiCommandLine.run(words, environment: environment.merging(more) { $1 }, streams: streams)
        return (status, RawLog.text(out) ?? "", RawLog.text(err) ?? "")
    }
}
