/// Arithmetic and conversion that stop at the ends of the numbers instead of trapping, for what other programs state.
extension Int64 {
    /// The sum, or the largest or smallest number where that is too small to hold it.
    package func saturating(plus other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, in the same way.
    package func saturating(minus other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// The product, in the same way.
    package func saturating(times other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// `value` without its fraction; the nearest number that fits where it is out of range, 0 where it is no number.
    ///
    /// For numbers that others wrote: the plain conversion ends the process at the first one that does not fit.
    package init(saturating value: Double) {
        if let exact = Int64(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value > 0 ? .max : value < 0 ? .min : 0
        }
    }
}
