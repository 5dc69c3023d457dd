import Glibc

/// Looks at a folder for `tutti init`: which parts of it are modules, and which providers' programs are installed.
///
/// It reads names of files and a few manifests, bounded, and runs nothing.
package struct ProjectScanner: Sendable {
    /// A part of the project that can be asked.
    package struct Module: Sendable, Hashable {
        package var name: String
        /// Relative to the project's folder.
        package var path: String
        package var tags: [String]
        /// What gave it away: `Package.swift`, `CLAUDE.md`, `sources`.
        package var because: String
    }

    /// A folder that is no module and holds none.
    package struct Skipped: Sendable, Hashable {
        package var path: String
        /// In a few words: `built or foreign`, `a link`.
        package var why: String
    }

    /// A provider's program.
    package struct Tool: Sendable, Hashable {
        /// The provider's name.
        package var provider: String
        /// Where its program lies; nil when it is not installed.
        package var path: String?
    }

    /// What was found.
    package struct Findings: Sendable, Hashable {
        package var modules: [Module]
        package var tools: [Tool]
        /// True when there were more folders than are looked at.
        package var isCut: Bool
        /// The folders of the project's own level in which no module was found, each with the reason.
        package var skipped: [Skipped] = []
    }

    private let root: String
    private let environment: [String: String]
    private static let maxFolders = 5000
    private static let maxDepth = 4
    private static let maxModules = 100

    /// A scanner of the folder `root`.
    package init(root: String, environment: [String: String]) {
        self.root = Paths.absolute(root, from: Paths.workingDirectory(), home: Paths.home(environment))
        self.environment = environment
    }

    /// Looks at the folder and at `PATH`.
    package func scan() -> Findings {
        var found: [Module] = []
        var folders = 0
        var queue: [(path: String, depth: Int)] = [("", 0)]
        var sources: [Module] = []
        while !queue.isEmpty, folders < ProjectScanner.maxFolders {
            let (path, depth) = queue.removeFirst()
            folders += 1
            let (names, subfolders) = list(path)
            if depth > 0 {
                if let manifest = ProjectScanner.manifests.first(where: { names.contains($0.file) }) {
                    found.append(Module(name: name(of: path), path: path, tags: [manifest.tag], because: manifest.file))
                } else if let notes = ["CLAUDE.md", "AGENTS.md"].first(where: names.contains) {
                    found.append(Module(name: name(of: path), path: path, tags: [], because: notes))
                } else if depth == 1, let tag = names.lazy.compactMap(ProjectScanner.language).first {
                    sources.append(Module(name: name(of: path), path: path, tags: [tag], because: "sources"))
                }
            }
            guard depth < ProjectScanner.maxDepth else { continue }
            for name in subfolders where !ProjectScanner.ignored.contains(name) && !name.hasPrefix(".") {
                queue.append((path.isEmpty ? name : path + "/" + name, depth + 1))
            }
        }
        if found.isEmpty { found = sources }
        if found.isEmpty { found = [Module(name: name(of: ""), path: ".", tags: [], because: "the folder itself")] }
        let isCut = !queue.isEmpty || found.count > ProjectScanner.maxModules
        let modules = unique(found.sorted { $0.path < $1.path }.prefix(ProjectScanner.maxModules))
        return Findings(modules: modules, tools: tools(), isCut: isCut, skipped: skipped(beside: modules))
    }

    /// The folders directly in the project that none of `modules` lies in, and why.
    private func skipped(beside modules: [Module]) -> [Skipped] {
        guard let directory = opendir(root) else { return [] }
        defer { closedir(directory) }
        let used = Set(modules.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        let isAlone = modules.count == 1 && modules[0].path == "."
        var skipped: [Skipped] = []
        while let entry = readdir(directory), skipped.count < 1000 {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // Git's own folder is nobody's module; what lies in a project that is one module belongs to that.
            guard ![".", "..", ".git"].contains(name), !used.contains(name), !isAlone,
                FileText.isFolder("\(root)/\(name)")
            else { continue }
            skipped.append(Skipped(path: name, why: reason(name)))
        }
        return skipped.sorted { $0.path < $1.path }
    }

    private func reason(_ name: String) -> String {
        if (FileText.status("\(root)/\(name)", followLinks: false)?.st_mode ?? 0) & S_IFMT == S_IFLNK {
            return "a link"
        }
        if name.hasPrefix(".") { return "hidden" }
        if ProjectScanner.ignored.contains(name) { return "built or foreign" }
        if access("\(root)/\(name)", R_OK | X_OK) != 0 { return "cannot be read" }
        return "no manifest, CLAUDE.md or AGENTS.md"
    }

    private func tools() -> [Tool] {
        ["claude", "codex", "gemini"].map { Tool(provider: $0, path: ToolFinder.find($0, path: environment["PATH"])) }
    }

    private func name(of path: String) -> String {
        ModuleResolver.adHocName(root + "/" + Paths.name(path.isEmpty ? root : path), root: "/", or: "/")
    }

    /// Two modules of one name take the names of the folders above them too.
    private func unique(_ modules: some Sequence<Module>) -> [Module] {
        let modules = Array(modules)
        var taken: Set<String> = []
        return modules.map { module in
            var module = module
            let isDoubled = modules.count { $0.name == module.name } > 1
            let base =
                isDoubled ? ModuleResolver.adHocName(root + "/" + module.path, root: root, or: root) : module.name
            var name = base
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(base.prefix(60))-\(number)"
                number += 1
            }
            module.name = name
            return module
        }
    }

    /// The files and the subfolders of a folder, in alphabetical order; links count as neither.
    private func list(_ path: String) -> (files: Set<String>, folders: [String]) {
        guard let directory = opendir(root + "/" + path) else { return ([], []) }
        defer { closedir(directory) }
        var files: Set<String> = []
        var folders: [String] = []
        while let entry = readdir(directory), files.count + folders.count < 10_000 {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            guard let status = FileText.status("\(root)/\(path)/\(name)", followLinks: false) else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { folders.append(name) }
            if status.st_mode & S_IFMT == S_IFREG { files.insert(name) }
        }
        return (files, folders.sorted())
    }

    private static let manifests: [(file: String, tag: String)] = [
        ("Package.swift", "swift"), ("Cargo.toml", "rust"), ("go.mod", "go"), ("pyproject.toml", "python"),
        ("setup.py", "python"), ("package.json", "javascript"), ("pom.xml", "java"), ("build.gradle", "java"),
        ("build.gradle.kts", "kotlin"), ("composer.json", "php"), ("Gemfile", "ruby"), ("mix.exs", "elixir"),
        ("CMakeLists.txt", "cpp"), ("Chart.yaml", "helm"), ("main.tf", "terraform"),
    ]

    private static let ignored: Set<String> = [
        "node_modules", "vendor", "third_party", "build", "dist", "target", "out", "bin", "obj", "Pods", "Carthage",
        "venv", "__pycache__", "coverage", "DerivedData", "site-packages", "testdata", "fixtures",
    ]

    private static func language(of name: String) -> String? {
        let languages = [
            "swift": "swift", "rs": "rust", "go": "go", "py": "python", "js": "javascript", "ts": "typescript",
            "tsx": "typescript", "java": "java", "kt": "kotlin", "rb": "ruby", "php": "php", "c": "c", "h": "c",
            "cpp": "cpp", "cc": "cpp", "cs": "csharp", "sh": "shell", "md": "docs",
        ]
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return languages[String(name[name.index(after: dot)...])]
    }
}
