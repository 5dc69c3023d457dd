import Model
import Providers
import TestSupport
import Testing

@testable import Settings

@Suite struct SchemaTests {
    private static let config = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Config"

    private func read(_ name: String) throws -> [UInt8] {
        try FileText.read(Self.config + "/" + name, limit: 1 << 20).bytes
    }

    @Test func `the schema in Config is the one that the loader's table gives`() throws {
        #expect(
            String(decoding: try read("tutti.schema.json"), as: UTF8.self) == SettingsSchema.text,
            "write it again: tutti schema > Config/tutti.schema.json")
    }

    @Test func `every key that the loader accepts is in the schema`() throws {
        let properties = try #require(SettingsSchema.document["properties"])
        let definitions = try #require(SettingsSchema.document["$defs"])
        func keys(_ value: JSONValue?) -> Set<String> { Set((value?["properties"]?.object?.members ?? []).map(\.key)) }
        for key in SettingKey.all {
            let parts = key.name.split(separator: ".").map(String.init)
            let holder =
                parts.count == 1
                ? JSONValue.object(["properties": properties])
                : parts[0] == "timeout" ? definitions["timeout"] : properties[parts[0]]
            #expect(keys(holder).contains(parts[parts.count - 1]), "\(key.name)")
        }
        let top = keys(["properties": properties])
        #expect(top == Set(ConfigDecoder.sections + SettingKey.all.map(\.name).filter { !$0.contains(".") }))
        #expect(keys(definitions["module"]) == Set(ConfigDecoder.moduleKeys))
        #expect(keys(definitions["provider"]) == Set(ConfigDecoder.providerKeys))
        let provider = try #require(definitions["provider"]?["properties"])
        #expect(keys(provider["recording"]) == Set(ConfigDecoder.recordingKeys))
        #expect(keys(provider["fields"]).isSuperset(of: ProviderCatalog.fieldNames))
    }

    @Test func `the annotated settings say what is built in, for every setting that has a value`() throws {
        let layer = try ConfigLayer.read(
            try read("tutti.yaml"), file: "tutti.yaml", root: "/p", home: "/h", owner: .project)
        for key in SettingKey.all where !["model", "store"].contains(key.name) {
            #expect(layer.values[key.name]?.value == key.builtIn, "\(key.name)")
        }
        // What is shown as a comment has to load too.
        let lines = String(decoding: try read("tutti.yaml"), as: UTF8.self).split(separator: "\n")
        let start = try #require(lines.firstIndex { $0 == "# modules:" })
        let shown = lines[start...].filter { $0.hasPrefix("#  ") || $0.hasSuffix("s:") }.map { $0.dropFirst(2) }
        let example = try readLayer("version: 1\n" + shown.joined(separator: "\n"))
        #expect(example.modules.count == 3)
        #expect(example.providers.count == 3)
        _ = try ProviderCatalog(layers: [example])
    }

    @Test func `every recipe resolves to a definition`() throws {
        let layer = try ConfigLayer.read(
            try read("providers.yaml"), file: "providers.yaml", root: "/p", home: "/h", owner: .user)
        let catalog = try ProviderCatalog(layers: [layer])
        #expect(layer.providers.count >= 8)
        for provider in layer.providers { #expect(try catalog.definition(provider.name).name == provider.name) }
    }

    @Test func `the demo loads, needs no trust, and all its folders and recordings are there`() throws {
        try withPlayground { playground in
            let configuration = try Configuration.load(
                directory: Self.config + "/demo", environment: playground.environment)
            #expect(configuration.modules.map(\.name) == ["gateway", "payments", "search", "web", "docs"])
            #expect(TrustStore(environment: playground.environment).state(of: configuration) == .notNeeded)
            let resolver = ModuleResolver(
                configuration: configuration, directory: Self.config + "/demo", environment: playground.environment)
            #expect(try resolver.resolve([], all: true).count == 5)
            let payments = try #require(configuration.module("payments"))
            #expect(
                [1, 2, 3].map { payments.recording(attempt: $0)?.hasSuffix("payments-\(min($0, 2)).jsonl") } == [
                    true, true, true,
                ])
            #expect(payments.recordings.allSatisfy(FileText.isFile))
        }
    }

    @Test func `shared files are found beside an installed program and in the source tree`() throws {
        try withTemporaryFolder { folder in
            for name in [
                "bin", "share", "share/tutti", "share/tutti/demo", "src", "src/.build", "src/Config", "src/Config/demo",
            ] {
                _ = try folder.makeFolder(name)
            }
            _ = try folder.write("", to: "bin/tutti")
            _ = try folder.write("", to: "src/.build/tutti")
            _ = try folder.write("", to: "src/Package.swift")
            func find(_ executable: String) -> String? {
                SharedFiles.find("demo", executable: folder.file(executable), environment: [:])
            }
            #expect(find("bin/tutti")?.hasSuffix("/share/tutti/demo") == true)
            #expect(find("src/.build/tutti")?.hasSuffix("/src/Config/demo") == true)
            #expect(SharedFiles.find("none", executable: folder.file("bin/tutti"), environment: [:]) == nil)
        }
    }
}
