import Model

/// What an attempt says that it has used.
struct Spent: Sendable {
    /// Nil while nobody has named a price.
    var money: Money?
    var tokens: Int64 = 0

    static func + (left: Spent, right: Usage) -> Spent { left + Spent(money: right.cost, tokens: right.total) }

    static func + (left: Spent, right: Spent) -> Spent {
        let money = left.money.map { $0 + (right.money ?? .zero) } ?? right.money
        return Spent(money: money, tokens: left.tokens.saturating(plus: right.tokens))
    }
}
