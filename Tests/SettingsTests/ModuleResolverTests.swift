import Glibc
import Model
import TestSupport
import Testing

@testable import Settings

@Suite struct ModuleResolverTests {
    private func withShop<T>(_ body: (ModuleResolver, TemporaryFolder) throws -> T) throws -> T {
        try withPlayground { playground in
            for name in ["pay", "web", "docs", "extra", "extra/deep", ".hidden", "naïve space"] {
                _ = try playground.folder.makeFolder("project/" + name)
            }
            let configuration = try playground.load(
                project:
                    "version: 1\nmodules:\n  payments: { path: pay, tags: [backend] }\n  web: { path: web, tags: [frontend, js] }\n  docs: { path: docs }\n  gone: { path: gone, tags: [old] }\n"
            )
            return try body(
                ModuleResolver(
                    configuration: configuration, directory: playground.project, environment: playground.environment),
                playground.folder)
        }
    }

    @Test func `names, paths and tags are found, each module once, in the order of the words`() throws {
        try withShop { resolver, folder in
            try resolver.expect(["docs", "payments"], from: ["docs", "payments", "docs"])
            try resolver.expect(["web", "payments", "docs"], from: ["./web", "pay/", folder.file("project/docs")])
            try resolver.expect(["payments", "web"], from: ["backend", "js"])
            try resolver.expect(["web"], from: [], tags: ["frontend"])
            #expect(try resolver.resolve(["pay"])[0].setting?.name == "payments")
        }
    }

    @Test func `all modules are asked but those excluded by name, path or tag`() throws {
        try withShop { resolver, _ in
            try resolver.expect(["payments", "web", "docs"], from: [], all: true, exclude: ["gone"])
            try resolver.expect(["web", "docs"], from: [], all: true, exclude: ["old", "./pay"])
            #expect(tuttiError { _ = try resolver.resolve([], all: true, exclude: ["webb"]) }?.code == .notFound)
            #expect(tuttiError { _ = try resolver.resolve(["web"], exclude: ["web"]) }?.code == .usage)
        }
    }

    @Test func `a name excludes its module alone where several share a folder, a path excludes them all`() throws {
        try withPlayground { playground in
            _ = try playground.folder.makeFolder("project/web")
            let configuration = try playground.load(
                project:
                    "version: 1\nmodules:\n  one: { path: web, tags: [js] }\n  two: { path: web }\n  three: { path: web, tags: [js] }\n"
            )
            let resolver = ModuleResolver(
                configuration: configuration, directory: playground.project, environment: playground.environment)
            try resolver.expect(["one", "three"], from: [], all: true, exclude: ["two"])
            try resolver.expect(["two"], from: [], all: true, exclude: ["js"])
            #expect(tuttiError { _ = try resolver.resolve([], all: true, exclude: ["./web"]) }?.code == .usage)
        }
    }

    @Test func `a path that the project does not know is named after its place`() throws {
        try withShop { resolver, folder in
            try resolver.expect(["extra.deep", "extra"], from: ["extra/deep", "extra"])
            try resolver.expect(["hidden", "naïve-space"], from: [".hidden", "naïve space"])
            try resolver.expect(["project"], from: ["."])
            _ = try folder.makeFolder("elsewhere")
            _ = try folder.makeFolder("elsewhere/docs")
            try resolver.expect(["docs", "docs~2"], from: ["docs", "../elsewhere/docs"])
            #expect(try resolver.resolve(["../elsewhere/docs"])[0].name == "docs")
        }
    }

    @Test func `an unknown word gets a suggestion and exit status 66`() throws {
        try withShop { resolver, _ in
            let error = try #require(tuttiError { _ = try resolver.resolve(["paymnets"]) })
            #expect(error.code == .notFound)
            #expect(error.message == "there is no module or folder \"paymnets\", did you mean \"payments\"?")
            #expect(error.hint.contains("payments, web, docs"))
            let tag = try #require(tuttiError { _ = try resolver.resolve([], tags: ["backnd"]) })
            #expect(tag.message.contains("did you mean \"backend\"?"))
        }
    }

    @Test(arguments: [
        "../x", "a/b", "", "-rf", "con", "🤷", "\u{202E}x", String(repeating: "x", count: 300), "/etc/passwd", "a\u{0}b",
    ])
    func `a strange word is refused and nothing is opened`(_ word: String) throws {
        try withShop { resolver, _ in
            let error = try #require(tuttiError { _ = try resolver.resolve([word]) })
            #expect(error.code == .notFound || error.code == .usage)
        }
    }

    @Test func `a module without its folder, and a file in place of one, are named`() throws {
        try withShop { resolver, folder in
            let gone = try #require(tuttiError { _ = try resolver.resolve(["gone"]) })
            #expect(gone.code == .notFound)
            #expect(gone.message.hasPrefix("module \"gone\": there is no folder"))
            #expect(gone.hint.contains("tutti.yaml:6:3"))
            _ = try folder.write("x", to: "project/file.txt")
            #expect(tuttiError { _ = try resolver.resolve(["file.txt"]) }?.message.contains("is a file") == true)
        }
    }

    @Test(.enabled(if: UserIdentity.effective != 0, "root may read everything"))
    func `a folder that may not be read is exit status 77`() throws {
        try withShop { resolver, folder in
            chmod(folder.file("project/web"), 0)
            defer { chmod(folder.file("project/web"), 0o700) }
            let error = try #require(tuttiError { _ = try resolver.resolve(["web"]) })
            #expect(error.code == .notAllowed)
            #expect(error.message.contains("Permission denied"))
        }
    }

    @Test func `nobody named is wrong usage that says what could be`() throws {
        try withShop { resolver, _ in
            let error = try #require(tuttiError { _ = try resolver.resolve([]) })
            #expect(error.code == .usage)
            #expect(error.hint.contains("payments, web, docs"))
        }
    }

    @Test(arguments: [
        ("/p/支払い", "支払い"), ("/p/счёт/a b", "счёт.a-b"), ("/p/हिन्दी", "हिन्दी"), ("/p/🤷", "folder"), ("/p/🤷é", "é"),
        ("/p/" + String(repeating: "𠮷", count: 90), String(repeating: "𠮷", count: 47)),
    ])
    func `a folder keeps its letters, of any script`(_ path: String, _ name: String) {
        #expect(ModuleResolver.adHocName(path, root: "/p", or: "/p") == name)
        #expect(ModuleSetting.isValid(name: ModuleResolver.adHocName(path, root: "/p", or: "/p")))
    }

    @Test(arguments: [
        ("a", true), ("A9._-", true), (String(repeating: "x", count: 64), true),
        (String(repeating: "x", count: 65), false),
        ("", false), (".a", false), ("-a", false), ("a/b", false), ("..", false), ("é", true), ("a b", false),
        ("a\n", false), ("支払い", true), ("счёт-2", true), ("हिन्दी", true), ("🤷", false), ("a\u{202E}x", false),
        ("\u{301}a", false), (String(repeating: "あ", count: 64), true), (String(repeating: "𠮷", count: 64), false),
    ])
    func `names are short and plain`(_ name: String, _ isValid: Bool) {
        #expect(ModuleSetting.isValid(name: name) == isValid)
    }
}

extension ModuleResolver {
    fileprivate func expect(
        _ names: [String], from words: [String], tags: [String] = [], all: Bool = false, exclude: [String] = [],
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let found = try resolve(words, tags: tags, all: all, exclude: exclude).map(\.name)
        #expect(found == names, sourceLocation: location)
    }
}
