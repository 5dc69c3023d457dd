/// What a person wants of the queue, said by one process and obeyed by whichever coordinator owns the jobs.
package enum Wish: Sendable, Hashable {
    /// Which jobs are meant.
    package enum Target: Sendable, Hashable {
        case run(Identifier)
        case job(Identifier)
    }

    /// These must not start.
    case hold(Target)
    /// … and now they may.
    case release(Target)
    /// A priority from −20 to 20; higher first.
    case prioritise(Target, Int)
    /// Before all others of their run.
    case moveToFront(Target)
    /// A run has another plan than it had.
    case reload(Identifier)
    /// Nothing starts in this pool.
    case pause(Pool)
    /// … and now it may.
    case unpause(Pool)
    /// The cause of a crash loop in this pool is gone.
    case reset(Pool)

    /// The word that the store keeps for it.
    package var word: String {
        switch self {
        case .hold: "hold"
        case .release: "release"
        case .prioritise: "prioritise"
        case .moveToFront: "front"
        case .reload: "reload"
        case .pause: "pause"
        case .unpause: "unpause"
        case .reset: "reset"
        }
    }

    /// The jobs that are meant; nil where a pool is.
    package var target: Target? {
        switch self {
        case .hold(let target), .release(let target), .prioritise(let target, _), .moveToFront(let target): target
        case .reload(let run): .run(run)
        case .pause, .unpause, .reset: nil
        }
    }

    /// The pool that is meant; nil where jobs are.
    package var pool: Pool? {
        switch self {
        case .pause(let pool), .unpause(let pool), .reset(let pool): pool
        case .hold, .release, .prioritise, .moveToFront, .reload: nil
        }
    }

    /// Reads what the store keeps; nil for what this version does not know.
    package init?(word: String, target: Target?, pool: Pool?, value: Int?) {
        switch (word, target, pool, value) {
        case ("hold", let target?, _, _): self = .hold(target)
        case ("release", let target?, _, _): self = .release(target)
        case ("prioritise", let target?, _, let priority?): self = .prioritise(target, priority)
        case ("front", let target?, _, _): self = .moveToFront(target)
        case ("reload", .run(let run)?, _, _): self = .reload(run)
        case ("pause", _, let pool?, _): self = .pause(pool)
        case ("unpause", _, let pool?, _): self = .unpause(pool)
        case ("reset", _, let pool?, _): self = .reset(pool)
        default: return nil
        }
    }
}
