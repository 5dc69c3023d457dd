import EventLoop
import Foundation
import Model
import Store

/// What is decided is written first, and done then.
extension Worker {
    /// Commits what has gathered, then does what follows from it, until nothing is left.
    func flush() {
        while !commit.isEmpty || !finishing.isEmpty {
            if let retryCommitAt, Monotonic.now < retryCommitAt { return }
            let writes = commit.writes
            do {
                if !writes.isEmpty {
                    try store.writeAndWait(.full, as: fence) { writer in for write in writes { try write(writer) } }
                }
            } catch let error as StoreError {
                switch error {
                case .fenced: return leave(isFenced: true)
                // Somebody else leads one job; all that this coordinator owns is still its own.
                case .taken: return leave(isFenced: false)
                case .missing: return giveUp(error)
                default: return pause(error)
                }
            } catch let error as TuttiError where error.code == .internalError {
                return giveUp(error)
            } catch { return pause(error) }
            retryCommitAt = nil
            paused = nil
            let effects = commit.effects
            commit = Commit()
            for effect in effects { effect() }
            let over = finishing
            finishing = []
            for run in over { finish(run) }
        }
    }

    /// Somebody else owns all of this now. What happens to it is not ours to say any more.
    func leave(isFenced: Bool) {
        self.isFenced = isFenced
        failure = TuttiError(
            .tryAgain, "Another coordinator has taken over this run (this process was thought dead).",
            hint: "Nothing is lost; watch it: tutti ps")
        isClosing = true
    }

    /// Tried again, this would fail again, and nothing that comes after it would ever be written. The next coordinator begins
    /// with what is there.
    func giveUp(_ error: any Error) {
        failure =
            error as? TuttiError
            ?? TuttiError(
                .internalError, "The store does not take what was to be written: \(error)",
                hint: "nothing is lost, and what runs goes on; see: tutti ps")
        isClosing = true
    }

    /// Tells what the store's writer could not commit, once for each reason; the recordings hold it in any case.
    func hear(_ error: (any Error)?) {
        if case .fenced? = error as? StoreError { return leave(isFenced: true) }
        let words = error.map { "\($0)" }
        defer { trouble = words }
        guard let words, words != trouble else { return }
        say("the store did not take what sessions printed: \(words)")
    }

    /// Keeps what could not be committed and tries again in a second: nothing new starts meanwhile.
    func pause(_ error: any Error) {
        retryCommitAt = .now + .seconds(1)
        let words = "\(error)"
        // Said once: it is tried again every second, for as long as it takes.
        if words != paused { say("the store cannot be used, trying again: \(words)") }
        paused = words
    }

    /// Tells whoever started this process.
    func say(_ words: String) { FileHandle.standardError.write(Data("tutti: \(words)\n".utf8)) }
}
