import Model
import Testing

@testable import Commands

@Suite struct FileBytesTests {
    @Test func `a file without an end is refused, not read for ever`() throws {
        let error = #expect(throws: TuttiError.self) { try FileBytes.read("/dev/zero", most: 1 << 20) }
        #expect(error?.code == .badInput)
        #expect(error?.message == "/dev/zero has more than 1.0 MiB.")
        #expect(try FileBytes.read("/dev/null").isEmpty)
    }
}
