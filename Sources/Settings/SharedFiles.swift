/// Finds the files that Tutti brings along: the demo project, the annotated settings, the JSON Schema.
package enum SharedFiles {
    /// The path of `name` (`demo`, `tutti.yaml`, `tutti.schema.json`), or nil when it was not installed.
    ///
    /// Looked for in `TUTTI_SHARE`, in `../share/tutti` beside the executable, and in `Config` of the source tree that the
    /// executable was built in.
    package static func find(_ name: String, executable: String, environment: [String: String]) -> String? {
        var folders: [String] = []
        if let share = environment["TUTTI_SHARE"], share.hasPrefix("/") { folders.append(share) }
        var folder = Paths.parent(Paths.real(executable) ?? executable)
        folders.append(Paths.parent(folder) + "/share/tutti")
        while folder != "/" {
            if FileText.isFile(folder + "/Package.swift") {
                folders.append(folder + "/Config")
                break
            }
            folder = Paths.parent(folder)
        }
        return folders.map { Paths.normal($0 + "/" + name) }.first { FileText.status($0) != nil }
    }
}
