/// What an input accepts.
package enum InputType: String, Sendable, CaseIterable {
    /// Text; `string` says the same.
    case text, string
    /// A whole number.
    case integer
    case number
    case boolean
    /// A list of texts; given from outside with commas between.
    case list
    /// Any JSON value.
    case json
}

/// How a needed job must have ended.
package enum NeedCondition: String, Sendable, CaseIterable {
    case success, failure, finished
}

/// Where an output is read from.
package enum OutputSource: String, Sendable, CaseIterable {
    /// What a command printed.
    case stdout
    /// The last text of an answer.
    case text
    /// The structured answer.
    case result
}

/// How an output is read.
package enum OutputType: String, Sendable, CaseIterable {
    case text
    case json
    /// A list: the lines that are not empty.
    case lines
    case number
    case boolean
}
