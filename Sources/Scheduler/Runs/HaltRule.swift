/// When failures of some jobs end the whole run: `soon,fail=3`, `now,fail=20%`.
package struct HaltRule: Sendable, Hashable {
    /// What happens to the jobs that are running.
    package enum Haste: String, Sendable {
        /// They finish; only new ones are not started.
        case soon
        /// They are cancelled.
        case now
    }

    /// How many failures are too many.
    package enum Threshold: Sendable, Hashable {
        case count(Int)
        /// Per cent of all jobs of the run.
        case percent(Double)
    }

    package var haste: Haste
    package var threshold: Threshold

    /// A rule of these parts.
    package init(_ haste: Haste, _ threshold: Threshold) {
        self.haste = haste
        self.threshold = threshold
    }

    /// Reads `soon|now,fail=N` or `soon|now,fail=N%`; nil when the text says something else.
    package init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let haste = Haste(rawValue: String(parts[0])), parts[1].hasPrefix("fail=") else {
            return nil
        }
        let number = parts[1].dropFirst(5)
        if number.hasSuffix("%") {
            guard let percent = Double(number.dropLast()), percent > 0, percent <= 100 else { return nil }
            self.init(haste, .percent(percent))
        } else {
            guard let count = Int(number), count > 0 else { return nil }
            self.init(haste, .count(count))
        }
    }

    /// True when `failed` of `total` jobs are too many.
    package func isReached(failed: Int, of total: Int) -> Bool {
        switch threshold {
        case .count(let count): failed >= count
        case .percent(let percent): total > 0 && Double(failed) * 100 >= percent * Double(total)
        }
    }

    /// The rule as it is typed.
    package var text: String {
        switch threshold {
        case .count(let count): "\(haste.rawValue),fail=\(count)"
        case .percent(let percent): "\(haste.rawValue),fail=\(percent)%"
        }
    }
}
