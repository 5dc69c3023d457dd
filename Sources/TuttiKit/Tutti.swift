import Coordinator
import Foundation
import Model
import Settings
import Store

/// Asks modules and reads what is recorded, from within a program.
///
/// ```swift
/// let tutti = try Tutti()
/// let answer = try await tutti.ask("Which endpoints skip the auth check?", module: "services/payments") { chunk, whole in
///     print(chunk, terminator: "")
/// }
/// for try await event in tutti.events(run: answer.run) { print(event.json) }
/// let thread = try await tutti.messages(thread: answer.thread)
/// ```
///
/// What the command line sees, the program sees, and the other way round: both work on the same store. Everything that
/// waits does so on a thread of its own, never on the threads of Swift's tasks.
public final class Tutti: Sendable {
    private let store: Store
    private let directory: String
    private let environment: [String: String]

    /// Opens the store, creating it where there is none.
    ///
    /// `directory` is where modules and `tutti.yaml` are looked for (nil: the working directory); `store` is the database
    /// file (nil: what the settings say, else the user's own); `environment` is what providers may inherit from (nil: this
    /// process's). Throws a `TuttiProblem`.
    public init(
        directory: String? = nil, store path: String? = nil,
        environment: [String: String]? = nil
    ) throws {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let directory = directory ?? FileManager.default.currentDirectoryPath
        self.directory = directory
        self.environment = environment
        store = try TuttiProblem.translating {
            let flags = path.map { [Configuration.Flag(key: "store", flag: "store", value: $0)] } ?? []
            let configuration = try Configuration.load(directory: directory, environment: environment, flags: flags)
            let place = try StorePlace.resolve(configuration: configuration, environment: environment)
            return try Store.open(
                place.path, access: .readWrite, stateHome: Places(environment: environment).state)
        }
    }

    deinit { store.close() }

    /// Asks one module, a name of `tutti.yaml` or a path, and returns its whole answer.
    ///
    /// `onText` is called in order with each piece of text and all of it so far; when a provider takes text back, the piece
    /// is empty and the whole is shorter. `timeout` is the longest that one attempt may take. A failed answer throws a
    /// `TuttiProblem` with what the person can do; what was said until then stays readable in the thread.
    public func ask(
        _ question: String, module: String, provider: String? = nil, timeout: Duration? = nil,
        onText: (@Sendable (_ chunk: String, _ whole: String) -> Void)? = nil
    ) async throws -> Answer {
        try await Tutti.onThread { [self] in
            var flags: [Configuration.Flag] = []
            if let timeout = timeout.map({ min(max($0, .milliseconds(1)), Quantity.longestDuration) }) {
                flags.append(
                    .init(key: "timeout.total", flag: "timeout", value: Quantity.text(timeout)))
            }
            let configuration = try Configuration.load(
                directory: directory, environment: environment, flags: flags)
            let targets = try ModuleResolver(
                configuration: configuration, directory: directory, environment: environment
            ).resolve([module])
            var request = AskRequest(question: question, targets: targets, configuration: configuration)
            request.provider = provider
            let surroundings = try Surroundings.find(
                kind: "kit", environment: environment, limits: configuration.limits)
            request.depth = surroundings.depth
            let prepared = try PreparedRun(request, at: .now)
            try surroundings.mayRun(configuration)
            let coordinator = try Coordinator(store: store, surroundings: surroundings)
            defer { coordinator.close() }
            let ticket = try coordinator.submit(prepared)
            guard let job = ticket.jobs.first else { throw TuttiProblem.nothingWasAsked }
            var follower = TextFollower(store: store, run: ticket.run, message: job.answer)
            while try !coordinator.wait(for: ticket.run, seconds: 0) {
                try follower.follow(onText)
            }
            try follower.follow(onText)
            return try answer(ticket.run, job)
        }
    }

    /// The events of a run as they come, from its beginning, or from what follows `cursor`, until it is over; each is one
    /// JSON line. The last one is `run.finished`, of which a run that was retried has several.
    ///
    /// Throws a `TuttiProblem` when there is no such run.
    public func events(run: String, from cursor: Int64 = 0) -> AsyncThrowingStream<RecordedEvent, any Error> {
        EventFollower.stream(store: store, run: run, from: cursor)
    }

    /// The messages of a thread in order; the last one may still be growing.
    public func messages(thread: String) async throws -> [Message] {
        try await Tutti.onThread { [store] in
            let id = try Tutti.identifier(thread)
            return try store.read { try $0.messages(thread: id) }.map(Message.init)
        }
    }

    /// Every message that is being written at the moment, by whichever program.
    public func processing() async throws -> [Message] {
        try await Tutti.onThread { [store] in try store.read { try $0.processingMessages() }.map(Message.init) }
    }

    private func answer(_ run: Identifier, _ job: JobTicket) throws -> Answer {
        guard let message = try store.read({ try $0.message(job.answer) }) else { throw TuttiProblem.nothingWasAsked }
        guard message.status == .completed else {
            let failure = message.errorClass ?? .crash
            throw TuttiProblem(
                code: failure.rawValue, message: message.error ?? "The answer is \(message.status.rawValue).",
                hint: failure.advice(on: job.job.text))
        }
        return Answer(
            run: run.text, thread: job.thread.text, message: job.answer.text, module: job.module, text: message.content)
    }

    static func identifier(_ text: String) throws -> Identifier {
        guard let id = Identifier(text) else {
            throw TuttiError(
                .notFound, "\(text) is no identifier.",
                hint: "Pass the 16 characters that an answer or an event carries.")
        }
        return id
    }

    /// Runs blocking work on a thread of its own.
    static func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try TuttiProblem.translating(work) }) }
            thread.name = "tutti-kit"
            thread.start()
        }
    }
}
