import Model
import Settings
import Testing

@testable import Batch

/// What is told of a batch before anything of it starts: names that nobody declares, folders and programs that are not there.
@Suite struct ObstacleTests {
    /// A project with two modules, one provider, the folders of `folders` and the programs of `programs`.
    private func surroundings(folders: Set<String> = [], programs: Set<String> = []) -> BatchSurroundings {
        var surroundings = BatchSurroundings(
            modules: [.init("docs", path: "/p/docs"), .init("own", path: "/p/own", hasOwnPath: true)],
            modulesFile: "tutti.yaml", providers: ["claude"])
        surroundings.folderProblem = { folders.contains($0) ? nil : "No such file or directory" }
        surroundings.findsProgram = { name, folder, path in
            programs.contains(
                [path, name.contains("/") ? folder : nil, name].compactMap(\.self).joined(separator: ":"))
        }
        return surroundings
    }

    private func told(_ text: String, _ surroundings: BatchSurroundings) throws -> [String] {
        try plan(text).obstacles(in: surroundings).map { "\($0.position.line):\($0.position.column) \($0.message)" }
    }

    @Test func `modules and providers that do not exist are told wherever they are said`() throws {
        let text = """
            version: 1
            jobs:
              a: { prompt: x, module: dcs }
              b: { prompt: x, provider: cluade, needs: [a] }
              c: { prompt: x, module: "${{ matrix.m }}", matrix: { m: [docs, dos, dos] } }
              d: { prompt: x, matrix: { n: [1], include: [{ n: 2, module: docz }] } }
              e: { prompt: x, fallback: [{ provider: cluade }] }
              f: { run: [x], provider: whoever, needs: [a] }
              g: { prompt: x, module: docs, provider: claude }
            """
        #expect(
            try told(text, surroundings()) == [
                "3:27 module \"dcs\" does not exist, did you mean \"docs\"?",
                "4:29 provider \"cluade\" does not exist, did you mean \"claude\"?",
                "5:27 module \"dos\" does not exist, did you mean \"docs\"?",
                "6:63 module \"docz\" does not exist, did you mean \"docs\"?",
                "7:42 provider \"cluade\" does not exist, did you mean \"claude\"?",
            ])
        let alone = BatchSurroundings(modules: [], modulesFile: nil, providers: ["claude"])
        let hint = try plan("version: 1\njobs: { a: { prompt: x, module: docs } }\n").obstacles(in: alone).first?.hint
        #expect(hint?.contains("no tutti.yaml") == true)
        #expect(try plan(text).obstacles(leavingOut: ["a", "b", "c", "d", "e"], in: surroundings()) == [])
    }

    @Test func `a job that begins at once needs its folder and its program`() throws {
        let text = """
            version: 1
            jobs:
              a: { run: [make, test] }
              b: { run: [./go.sh], workdir: gone }
              c: { run: [./go.sh], workdir: here }
              d: { prompt: x, workdir: "${{ matrix.f }}", matrix: { f: [here, lost] } }
              e: { matrix: { m: { command: [lister] } }, prompt: "${{ matrix.m }}" }
              later: { run: [built], workdir: made, needs: [a] }
              g: { run: [tool], env: { set: { PATH: /opt } } }
              h: { run: [tool], env: { allow: [HOME] } }
              i: { run: [tool], module: own }
              fine: { run: [echo, "${{ batch.run }}"], workdir: /there }
            """
        let folders: Set<String> = ["/b/here", "/there"]
        let told = try told(text, surroundings(folders: folders, programs: ["/b/here:./go.sh"]))
        #expect(
            told == [
                "3:14 job \"a\" cannot run make: there is no such executable",
                "4:33 job \"b\" cannot work in gone: No such file or directory",
                "6:28 job \"d\" cannot work in lost: No such file or directory",
                "7:33 job \"e\" cannot run lister: there is no such executable",
                "9:14 job \"g\" cannot run tool: there is no such executable",
                "10:14 job \"h\" cannot run tool: there is no such executable",
                "12:17 job \"fine\" cannot run echo: there is no such executable",
            ])
        let all: Set<String> = [
            "make", "echo", "/b/here:./go.sh", "lister", "/opt:tool", "/usr/local/bin:/usr/bin:/bin:tool",
        ]
        let left = try self.told(text, surroundings(folders: folders, programs: all))
        #expect(left.count == 2 && left.allSatisfy { $0.contains("cannot work in") })
    }
}
