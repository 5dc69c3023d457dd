import Model

/// Sums, products and their like, exact for whole numbers as far as these go.
enum Arithmetic {
    static func result(
        _ sign: Expression.Operator, _ left: JSONValue, _ right: JSONValue, at offset: Int
    ) throws(ExpressionError) -> JSONValue {
        guard let leftNumber = left.number, let rightNumber = right.number else {
            let wrong = left.number == nil ? left : right
            throw ExpressionError(
                offset, "`\(sign.rawValue)` needs numbers, not \(wrong.kind)",
                hint: sign == .plus ? "write texts side by side: ${{ a }}${{ b }}" : "count a list with | length")
        }
        if case .integer(let left) = left, case .integer(let right) = right, let whole = exact(sign, left, right) {
            return .integer(whole)
        }
        if (sign == .dividedBy || sign == .modulo) && rightNumber == 0 {
            throw ExpressionError(offset, "a division by zero", hint: "ask first: TOTAL > 0 and …")
        }
        let number: Double =
            switch sign {
            case .plus: leftNumber + rightNumber
            case .minus: leftNumber - rightNumber
            case .times: leftNumber * rightNumber
            case .dividedBy: leftNumber / rightNumber
            default: leftNumber.truncatingRemainder(dividingBy: rightNumber)
            }
        guard number.isFinite else {
            throw ExpressionError(offset, "the result of `\(sign.rawValue)` is too large", hint: "use smaller numbers")
        }
        // What comes out whole is written without a fraction.
        if number.magnitude < 9_007_199_254_740_992, number.rounded() == number { return .integer(Int64(number)) }
        return .number(number)
    }

    private static func exact(_ sign: Expression.Operator, _ left: Int64, _ right: Int64) -> Int64? {
        let result: (partialValue: Int64, overflow: Bool)
        switch sign {
        case .plus: result = left.addingReportingOverflow(right)
        case .minus: result = left.subtractingReportingOverflow(right)
        case .times: result = left.multipliedReportingOverflow(by: right)
        case .dividedBy:
            guard right != 0, !left.remainderReportingOverflow(dividingBy: right).overflow, left % right == 0 else {
                return nil
            }
            result = left.dividedReportingOverflow(by: right)
        default: result = left.remainderReportingOverflow(dividingBy: right)
        }
        return result.overflow ? nil : result.partialValue
    }
}

/// Equality and order, between values of one kind only: `"12" == 12` is a mistake and not false.
enum Comparison {
    static func result(
        _ sign: Expression.Operator, _ left: JSONValue, _ right: JSONValue, at offset: Int
    ) throws(ExpressionError) -> Bool {
        if sign == .equal || sign == .unequal {
            if left != .null, right != .null, left.kind != right.kind {
                throw ExpressionError(
                    offset, "`\(sign.rawValue)` compares \(left.kind) with \(right.kind)",
                    hint: "put quotes around a literal, or leave them out")
            }
            return areEqual(left, right) == (sign == .equal)
        }
        let isLess: Bool
        let isEqual: Bool
        switch (left, right) {
        case (.integer(let left), .integer(let right)): (isLess, isEqual) = (left < right, left == right)
        case (.string(let left), .string(let right)): (isLess, isEqual) = (left < right, left == right)
        default:
            guard let left = left.number, let right = right.number else {
                throw ExpressionError(
                    offset, "`\(sign.rawValue)` compares \(left.kind) with \(right.kind)",
                    hint: "order is known between two numbers and between two texts")
            }
            (isLess, isEqual) = (left < right, left == right)
        }
        return switch sign {
        case .less: isLess
        case .lessOrEqual: isLess || isEqual
        case .greater: !isLess && !isEqual
        default: !isLess
        }
    }

    /// Equal as JSON: 1 is 1.0, and the order of an object's members means nothing.
    static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.integer, .number), (.number, .integer): left.number == right.number
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { areEqual($0, $1) }
        case (.object(let left), .object(let right)):
            left.members.count == right.members.count
                && left.members.allSatisfy { member in right[member.key].map { areEqual(member.value, $0) } ?? false }
        default: left == right
        }
    }
}
