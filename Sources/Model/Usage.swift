/// An amount of money in billionths of a US dollar, so that sums of a provider's fractions stay exact.
package struct Money: Hashable, Comparable, Sendable, Codable, AdditiveArithmetic {
    /// Billionths of a dollar.
    package var nanos: Int64

    /// An amount in billionths of a dollar.
    package init(nanos: Int64) { self.nanos = nanos }

    /// An amount in dollars, rounded to the nearest billionth; nil when it is not finite or too large.
    package init?(dollars: Double) {
        guard dollars.isFinite, abs(dollars) < 9e9 else { return nil }
        nanos = Int64((dollars * 1e9).rounded())
    }

    /// Nothing.
    package static let zero = Money(nanos: 0)

    /// Millionths of a dollar, rounded to the nearest.
    package var micros: Int64 { (nanos + (nanos < 0 ? -500 : 500)) / 1000 }

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
    /// The sum of both.
    package static func + (left: Money, right: Money) -> Money { Money(nanos: left.nanos + right.nanos) }
    /// `left` without `right`; it may be below zero.
    package static func - (left: Money, right: Money) -> Money { Money(nanos: left.nanos - right.nanos) }
}

/// Tokens and money of one model over some span.
///
/// `input` excludes tokens read from or written to the provider's cache for every provider (codex states them together;
/// its dialect subtracts).
package struct Usage: Hashable, Sendable, Codable {
    package var input: Int64
    package var cacheRead: Int64
    package var cacheWrite: Int64
    package var output: Int64
    /// Part of `output` that was spent on reasoning, where the provider says so.
    package var reasoning: Int64
    /// Nil when the provider does not say: unknown is not nothing.
    package var cost: Money?

    /// Usage of these counts.
    package init(
        input: Int64 = 0, cacheRead: Int64 = 0, cacheWrite: Int64 = 0, output: Int64 = 0, reasoning: Int64 = 0,
        cost: Money? = nil
    ) {
        self.input = input
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.output = output
        self.reasoning = reasoning
        self.cost = cost
    }

    /// All tokens that went in and came out.
    package var total: Int64 { input + cacheRead + cacheWrite + output }

    /// The sum; the cost is unknown when either is unknown.
    package static func + (left: Usage, right: Usage) -> Usage {
        var cost: Money?
        if let first = left.cost, let second = right.cost { cost = first + second }
        return Usage(
            input: left.input + right.input, cacheRead: left.cacheRead + right.cacheRead,
            cacheWrite: left.cacheWrite + right.cacheWrite, output: left.output + right.output,
            reasoning: left.reasoning + right.reasoning, cost: cost)
    }

    /// What was added between an earlier sum and this one; the cost is unknown when either is unknown.
    package static func - (left: Usage, right: Usage) -> Usage {
        var cost: Money?
        if let first = left.cost, let second = right.cost { cost = first - second }
        return Usage(
            input: left.input - right.input, cacheRead: left.cacheRead - right.cacheRead,
            cacheWrite: left.cacheWrite - right.cacheWrite, output: left.output - right.output,
            reasoning: left.reasoning - right.reasoning, cost: cost)
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
