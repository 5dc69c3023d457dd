import EventLoop
import Model
import Sessions
import Store
import StreamJSON
import Synchronization

/// Turns slices of provider events into what the store records. Runs on the loop's thread and never waits.
final class Recorder: Sendable {
    private let store: Store
    private let tracks = Mutex<[Identifier: SessionTrack]>([:])

    /// Bytes that may wait for the store before spools are read on. What is not read costs no memory, and the longer it lies
    /// the fewer rows it becomes.
    static let mostBacklog = 8 << 20

    /// A recorder that writes to `store`.
    init(_ store: Store) { self.store = store }

    /// Takes up a session, before its first slice.
    func begin(_ session: Identifier, _ track: SessionTrack) { tracks.withLock { $0[session] = track } }

    /// Forgets a session, after its last slice; gives what was known of it.
    func forget(_ session: Identifier) -> SessionTrack? { tracks.withLock { $0.removeValue(forKey: session) } }

    /// Queues a slice for the store. Returns the money and the tokens that it states, if any.
    func record(_ slice: Slice, at time: Timestamp) -> Spent? {
        guard let (recorded, spent) = translate(slice, at: time) else { return nil }
        if !recorded.isEmpty { store.record(recorded) }
        return spent
    }

    /// The slice as the store records it; nil for a session that is not followed any more.
    func translate(_ slice: Slice, at time: Timestamp) -> (RecordedSlice, spent: Spent?)? {
        tracks.withLock { tracks in
            // Changed where it lies: a copy in and out for every line was a third of this function.
            guard let place = tracks.index(forKey: slice.session) else { return nil }
            return Recorder.translate(slice.events, of: slice.session, to: slice.offset, &tracks.values[place]) { _ in
                time
            }
        }
    }

    /// The same for events of a spool up to `offset`; `time` says when the bytes up to an offset were read.
    static func translate(
        _ events: [SpoolEvent], of session: Identifier, to offset: Int64, _ track: inout SessionTrack,
        time: (Int64) throws -> Timestamp
    ) rethrows -> (RecordedSlice, spent: Spent?) {
        var recorded = RecordedSlice(session: session, fence: track.fence, offset: offset)
        var spent: Spent?
        for event in events {
            if case .usage(let report) = event.event {
                for part in report.increments { spent = (spent ?? Spent()) + part.usage }
                if let first = report.stated.first {
                    track.stated = report.stated.dropFirst().reduce(first.usage) { $0 + $1.usage }
                }
            }
            append(event.event, end: event.end, at: try time(event.end), &track, &recorded)
        }
        return (recorded, spent)
    }

    private static func append(
        _ event: ProviderEvent, end: Int64, at time: Timestamp, _ track: inout SessionTrack,
        _ slice: inout RecordedSlice
    ) {
        func add(_ what: Recorded) { slice.append(what, end: end, at: time) }
        func firstToken() {
            guard !track.sawText else { return }
            track.sawText = true
            add(.event(.sessionFirstToken, [:]))
        }
        switch event {
        case .textDelta(let block, let text):
            firstToken()
            add(.textDelta(block, text))
        case .textBlock(let block, let text):
            firstToken()
            add(.textBlock(block, text))
        case .textReset(let block): add(.textReset(block))
        case .thinkingDelta(let block, let text): add(.thinkingDelta(block, text))
        case .toolStarted(let id, let name, let input): add(.toolStarted(id: id, name: name, input: input))
        case .toolCompleted(let id, let isError, let output):
            add(.toolCompleted(id: id, isError: isError, output: output))
        case .sessionIdentified(let session, let model):
            track.providerSession = session ?? track.providerSession
            add(.identified(providerSession: session, model: model))
        case .usage(let report): add(.usage(report))
        case .turnStarted(let turn): startTurn(turn, at: time, &track, add)
        case .turnCompleted(let turn, let failure): endTurn(turn, failure, &track, add)
        case .figure(let type, let data): addFigure(type, data, add)
        default: if let (type, data) = plain(event) { add(.event(type, data)) }
        }
    }

    private static func startTurn(
        _ turn: Int, at time: Timestamp, _ track: inout SessionTrack, _ add: (Recorded) -> Void
    ) {
        guard turn > 0 else { return }
        // The same turn of the same session always gets the same message, also when another coordinator reads it again.
        let message = MessageDraft(
            id: track.turns[turn] ?? .random(), thread: track.thread, job: track.job, module: track.module,
            role: .assistant, turn: turn,
            createdAt: time)
        track.current = message.id
        add(.openMessage(message))
    }

    private static func endTurn(
        _ turn: Int, _ failure: Failure?, _ track: inout SessionTrack, _ add: (Recorded) -> Void
    ) {
        var data: JSONObject = ["turn": .integer(Int64(turn)), "state": failure == nil ? "completed" : "failed"]
        if let failure { data["class"] = .string(failure.class.rawValue) }
        add(.event(.status, data))
        if turn > 0 {
            guard track.current != track.message else { return }
            add(.closeMessage(track.current, failure == nil ? .completed : .failed, content: nil, failure: failure))
        } else if failure == nil, track.closesEarly {
            // The question is answered now, however long a background task keeps the process.
            add(.closeMessage(track.message, .completed, content: nil, failure: nil))
        }
    }

    private static func addFigure(_ type: String, _ data: String, _ add: (Recorded) -> Void) {
        guard let type = EventType(rawValue: type), let object = (try? JSONValue(parsing: data))?.object else {
            add(.event(.raw, ["line": .string(data)]))
            return
        }
        // Its members stand in the event's line beside the event's own, and each name once.
        var figure = JSONObject()
        for member in object.members where !Event.ownNames.contains(member.key) { figure[member.key] = member.value }
        add(.figure(type, figure, text: data))
    }

    /// Events that change nothing but the log.
    private static func plain(_ event: ProviderEvent) -> (EventType, JSONObject)? {
        switch event {
        case .needsInput(let id, let question): (.needsInput, ["id": .string(id), "question": .string(question)])
        case .retrying(let attempt, let of, let delay, let failure):
            (
                .status,
                [
                    "text": .string("the provider tries again by itself: \(failure.message)"),
                    "provider_attempt": .integer(Int64(attempt)), "of": .optional(of.map { Int64($0) }),
                    "delay_ms": .optional(delay.map { Int64(saturating: $0 * 1000) }),
                    "class": .string(failure.class.rawValue),
                    "http_status": .optional(failure.httpStatus.map { Int64($0) }),
                ]
            )
        case .status(let text): (.status, ["text": .string(text)])
        case .backgroundTasks(let count): (.status, ["background_tasks": .integer(Int64(count))])
        case .planStep(let text, let completed): (.planStep, ["text": .string(text), "completed": .bool(completed)])
        case .permissionDenied(let tool):
            (.status, ["text": .string("the tool \(tool) was refused"), "permission_denied": .string(tool)])
        case .structuredOutput(let json): (.status, ["structured_output": .string(json)])
        case .raw(let line): (.raw, ["line": .string(line)])
        case .oversized(let length, let beginning):
            (.raw, ["line": .string(beginning), "oversized_bytes": .integer(length)])
        default: nil
        }
    }
}
