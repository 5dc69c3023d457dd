extension JSONScanner {
    /// Steps over the value that comes next, whatever it is, and gives the bytes it is written in.
    @discardableResult
    package mutating func skip() throws(JSONError) -> UnsafeRawBufferPointer {
        let kind = try kind()
        let begin = position
        switch kind {
        case .string: _ = try text()
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: try null()
        case .object:
            try enterObject()
            while try nextKey() != nil { try skip() }
        case .array:
            try enterArray()
            while try nextElement() { try skip() }
        }
        return UnsafeRawBufferPointer(start: start + begin, count: position - begin)
    }
}
