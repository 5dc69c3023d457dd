/// An amount of money in billionths of a US dollar, so that sums of a provider's fractions stay exact.
///
/// Amounts come from programs that may print anything: one statement is at most ``most``, and sums stop at the largest
/// number instead of trapping.
package struct Money: Hashable, Comparable, Sendable, Codable, AdditiveArithmetic {
    /// Billionths of a dollar.
    package var nanos: Int64

    /// An amount in billionths of a dollar.
    package init(nanos: Int64) { self.nanos = nanos }

    /// An amount in millionths of a dollar.
    package init(micros: Int64) { nanos = micros.saturating(times: 1000) }

    /// An amount in dollars, rounded to the nearest billionth and at most ``most``; nil when it is not finite.
    package init?(dollars: Double) {
        guard dollars.isFinite else { return nil }
        let most = Double(Money.most.nanos)
        nanos = Int64(min(max(-most, (dollars * 1e9).rounded()), most))
    }

    /// Nothing.
    package static let zero = Money(nanos: 0)

    /// The most that one statement of a provider counts for: a million dollars.
    package static let most = Money(nanos: 1_000_000_000_000_000)

    /// Millionths of a dollar, rounded to the nearest.
    package var micros: Int64 {
        let rest = nanos % 1000
        return nanos / 1000 + (rest >= 500 ? 1 : rest <= -500 ? -1 : 0)
    }

    /// The amount as decimal dollars with up to nine decimals and no trailing zeros: `0.00406`.
    package var dollars: String {
        let (whole, fraction) = (nanos.magnitude / 1_000_000_000, nanos.magnitude % 1_000_000_000)
        var digits = String(fraction)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return (nanos < 0 ? "-" : "") + String(whole) + (digits.isEmpty ? "" : "." + digits)
    }

    /// True when `left` is less money.
    package static func < (left: Money, right: Money) -> Bool { left.nanos < right.nanos }
    /// The sum of both; it stops at the ends of the numbers.
    package static func + (left: Money, right: Money) -> Money {
        Money(nanos: left.nanos.saturating(plus: right.nanos))
    }
    /// `left` without `right`; it may be below zero, and stops at the ends of the numbers.
    package static func - (left: Money, right: Money) -> Money {
        Money(nanos: left.nanos.saturating(minus: right.nanos))
    }
}

/// Tokens and money of one model over some span.
///
/// `input` excludes tokens read from or written to the provider's cache for every provider (codex states them together;
/// its dialect subtracts). Each count is at most ``most``, so that no sum of some thousand of them can overflow.
package struct Usage: Hashable, Sendable, Codable {
    package var input: Int64
    package var cacheRead: Int64
    package var cacheWrite: Int64
    package var output: Int64
    /// Part of `output` that was spent on reasoning, where the provider says so.
    package var reasoning: Int64
    /// Nil when the provider does not say: unknown is not nothing.
    package var cost: Money?

    /// The most tokens that are counted of one kind, far above what anybody can pay for.
    package static let most: Int64 = 1_000_000_000_000_000

    /// Usage of these counts, as far as they lie within ``most`` on either side of nothing.
    package init(
        input: Int64 = 0, cacheRead: Int64 = 0, cacheWrite: Int64 = 0, output: Int64 = 0, reasoning: Int64 = 0,
        cost: Money? = nil
    ) {
        func bounded(_ count: Int64) -> Int64 { min(max(-Usage.most, count), Usage.most) }
        self.input = bounded(input)
        self.cacheRead = bounded(cacheRead)
        self.cacheWrite = bounded(cacheWrite)
        self.output = bounded(output)
        self.reasoning = bounded(reasoning)
        self.cost = cost
    }

    /// A count as a provider states it: nothing where it says nothing or less, and at most ``most``.
    package static func count(_ stated: Int64?) -> Int64 { min(max(0, stated ?? 0), most) }

    /// All tokens that went in and came out.
    package var total: Int64 {
        input.saturating(plus: cacheRead).saturating(plus: cacheWrite).saturating(plus: output)
    }

    /// The sum; the cost is unknown when either is unknown.
    package static func + (left: Usage, right: Usage) -> Usage {
        var cost: Money?
        if let first = left.cost, let second = right.cost { cost = first + second }
        return Usage(
            input: left.input.saturating(plus: right.input),
            cacheRead: left.cacheRead.saturating(plus: right.cacheRead),
            cacheWrite: left.cacheWrite.saturating(plus: right.cacheWrite),
            output: left.output.saturating(plus: right.output),
            reasoning: left.reasoning.saturating(plus: right.reasoning), cost: cost)
    }

    /// What was added between an earlier sum and this one; the cost is unknown when either is unknown.
    package static func - (left: Usage, right: Usage) -> Usage {
        var cost: Money?
        if let first = left.cost, let second = right.cost { cost = first - second }
        return Usage(
            input: left.input.saturating(minus: right.input),
            cacheRead: left.cacheRead.saturating(minus: right.cacheRead),
            cacheWrite: left.cacheWrite.saturating(minus: right.cacheWrite),
            output: left.output.saturating(minus: right.output),
            reasoning: left.reasoning.saturating(minus: right.reasoning), cost: cost)
    }
}

/// Usage of one model; `model` is nil when the provider does not name it.
package struct ModelUsage: Hashable, Sendable, Codable {
    package var model: String?
    package var usage: Usage

    /// Usage of `model`.
    package init(model: String?, usage: Usage) {
        self.model = model
        self.usage = usage
    }
}

/// What one statement of a provider adds to the ledger, and the sums that it stated itself.
package struct UsageReport: Hashable, Sendable, Codable {
    /// What is new since the last report of this session. The ledger is the sum of these, and nothing else.
    package var increments: [ModelUsage]
    /// The provider's own running sums over its session (across processes), for reconciling the ledger later.
    package var stated: [ModelUsage]

    /// A report of these increments and stated sums.
    package init(increments: [ModelUsage], stated: [ModelUsage] = []) {
        self.increments = increments
        self.stated = stated
    }
}
