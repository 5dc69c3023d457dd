/// The priorities that a person may give: −20 to 20, higher first, 0 unless said otherwise.
package enum Priority {
    /// Nothing goes before it.
    package static let highest = 20
    /// It goes when nobody else can.
    package static let lowest = -20

    /// The nearest priority that may be given.
    package static func clamped(_ priority: Int) -> Int { min(highest, max(lowest, priority)) }
}
