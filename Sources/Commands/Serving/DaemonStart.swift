import Coordinator
import Glibc
import Model
import Sessions
import Settings
import Store

/// Starts a serving coordinator as a process of its own, and waits until it serves.
struct DaemonStart {
    private let context: CommandContext

    /// How long it may take: an old store is copied and migrated first.
    private static let patience = Duration.seconds(60)

    /// A start for the store that is meant in `context`.
    init(_ context: CommandContext) { self.context = context }

    /// Starts it and prints who serves. `toleratesOther` when it is enough that anybody does.
    func start(_ options: GlobalOptions, toleratesOther: Bool) throws {
        // Asked before: a process in the background could tell nobody.
        _ = try CoordinatorPlace.surroundings(kind: Coordinator.serving, context: context, limits: LimitSettings())
        // It stays: a file with an error in it, which may name another store, is not passed over.
        let store = try context.storeForWriting(try context.configuration())
        let (path, folder) = (store.path, store.stateFolder)
        store.close()
        if let other = ServingHolder.find(in: folder) {
            guard toleratesOther else { throw other.refusal(path) }
        } else {
            try begin(path, folder, toleratesOther)
        }
        try DaemonRecord(context).present(options, context)
    }

    private func begin(_ path: String, _ folder: String, _ toleratesOther: Bool) throws {
        let log = ServeLog.path(context.environment)
        let before = DaemonStart.size(log)
        let pid = try BackgroundServer.start(
            tutti: try CoordinatorPlace.executable(), store: path, environment: context.environment)
        let process = RecordedProcess(child: pid)
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            let holder = ServingHolder.find(in: folder)
            if let holder, holder.process?.pid == pid, holder.coordinator != nil { return }
            // Looked at until it says so: there is nothing else that both sides share.
            guard process?.waitForEnd(milliseconds: 10) ?? true else { continue }
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            // Somebody was quicker.
            if let other = ServingHolder.find(in: folder) {
                if toleratesOther { return }
                throw other.refusal(path)
            }
            throw failure(status, log, after: before)
        }
        throw TuttiError(
            .timedOut, "Process \(pid) does not serve \(path) after \(Self.patience.components.seconds) s.",
            hint: "see what it says: \(log)")
    }

    private func failure(_ status: Int32, _ log: String, after offset: off_t) -> TuttiError {
        let code = status & 0x7F == 0 ? ExitCode(rawValue: status >> 8 & 0xFF) : nil
        let said = DaemonStart.text(log, from: offset)
        return TuttiError(
            code ?? .internalError,
            "The coordinator in the background ended before it served" + (said.isEmpty ? "." : ":\n" + said),
            hint: "see it in this terminal: tutti serve")
    }

    private static func size(_ path: String) -> off_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : 0
    }

    /// The end of a file, from `offset` on; a few lines at most.
    private static func text(_ path: String, from offset: off_t) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &buffer, buffer.count, offset)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self).trimmedSpaces
            .split(separator: "\n").suffix(6).joined(separator: "\n")
    }
}
