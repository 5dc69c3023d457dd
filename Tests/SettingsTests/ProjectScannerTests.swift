import Glibc
import TestSupport
import Testing

@testable import Settings

@Suite struct ProjectScannerTests {
    private func scan(_ files: [String], path: String = "") throws -> (
        findings: ProjectScanner.Findings, layer: ConfigLayer
    ) {
        try withTemporaryFolder { folder in
            for file in files {
                var made = ""
                for part in file.split(separator: "/").dropLast() {
                    made += (made.isEmpty ? "" : "/") + part
                    if FileText.status(folder.file(made)) == nil { _ = try folder.makeFolder(made) }
                }
                _ = try folder.write("x\n", to: file, executable: file.hasPrefix("bin/"))
            }
            let findings = ProjectScanner(
                root: folder.path, environment: ["HOME": "/h", "PATH": folder.file("bin") + ":relative"]
            ).scan()
            return (findings, try readLayer(findings.settings))
        }
    }

    @Test func `manifests and notes for agents make modules`() throws {
        let (findings, layer) = try scan([
            "services/pay/package.json", "services/auth/go.mod", "libs/core/Package.swift", "tools/CLAUDE.md",
            "node_modules/left-pad/package.json", ".git/hooks/package.json", "README.md", "notes/todo.md",
        ])
        #expect(findings.modules.map(\.name) == ["core", "auth", "pay", "tools"])
        #expect(findings.modules.map(\.because) == ["Package.swift", "go.mod", "package.json", "CLAUDE.md"])
        #expect(layer.modules.map(\.path) == ["/p/libs/core", "/p/services/auth", "/p/services/pay", "/p/tools"])
        #expect(layer.modules[1].tags == ["go"])
        #expect(layer.values["budget.usd"]?.value.description == "1")
    }

    @Test func `without manifests the folders with sources are the modules, else the folder itself`() throws {
        #expect(
            try scan(["api/main.py", "web/index.ts", "data/x.bin"]).findings.modules.map(\.name) == ["api", "web"])
        let (findings, layer) = try scan(["main.c"])
        #expect(findings.modules.map(\.path) == ["."])
        #expect(layer.modules.map(\.path) == ["/p"])
    }

    @Test func `modules of one name take the folders above them, and strange names still load`() throws {
        let (findings, layer) = try scan([
            "a/core/go.mod", "b/core/go.mod", "null/go.mod", "12/go.mod", "we ird: {x}/go.mod", "yes/go.mod",
        ])
        #expect(Set(findings.modules.map(\.name)) == ["a.core", "b.core", "null", "12", "we-ird---x-", "yes"])
        #expect(Set(layer.modules.map(\.path)).contains("/p/we ird: {x}"))
        #expect(layer.modules.count == 6)
    }

    @Test func `the first installed program is the provider, and nothing is run`() throws {
        let found = try scan(["bin/codex", "a/go.mod"]).findings
        #expect(found.provider == "codex")
        #expect(found.tools.map { $0.path != nil } == [false, true, false])
        #expect(try scan(["a/go.mod"]).findings.provider == "offline")
    }

    @Test func `links are not followed and large trees are cut`() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder("a")
            symlink(folder.path, folder.file("a/loop"))
            for number in 0..<120 {
                _ = try folder.makeFolder("m\(number)")
                _ = try folder.write("", to: "m\(number)/go.mod")
            }
            let findings = ProjectScanner(root: folder.path, environment: [:]).scan()
            #expect(findings.modules.count == 100)
            #expect(findings.isCut)
            #expect(try readLayer(findings.settings).modules.count == 100)
        }
    }
}
