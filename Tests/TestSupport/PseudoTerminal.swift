import CLinux
import Glibc

/// A terminal whose person is the test: what is written to ``path`` is read from ``descriptor``, and the other way round.
package final class PseudoTerminal: Sendable {
    /// The person's side.
    package let descriptor: Int32
    /// The programs' side.
    package let path: String

    /// Opens a new one.
    package init() throws {
        var name = [CChar](repeating: 0, count: 64)
        descriptor = tutti_open_pseudo_terminal(&name, 64)
        guard descriptor >= 0 else { throw TestFailure(errno: errno, "open a pseudo-terminal") }
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { close(descriptor) }
}
