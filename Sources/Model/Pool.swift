/// Names a limit on how many attempts may live at one time, over all coordinators of a store.
///
/// A job needs one slot in each of its pools. What excludes others (a key) and what bounds a matrix (`max_parallel`) are
/// pools too, so that there is one rule for all of them.
package enum Pool: Hashable, Sendable {
    /// All attempts there are.
    case global
    /// All attempts with one provider.
    case provider(String)
    /// All attempts in one module.
    case module(String)
    /// All attempts on one machine.
    case machine(String)
    /// A limit that a person named.
    case named(String)
    /// What only one attempt may do at a time.
    case key(String)
    /// The jobs of one matrix.
    case group(Identifier)

    /// The pool as the store and people write it: `global`, `provider:claude`.
    package var text: String {
        switch self {
        case .global: "global"
        case .provider(let name): "provider:" + name
        case .module(let name): "module:" + name
        case .machine(let name): "machine:" + name
        case .named(let name): "pool:" + name
        case .key(let name): "key:" + name
        case .group(let id): "group:" + id.text
        }
    }

    /// Reads what `text` writes; nil when it is something else.
    package init?(_ text: String) {
        guard text != "global" else {
            self = .global
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = String(text[text.index(after: colon)...])
        guard !name.isEmpty else { return nil }
        switch text[..<colon] {
        case "provider": self = .provider(name)
        case "module": self = .module(name)
        case "machine": self = .machine(name)
        case "pool": self = .named(name)
        case "key": self = .key(name)
        case "group":
            guard let id = Identifier(name) else { return nil }
            self = .group(id)
        default: return nil
        }
    }
}

/// How many slots of a pool are taken, and by what kind of job.
package struct PoolUse: Sendable, Hashable, AdditiveArithmetic {
    /// Attempts that a person waits for.
    package var interactive: Int
    /// All others.
    package var batch: Int

    /// So many of each kind.
    package init(interactive: Int = 0, batch: Int = 0) {
        self.interactive = interactive
        self.batch = batch
    }

    /// All slots that are taken.
    package var total: Int { interactive + batch }

    package static let zero = PoolUse()
    /// The slots of both, kind by kind.
    package static func + (left: PoolUse, right: PoolUse) -> PoolUse {
        PoolUse(interactive: left.interactive + right.interactive, batch: left.batch + right.batch)
    }
    /// The slots of `left` without those of `right`, kind by kind.
    package static func - (left: PoolUse, right: PoolUse) -> PoolUse {
        PoolUse(interactive: left.interactive - right.interactive, batch: left.batch - right.batch)
    }
}

/// What a pool allows.
package struct PoolLimit: Sendable, Hashable {
    /// Slots in all; nil is no limit.
    package var max: Int?
    /// Slots that only interactive jobs may take.
    package var reserve: Int

    /// So many slots, some of them for interactive jobs only.
    package init(max: Int?, reserve: Int = 0) {
        self.max = max
        self.reserve = reserve
    }

    /// True when one more attempt may begin beside `use`, which counts all coordinators.
    ///
    /// Batches keep one slot however large the reserve is: a limit that backpressure has lowered to the size of the reserve
    /// would otherwise stop them for ever.
    package func hasRoom(isInteractive: Bool, beside use: PoolUse) -> Bool {
        guard let max else { return true }
        guard use.total < max else { return false }
        return isInteractive || use.batch < Swift.max(1, max - reserve)
    }
}
