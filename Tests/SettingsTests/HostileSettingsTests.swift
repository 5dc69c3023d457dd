import Glibc
import Model
import TestSupport
import Testing

@testable import Settings

@Suite(.serialized) struct HostileSettingsTests {
    /// Ten anchors, each ten times the one before: ten billion values when written out.
    private static func bomb(_ use: String) -> String {
        var text = "version: 1\nx-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...9 {
            let aliases = (0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", ")
            text += "x-\(level): &a\(level) [\(aliases)]\n"
        }
        return text + use
    }

    @Test(arguments: [
        "", "modules: { a: { path: x, tags: *a9 } }\n", "? *a9\n: 1\n", "? [*a9]\n: 1\n? [*a9, 1]\n: 2\n",
        "? { x: *a9 }\n: 1\n",
    ])
    func `billion laughs are refused quickly and in little memory`(_ use: String) throws {
        var error: TuttiError?
        var growth: [Int] = []
        // Other tests share this process and its memory, so only the least of a few growths is the reader's own.
        for _ in 0..<5 where growth.min().map({ $0 >= 100 << 10 }) ?? true {
            let before = residentKiB()
            let start = processorTime()
            error = settingsError(Self.bomb(use))
            #expect(processorTime() - start < .seconds(1))
            growth.append(residentKiB() - before)
        }
        #expect(growth.contains { $0 < 100 << 10 }, "\(growth)")
        let refused = try #require(error)
        #expect(refused.code == .badConfiguration)
        #expect(refused.message.hasPrefix("f:"))
    }

    @Test func `an anchor that holds itself is refused`() {
        #expect(settingsError("version: 1\nx-a: &a [*a]\n")?.message.contains("no anchor") == true)
    }

    @Test(arguments: [
        "[", "{a: ", "- ", "? ", "!x ", "&a ", "*", "\"", "'", "|", "{{", "a: ", "{a,b}", "<<: ", "%", "\u{85}",
    ])
    func `any piece repeated to the size limit ends quickly`(_ piece: String) throws {
        for start in ["", "version: 1\nx-a: ", "version: 1\nprovider: "] {
            let text = start + String(repeating: piece, count: ((512 << 10) - start.utf8.count) / piece.utf8.count)
            let begin = processorTime()
            let error = settingsError(text)
            #expect(processorTime() - begin < .seconds(1))
            if let error { #expect(error.message.hasPrefix("f:")) }
        }
    }

    /// In each entry `#` stands for its number and `+` for the next one.
    @Test(arguments: [
        ("modules:\n", "  m#: { path: m#, tags: [a] }\n", 7000), ("", "k#: 1\n", 24_000), ("", "k: 1\n", 60_000),
        ("providers:\n", "  m#: { extends: m+ }\n", 6000),
        ("providers:\n", "  m#: { extends: claude, command: [./a] }\n", 6000),
    ])
    func `thousands of entries take no more than their number`(_ start: String, _ entry: String, _ count: Int) throws {
        let entries = (0..<count).map { entry.replacing("#", with: "\($0)").replacing("+", with: "\($0 + 1)") }
        let text = "version: 1\n" + start + entries.joined()
        let begin = processorTime()
        _ = tuttiError { _ = try ProviderCatalog(layers: [try readLayer(text)]) }
        #expect(processorTime() - begin < .seconds(3))
    }

    @Test func `a file over the size limit is refused before it is parsed`() throws {
        try withPlayground { playground in
            let text = "version: 1\n#" + String(repeating: "x", count: YAMLReader.maxBytes)
            let error = try #require(tuttiError { _ = try playground.load(project: text) })
            #expect(error.code == .badConfiguration)
            #expect(error.message.contains("tutti.yaml:1:1: the file has \(text.utf8.count) bytes"))
        }
    }

    @Test func `a pipe in place of the file is refused without waiting`() throws {
        try withPlayground { playground in
            #expect(mkfifo(playground.folder.file("project/tutti.yaml"), 0o600) == 0)
            let error = try #require(tuttiError { _ = try playground.load() })
            #expect(error.message.contains("is no regular file"))
        }
    }

    @Test func `a link that leads out of the project is not used, and says so`() throws {
        try withPlayground { playground in
            _ = try playground.folder.makeFolder("elsewhere")
            _ = try playground.folder.write("version: 1\njobs: 99\n", to: "elsewhere/tutti.yaml")
            symlink(playground.folder.file("elsewhere"), playground.folder.file("project/.tutti"))
            let configuration = try playground.load()
            #expect(configuration.projectFile == nil)
            #expect(configuration.jobs == 6)
            #expect(configuration.notices.count == 1)
            #expect(configuration.notices[0].contains("--config"))
        }
    }

    @Test func `random bytes never crash the reader`() throws {
        var generator = SplitMix64(seed: printedSeed())
        let pieces = [
            "version: 1\n", "&a ", "*a", "[", "]", "{", "}", ": ", "- ", "\n", "  ", "'", "\"", "|\n", "#", "!", "<<",
            "x", "\t", "é", "\u{0}",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            if let error = settingsError(text.joined()) { #expect(error.code == .badConfiguration) }
        }
    }

    /// What this thread has used: other tests beside it do not count.
    private func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private func residentKiB() -> Int {
        let content = try? FileText.read("/proc/self/statm", limit: 4096)
        let words = String(decoding: content?.bytes ?? [], as: UTF8.self).split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * 4 : 0
    }
}
