import Glibc
package import Model

/// One folder that is asked: a module of the project, or a path that somebody typed.
package struct ResolvedModule: Sendable, Hashable {
    /// Unique within the answer of one resolution.
    package var name: String
    /// The folder, absolute.
    package var path: String
    /// What the project's file says of it; nil for a path that it does not know.
    package var setting: ModuleSetting?
}

/// Turns what somebody typed into modules: names, paths and tags, `--all`, `--exclude`.
///
/// A word is first a module's name, then a path, then a tag. It reads folders' permissions and nothing inside them.
package struct ModuleResolver: Sendable {
    private let modules: [ModuleSetting]
    private let root: String
    private let directory: String
    private let home: String
    /// The first module of each folder.
    private let modulesByPlace: [String: Int]

    /// A resolver for the modules of `configuration`; relative paths count from `directory`.
    package init(configuration: Configuration, directory: String, environment: [String: String]) {
        self.init(
            modules: configuration.modules, root: configuration.root, directory: directory,
            home: Paths.home(environment))
    }

    init(modules: [ModuleSetting], root: String, directory: String, home: String) {
        self.modules = modules
        self.root = root
        self.directory = Paths.absolute(directory, from: Paths.workingDirectory(), home: home)
        self.home = home
        modulesByPlace = Dictionary(
            modules.enumerated().map { (ModuleResolver.place($1.path), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The modules that are meant, in the order of the words, then of the tags, then of the project's file, each once.
    ///
    /// Throws exit status 64 when nothing was named, 66 for an unknown word (with a suggestion) or a missing folder, and
    /// 77 for a folder that may not be read.
    package func resolve(
        _ words: [String], tags: [String] = [], all: Bool = false, exclude: [String] = []
    ) throws(TuttiError) -> [ResolvedModule] {
        var chosen: [ResolvedModule] = []
        var seen: Set<Choice> = []
        func add(_ more: [ResolvedModule]) {
            for module in more
            where seen.insert(Choice(place: ModuleResolver.place(module.path), name: module.setting?.name)).inserted {
                chosen.append(module)
            }
        }
        for word in words { add(try find(word)) }
        for tag in tags { add(try tagged(tag)) }
        if all {
            guard !modules.isEmpty else {
                throw TuttiError(
                    .usage, "--all: the project has no modules",
                    hint: "name folders, or describe modules in tutti.yaml: tutti init")
            }
            add(modules.map(resolved))
        }
        guard !chosen.isEmpty else {
            throw TuttiError(
                .usage, "nobody is asked: no module was named",
                hint: modules.isEmpty
                    ? "name folders, for example: tutti ask \"…\" . ; or describe modules: tutti init"
                    : "name modules, --tag TAG or --all; known: \(modules.prefix(12).map(\.name).joined(separator: ", "))"
            )
        }
        // A name or a tag means its modules, also where they share a folder with others; a path means all in that folder.
        var (excluded, places): (Set<String>, Set<String>) = ([], [])
        for word in exclude {
            let found = try find(word)
            if found.contains(where: { $0.setting?.name == word || $0.setting?.tags.contains(word) == true }) {
                excluded.formUnion(found.map(\.name))
            } else {
                places.formUnion(found.map { ModuleResolver.place($0.path) })
            }
        }
        chosen.removeAll { module in
            let isNamed = module.setting.map { excluded.contains($0.name) } ?? false
            return isNamed || places.contains(ModuleResolver.place(module.path))
        }
        guard !chosen.isEmpty else {
            throw TuttiError(.usage, "nobody is asked: --exclude leaves no module", hint: "exclude fewer")
        }
        for module in chosen { try ModuleResolver.check(module) }
        return named(chosen)
    }

    private func find(_ word: String) throws(TuttiError) -> [ResolvedModule] {
        if let module = modules.first(where: { $0.name == word }) { return [resolved(module)] }
        guard !word.isEmpty, !word.utf8.contains(0) else {
            throw TuttiError(.usage, "an empty module name", hint: "name a module or a folder")
        }
        let path = Paths.absolute(word, from: directory, home: home)
        let isPath = word.contains("/") || word == "." || word == ".." || word == "~"
        if let status = FileText.status(path) {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw TuttiError(
                    .notFound, "\(word) is a file; a module is a folder", hint: "name the folder that holds it")
            }
            return [known(path) ?? ResolvedModule(name: "", path: path, setting: nil)]
        }
        if !isPath, modules.contains(where: { $0.tags.contains(word) }) { return try tagged(word) }
        let names = modules.map(\.name)
        let words = names + Set(modules.flatMap(\.tags)).sorted()
        throw TuttiError(
            .notFound,
            "there is no \(isPath ? "folder" : "module or folder") \"\(word)\"\(Suggestion.clause(for: word, among: words))",
            hint: names.isEmpty
                ? "name a folder that exists, or describe modules: tutti init"
                : "known: \(names.prefix(20).joined(separator: ", ")); see: tutti module ls")
    }

    private func tagged(_ tag: String) throws(TuttiError) -> [ResolvedModule] {
        let found = modules.filter { $0.tags.contains(tag) }
        guard found.isEmpty else { return found.map(resolved) }
        let tags = Set(modules.flatMap(\.tags)).sorted()
        throw TuttiError(
            .notFound, "no module has the tag \"\(tag)\"\(Suggestion.clause(for: tag, among: tags))",
            hint: tags.isEmpty
                ? "add `tags: [\(tag)]` to modules in tutti.yaml" : "known: \(tags.joined(separator: ", "))")
    }

    private func resolved(_ module: ModuleSetting) -> ResolvedModule {
        ResolvedModule(name: module.name, path: module.path, setting: module)
    }

    private func known(_ path: String) -> ResolvedModule? {
        modulesByPlace[ModuleResolver.place(path)].map { resolved(modules[$0]) }
    }

    /// A module as it was chosen: by its folder and its name.
    private struct Choice: Hashable {
        var place: String
        var name: String?
    }

    /// What two spellings of one folder have in common, also through links.
    private static func place(_ path: String) -> String { Paths.real(path) ?? path }

    /// Refuses a folder that is missing, none, or may not be read.
    static func check(_ module: ResolvedModule) throws(TuttiError) {
        let title = module.setting.map { "module \"\($0.name)\": " } ?? ""
        let place = module.setting.map { "correct its path in \($0.position)" } ?? "name a folder that exists"
        guard FileText.status(module.path) != nil || access(module.path, F_OK) == 0 || errno == EACCES else {
            throw TuttiError(.notFound, "\(title)there is no folder \(module.path)", hint: place)
        }
        if FileText.status(module.path) != nil, !FileText.isFolder(module.path) {
            throw TuttiError(.notFound, "\(title)\(module.path) is no folder", hint: place)
        }
        guard access(module.path, R_OK | X_OK) == 0 else {
            throw TuttiError(
                .notAllowed, "\(title)the folder \(module.path) cannot be read: \(String(cString: strerror(errno)))",
                hint: "allow it (chmod u+rx), or leave it out with --exclude")
        }
    }

    /// Gives every module a name of its own: the project's names stay, a path takes its relative path.
    private func named(_ chosen: [ResolvedModule]) -> [ResolvedModule] {
        var taken = Set(chosen.compactMap { $0.setting?.name })
        return chosen.map { module in
            guard module.setting == nil else { return module }
            var module = module
            let base = ModuleResolver.adHocName(module.path, root: Paths.real(root) ?? root, or: root)
            var name = base
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(base)~\(number)"
                number += 1
            }
            module.name = name
            return module
        }
    }

    /// The name of a folder that no settings file names: its path from the root with `.` for `/`, in the letters that
    /// names may have, of any script; its last part when it lies elsewhere.
    static func adHocName(_ path: String, root: String, or written: String) -> String {
        var relative = Paths.name(path)
        for root in [written, root] where path != root && Paths.isInside(path, root) && root != "/" {
            relative = String(path.dropFirst(root.count + 1))
        }
        var name = String.UnicodeScalarView()
        for scalar in relative.unicodeScalars {
            name.append(scalar == "/" ? "." : ModuleSetting.isNamePart(scalar) ? scalar : "-")
        }
        // Of a long one the end tells more.
        var rest = name.drop { !ModuleSetting.isLetterOrDigit($0) }.suffix(64)
        // Of many bytes a few are left for a number behind it.
        while rest.first.map({ !ModuleSetting.isLetterOrDigit($0) }) == true || String(rest).utf8.count > 190 {
            rest = rest.dropFirst()
        }
        return rest.isEmpty ? "folder" : String(rest)
    }
}
