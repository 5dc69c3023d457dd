import Batch
import Dispatch
import Model
import Synchronization

/// A cache key that is made of the contents of files, found on a thread of its own: they may be large, and the coordinator's
/// thread has others to serve.
///
/// One after another, as rows of the same files then find them read. Nothing is written meanwhile: whoever takes the job up
/// begins anew.
final class KeyWork: Sendable {
    private enum State {
        case wanted
        case unwanted
        case found(Result<String?, BatchFolderError>)
    }

    private static let queue = DispatchQueue(label: "tutti.cache-keys", qos: .utility)
    private let state = Mutex(State.wanted)

    /// Begins to look for the key of `job`; `done` is called on another thread, unless nobody wants it any more by then.
    init(_ job: ReadyJob, of plan: BatchPlan, in folder: DiskFolder, done: @escaping @Sendable () -> Void) {
        KeyWork.queue.async { [self] in
            guard state.withLock({ if case .wanted = $0 { true } else { false } }) else { return }
            let result: Result<String?, BatchFolderError>
            do throws(BatchFolderError) {
                result = .success(try plan.cacheKey(of: job, folder: folder))
            } catch {
                result = .failure(error)
            }
            let isWanted = state.withLock { state in
                guard case .wanted = state else { return false }
                state = .found(result)
                return true
            }
            if isWanted { done() }
        }
    }

    /// The key, once it is found.
    var result: Result<String?, BatchFolderError>? {
        state.withLock { if case .found(let result) = $0 { result } else { nil } }
    }

    /// Nobody wants to know any more.
    func cancel() { state.withLock { $0 = .unwanted } }

    /// The failure of a job whose files cannot be read.
    static func unreadable(_ error: BatchFolderError) -> TuttiError {
        TuttiError(.badConfiguration, "the cache cannot read \(error.message)", hint: error.hint)
    }
}
