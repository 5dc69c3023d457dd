package import Model

extension JSONValue {
    /// Reads `bytes` as one JSON text, whole into memory: for cold paths.
    package init(
        parsing bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONScanner.defaultDepth
    ) throws(JSONError) {
        var scanner = JSONScanner(bytes, maximumDepth: maximumDepth)
        self = try JSONValue.read(&scanner)
        try scanner.finish()
    }

    /// Reads `text` as one JSON text.
    package init(parsing text: String, maximumDepth: Int = JSONScanner.defaultDepth) throws(JSONError) {
        var text = text
        let result: Result<JSONValue, JSONError> = text.withUTF8 { utf8 in
            do throws(JSONError) {
                return .success(try JSONValue(parsing: UnsafeRawBufferPointer(utf8), maximumDepth: maximumDepth))
            } catch { return .failure(error) }
        }
        self = try result.get()
    }

    /// Reads `bytes` as one JSON text.
    package init(parsing bytes: [UInt8], maximumDepth: Int = JSONScanner.defaultDepth) throws(JSONError) {
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { bytes in
            do throws(JSONError) {
                return .success(try JSONValue(parsing: bytes, maximumDepth: maximumDepth))
            } catch { return .failure(error) }
        }
        self = try result.get()
    }

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> JSONValue {
        switch try scanner.kind() {
        case .null:
            try scanner.null()
            return .null
        case .bool: return .bool(try scanner.bool())
        case .string: return .string(try scanner.text().string)
        case .number:
            let number = try scanner.number()
            if let integer = number.integer { return .integer(integer) }
            return .number(number.double)
        case .array:
            try scanner.enterArray()
            var elements: [JSONValue] = []
            while try scanner.nextElement() { elements.append(try read(&scanner)) }
            return .array(elements)
        case .object:
            try scanner.enterObject()
            var members: [(key: String, value: JSONValue)] = []
            while let key = try scanner.nextKey() { members.append((key.string, try read(&scanner))) }
            return .object(JSONObject(members))
        }
    }
}
