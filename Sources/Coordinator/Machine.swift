import Glibc

/// The machine that this process runs on.
enum Machine {
    /// Its name, as the pool of all its attempts is called.
    static let name: String = {
        var names = utsname()
        guard uname(&names) == 0 else { return "localhost" }
        return withUnsafeBytes(of: names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()
}
