import Glibc

/// The executables of the package, as the tests find them: beside the test bundle, or in `TUTTI_TEST_PRODUCTS`.
package enum Products {
    /// The command line program.
    package static let tutti = path(of: "tutti")
    /// The parent of one provider.
    package static let host = environmentVariable("TUTTI_TEST_HOST") ?? path(of: "tutti-host")
    /// The scriptable provider.
    package static let fakeProvider = path(of: "fake-provider")

    /// The path of the built executable `name`.
    package static func path(of name: String) -> String { "\(folder)/\(name)" }

    /// The folder of the built products.
    package static let folder: String = {
        if let chosen = environmentVariable("TUTTI_TEST_PRODUCTS") { return chosen }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
    }()
}
