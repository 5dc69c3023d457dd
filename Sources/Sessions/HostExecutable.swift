import Glibc
package import Model

/// Finds the tutti-host executable.
package enum HostExecutable {
    /// The path of the host: `TUTTI_HOST`, else beside the running program, else `../libexec/tutti/tutti-host` from there.
    ///
    /// Throws (exit 78) when there is none, naming the places that were tried. `executable` is the running program's path.
    package static func find(
        environment: [String: String], executable: String? = runningExecutable()
    ) throws(TuttiError) -> String {
        if let path = environment["TUTTI_HOST"], !path.isEmpty {
            if access(path, X_OK) == 0 { return path }
            throw TuttiError(
                .badConfiguration, "TUTTI_HOST is \(path): \(String(cString: strerror(errno)))",
                hint: "unset TUTTI_HOST, or let it name the tutti-host executable")
        }
        var tried: [String] = []
        if let executable, let slash = executable.lastIndex(of: "/") {
            let folder = String(executable[..<slash])
            tried = ["\(folder)/tutti-host", "\(folder)/../libexec/tutti/tutti-host"]
            for path in tried where access(path, X_OK) == 0 { return path }
        }
        throw TuttiError(
            .badConfiguration, "cannot find tutti-host; tried \(tried.joined(separator: " and "))",
            hint: "install it beside tutti (make install), or set TUTTI_HOST to its path")
    }

    /// The path of the running program.
    package static func runningExecutable() -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { return nil }
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
