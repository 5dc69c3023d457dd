import Model
import Store

// Until the store has these itself.
extension StoreWriter {
    func apply(_ slice: RecordedSlice) throws {}
}
extension StoreReader {
    func run(key: String) throws -> RunRow? { nil }
}
