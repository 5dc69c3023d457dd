import Glibc
package import Model

extension Configuration {
    /// Reads the settings that hold in `directory`: flag, then `TUTTI_*`, then the project's, the user's and the system's
    /// file, then what is built in.
    ///
    /// `explicit` is what `--config` named. `project` is where the project's file is looked for, when that is not
    /// `directory`, from which the relative paths of flags and variables count. Throws exit status 78 with
    /// `file:line:column` for everything that is wrong in a file, 66 when a named file does not exist, and 64 for a flag or
    /// variable that cannot be read. With `passingOver` a file that is there and has an error in it is no end: it is told of,
    /// and nothing of it holds but where the store lies.
    package static func load(
        directory: String, project folder: String? = nil, explicit: String? = nil, environment: [String: String],
        flags: [Flag] = [], passingOver: ((BrokenSettings) -> Void)? = nil
    ) throws(TuttiError) -> Configuration {
        let places = Places(environment: environment)
        let directory = Paths.absolute(directory, from: Paths.workingDirectory(), home: places.home)
        let start = folder.map { Paths.absolute($0, from: directory, home: places.home) } ?? directory
        var notices: [String] = []
        var layers: [ConfigLayer] = []
        func layer(_ file: String, root: String, owner: ConfigLayer.Owner) throws(TuttiError)
            -> ConfigLayer
        {
            do throws(TuttiError) {
                let bytes = try content(file)
                do throws(TuttiError) {
                    return try ConfigLayer.read(bytes, file: file, root: root, home: places.home, owner: owner)
                } catch {
                    guard let passingOver else { throw error }
                    let place = ConfigLayer.place(bytes, file: file, root: root, home: places.home, owner: owner)
                    passingOver(BrokenSettings(problem: error, mayNameStore: place.hidesStore))
                    return place
                }
            } catch {
                guard let passingOver, error.code == .badConfiguration else { throw error }
                passingOver(BrokenSettings(problem: error, mayNameStore: true))
                return ConfigLayer(owner: owner, file: file, root: root, bytes: [])
            }
        }
        if let named = explicit ?? environment["TUTTI_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) {
            let file = Paths.absolute(named, from: directory, home: places.home)
            layers.append(try layer(file, root: root(of: file), owner: .project))
        } else if let found = ProjectSearch(home: places.home).find(from: start, notice: { notices.append($0) }) {
            layers.append(try layer(found.file, root: found.root, owner: .project))
        }
        let lower = [(ConfigLayer.Owner.user, places.userConfig)] + places.systemConfigs.map { (.system, $0) }
        for (owner, file) in lower where FileText.status(file) != nil {
            if owner == .system, layers.contains(where: { $0.owner == .system }) { continue }
            layers.append(try layer(file, root: Paths.parent(file), owner: owner))
        }
        let project = layers.first { $0.owner == .project }
        let providers: ProviderCatalog
        do throws(TuttiError) {
            providers = try ProviderCatalog(layers: layers)
        } catch {
            guard let passingOver else { throw error }
            passingOver(BrokenSettings(problem: error, mayNameStore: false))
            providers = try ProviderCatalog(layers: [])
        }
        return Configuration(
            root: project?.root ?? start, projectFile: project?.file, layers: layers, notices: notices,
            modules: project?.modules ?? [], providers: providers,
            chains: try chains(
                layers: layers, directory: directory, home: places.home, environment: environment, flags: flags))
    }

    private static func root(of file: String) -> String {
        let folder = Paths.parent(file)
        return Paths.name(folder) == ".tutti" ? Paths.parent(folder) : folder
    }

    private static func content(_ file: String) throws(TuttiError) -> [UInt8] {
        do throws(FileText.Refusal) {
            return try FileText.read(file, limit: YAMLReader.maxBytes).bytes
        } catch {
            let way = "name another with --config"
            switch error {
            case .missing:
                throw TuttiError(
                    .notFound, "there is no settings file \(file)", hint: "\(way), or write one: tutti init")
            case .denied(let words):
                throw TuttiError(.badConfiguration, "\(file): \(words)", hint: "make it readable, or \(way)")
            case .notRegular: throw TuttiError(.badConfiguration, "\(file) is no regular file", hint: way)
            case .tooLarge(let size, let limit):
                throw TuttiError(
                    .badConfiguration, "\(file):1:1: the file has \(size) bytes; settings may have \(limit)",
                    hint: "is this the right file? \(way)")
            }
        }
    }

    private static func chains(
        layers: [ConfigLayer], directory: String, home: String, environment: [String: String], flags: [Flag]
    ) throws(TuttiError) -> [String: [SettingSource]] {
        var chains: [String: [SettingSource]] = [:]
        for key in SettingKey.all {
            var chain: [SettingSource] = []
            func add(_ text: String, _ origin: SettingOrigin, _ name: String) throws(TuttiError) {
                do throws(SettingMisread) {
                    var value = try key.read(text)
                    if key.kind == .path, case .text(let path) = value {
                        value = .text(Paths.absolute(path, from: directory, home: home))
                    }
                    chain.append(SettingSource(value: value, origin: origin))
                } catch {
                    throw TuttiError(.usage, "\(name) \(error.message)", hint: error.hint)
                }
            }
            if let flag = flags.last(where: { $0.key == key.name }) { try add(flag.value, .flag(flag.flag), flag.flag) }
            if let variable = key.environment, let text = environment[variable], !text.isEmpty {
                try add(text, .environment(variable), variable)
            }
            for layer in layers {
                if let (value, position) = layer.values[key.name] {
                    chain.append(SettingSource(value: value, origin: layer.origin(position)))
                }
            }
            chain.append(SettingSource(value: key.builtIn, origin: .builtIn))
            chains[key.name] = chain
        }
        return chains
    }
}
