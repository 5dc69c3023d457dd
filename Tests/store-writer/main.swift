import Foundation
import Glibc
import Model
import Store

// Writes numbered text into the sessions of a store until it is killed: `store-writer STORE STATE SESSIONS SEED`.
// The text of a session up to offset N is the first N bytes of "0.1.2.3.4.…", so that whoever looks later can tell whether
// a slice and its offset were committed together, once and in order.

struct Line {
    var counter = 0
    var offset: Int64 = 0

    mutating func next() -> String {
        let text = "\(counter)."
        counter += 1
        offset += Int64(text.utf8.count)
        return text
    }
}

/// Says a word to whoever reads standard output, at once.
@Sendable func say(_ word: String) {
    let line = Array((word + "\n").utf8)
    _ = write(1, line, line.count)
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let count = Int(arguments[3]), let seed = UInt64(arguments[4]) else { exit(64) }
let store = try Store.open(arguments[1], access: .readWrite, stateHome: arguments[2])
// A file that may not grow then is an error of the disk, not the end of the process.
signal(SIGXFSZ, SIG_IGN)
store.onError = { error in
    say(error == nil ? "well" : "failed")
}
let id = Identifier.random()
let lock = try CoordinatorLock.acquire(id, in: store.stateFolder + "/coordinators")
let time = Timestamp(milliseconds: 1_795_000_000_000)
let fence = try store.writeAndWait { try $0.register(id, pid: getpid(), kind: "test", at: time) }
let sessions: [Identifier] = try store.writeAndWait(.full, as: fence) { writer in
    let run = RunDraft(state: .running, owner: fence.coordinator, createdAt: time)
    try writer.insert(run)
    return try (0..<count).map { position in
        let thread = ThreadDraft(createdAt: time)
        try writer.insert(thread)
        let job = JobDraft(run: run.id, position: position, module: "m\(position)", state: .running, createdAt: time)
        try writer.insert(job)
        let message = MessageDraft(thread: thread.id, job: job.id, role: .assistant, createdAt: time)
        try writer.insert(message)
        try writer.setJob(job.id, thread: thread.id, message: message.id)
        let session = SessionDraft(
            job: job.id, message: message.id, provider: "test", workingDirectory: "/", folder: "/",
            owner: fence.coordinator, createdAt: time)
        try writer.insert(session)
        return session.id
    }
}
say("ready")
var state = seed
var lines = [Line](repeating: Line(), count: count)
while true {
    for index in 0..<count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var slice = RecordedSlice(session: sessions[index], fence: fence, offset: 0)
        for _ in 0...(state >> 33) % 4 {
            let text = lines[index].next()
            // Blocks of a hundred counters each.
            let block = BlockKey(message: "m", index: lines[index].counter / 100)
            slice.append(.textDelta(block, text), end: lines[index].offset, at: time)
            if state >> 60 == 3 { slice.append(.event(.status, ["text": "x"]), end: lines[index].offset, at: time) }
        }
        slice.offset = lines[index].offset
        store.record(slice)
    }
    while store.backlogBytes > 1 << 20 { usleep(1000) }
    if state >> 61 == 1 { try? store.writeAndWait(.full, as: fence) { try $0.heartbeat(fence.coordinator, at: time) } }
}
