package import Model

/// Whose turn it is to be counted: a label that a person gave, or a run that has none.
package enum Share: Hashable, Sendable {
    case label(String)
    case run(Identifier)
}

/// Counts what shares have used, so that the one that is furthest behind its part goes next.
///
/// Start-time fair queueing: each account has a virtual time that grows by slot seconds over weight, and the smallest goes
/// first. An account that was idle comes back at the virtual time of the others: nobody saves up turns while away. Accounts
/// form a tree, a share over its runs over their modules, and each is compared with its siblings only.
struct ShareLedger: Sendable {
    /// What an account is for.
    enum Key: Hashable {
        case share(Share)
        case run(Share, Identifier)
        case module(Share, Identifier, String?)
    }

    private struct Account {
        var weight: Double
        var parent: Int
        var virtualTime = 0.0
        /// Charged at starts and not used; lowers the next charge. The virtual time itself never falls: what waits in
        /// order of it is then never too far back.
        var credit = 0.0
        /// Jobs that wait or run.
        var active = 0
        /// The virtual time of the child that was served last.
        var served = 0.0
    }

    private var accounts: [Int: Account] = [0: Account(weight: 1, parent: 0)]
    private var index: [Key: Int] = [:]
    private var weights: [Share: Double] = [:]
    private var next = 1
    /// The usual time of an attempt, over all that ended lately.
    private(set) var usualDuration = 30.0
    /// The same as far as it was seen: nil before any has ended. What people are told is no guess.
    private(set) var seenDuration: Double?

    /// The account for `key`, opened if it is new.
    mutating func account(_ key: Key) -> Int {
        if let known = index[key] { return known }
        let parent =
            switch key {
            case .share: 0
            case .run(let share, _): account(.share(share))
            case .module(let share, let run, _): account(.run(share, run))
            }
        var weight = 1.0
        if case .share(let share) = key { weight = weights[share] ?? 1 }
        accounts[next] = Account(weight: weight, parent: parent)
        index[key] = next
        next += 1
        return next - 1
    }

    /// Gives a share more or less than one part.
    mutating func weigh(_ share: Share, _ weight: Double) {
        weights[share] = max(weight, 0.01)
        if let known = index[.share(share)] { accounts[known]?.weight = max(weight, 0.01) }
    }

    /// How much an account has had; the smallest goes next.
    func virtualTime(_ account: Int) -> Double { accounts[account]?.virtualTime ?? 0 }

    /// A job of this account and those above it waits or runs from now on.
    mutating func enter(_ account: Int) {
        var current = account
        while current != 0, let here = accounts[current] {
            if here.active == 0 {
                let floor = accounts[here.parent]?.served ?? 0
                accounts[current]?.virtualTime = max(here.virtualTime, floor)
            }
            accounts[current]?.active += 1
            current = here.parent
        }
    }

    /// A job of this account and those above it is over, or was taken out.
    mutating func leave(_ account: Int) {
        var current = account
        while current != 0, let here = accounts[current] {
            accounts[current]?.active -= 1
            current = here.parent
        }
    }

    /// Counts a start that is expected to take so many seconds.
    mutating func charge(_ account: Int, _ seconds: Double) {
        var current = account
        while current != 0, let here = accounts[current] {
            let served = accounts[here.parent]?.served ?? 0
            accounts[here.parent]?.served = max(served, here.virtualTime)
            let cost = seconds / here.weight
            let saved = min(here.credit, cost * 0.9)
            accounts[current]?.credit -= saved
            accounts[current]?.virtualTime += cost - saved
            current = here.parent
        }
    }

    /// Sets right what `charge` assumed.
    mutating func settle(_ account: Int, charged: Double, used: Double) {
        if used > 0 {
            usualDuration += (used - usualDuration) / 16
            seenDuration = seenDuration.map { $0 + (used - $0) / 16 } ?? used
        }
        var current = account
        while current != 0, let here = accounts[current] {
            let difference = (used - charged) / here.weight
            if difference > 0 {
                accounts[current]?.virtualTime += difference
            } else {
                accounts[current]?.credit -= difference
            }
            current = here.parent
        }
    }

    /// Closes the accounts of a run that is over.
    mutating func close(run: Identifier, share: Share, modules: Set<String?>) {
        for module in modules { close(.module(share, run, module)) }
        close(.run(share, run))
        if case .run = share { close(.share(share)) }
    }

    private mutating func close(_ key: Key) {
        if let known = index.removeValue(forKey: key) { accounts[known] = nil }
    }
}
