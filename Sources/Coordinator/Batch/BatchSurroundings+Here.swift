package import Batch
import Glibc
package import Settings

extension BatchSurroundings {
    /// What a batch finds here, by the settings of its project.
    ///
    /// With `environment`, that of whoever runs it, folders and programs are looked at, too.
    package init(_ configuration: Configuration, environment: [String: String]?) {
        self.init(
            modules: configuration.modules.map {
                Module($0.name, path: $0.path, hasOwnPath: $0.environment["PATH"] != nil)
            },
            modulesFile: configuration.modules.isEmpty ? nil : configuration.projectFile,
            providers: configuration.providers.names)
        guard let environment else { return }
        folderProblem = { folder in
            var status = stat()
            guard stat(folder, &status) == 0 else { return String(cString: strerror(errno)) }
            guard status.st_mode & S_IFMT == S_IFDIR else { return String(cString: strerror(ENOTDIR)) }
            return access(folder, X_OK) == 0 ? nil : String(cString: strerror(errno))
        }
        let inherited = environment["PATH"]
        findsProgram = { name, folder, path in
            if name.contains("/") {
                return ToolFinder.find(name.hasPrefix("/") ? name : "\(folder)/\(name)", path: nil) != nil
            }
            let path = path ?? inherited
            // What lies in a relative folder of the path depends on where one stands.
            if let path, path.split(separator: ":").contains(where: { !$0.hasPrefix("/") }) { return true }
            return ToolFinder.find(name, path: path) != nil
        }
    }
}
