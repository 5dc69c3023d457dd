import Glibc
import Model
import Store
import TestSupport
import Testing

@testable import Commands

/// `backup`, `clean` and `export` on a store with one run.
@Suite struct KeepTests {
    private func folder(of session: Identifier, in recorded: RecordedStore) throws -> String {
        let store = try Store.open(
            recorded.folder + "/tutti.db", access: .readOnly, stateHome: recorded.folder + "/.local/state/tutti")
        defer { store.close() }
        let folder = "\(store.stateFolder)/sessions/\(session.text)"
        mkdir(folder, 0o700)
        for name in ["spool.jsonl", "exit.json"] { try FileBytes.write("{}\n", to: folder + "/" + name) }
        return folder
    }

    @Test func `a backup says what is in it, and is not made over a file`() throws {
        let recorded = try RecordedStore()
        let copy = recorded.folder + "/copy.db"
        let made = try recorded.tutti("backup", copy, "--json")
        #expect(made.status == 0, "\(made.errors)")
        let record = try #require(JSONReader.value(made.output))
        #expect(record["file"]?.string == copy && record["messages"] == 4 && record["runs"] == 1)
        #expect(record["integrity"] == "ok")
        #expect(try recorded.tutti("backup", copy).status == 73)
        #expect(try recorded.tutti("backup", copy, "--yes").output.contains("integrity ok"))
        #expect(try recorded.tutti("backup", recorded.folder + "/tutti.db", "--yes").status == 64)
        #expect(try recorded.tutti("backup", "-").status == 64)
        let read = try recorded.tutti("ps", "-a", "--json", "--db", copy)
        #expect(JSONReader.value(read.output)?.array?.count == 2)
        let none = ["TUTTI_DB": recorded.folder + "/nowhere.db"]
        #expect(try recorded.tutti("backup", copy + "2", environment: none).status == 66)
    }

    @Test func `a cleaning shows what it would delete, asks, and deletes it`() throws {
        let recorded = try RecordedStore()
        let folder = try folder(of: recorded.answered, in: recorded)
        let stray = try self.folder(of: .random(), in: recorded)
        let fresh = try self.folder(of: .random(), in: recorded)
        var old = [timeval(tv_sec: 1_700_000_000, tv_usec: 0), timeval(tv_sec: 1_700_000_000, tv_usec: 0)]
        for name in ["", "/spool.jsonl", "/exit.json"] { utimes(stray + name, &old) }
        let shown = try recorded.tutti("clean", "--older-than", "1h", "-n", "--json")
        #expect(shown.status == 0, "\(shown.errors)")
        let plan = try #require(JSONReader.value(shown.output))
        #expect(plan["dry_run"] == true && plan["runs"] == 1 && plan["sessions"] == 2 && plan["stray_folders"] == 1)
        #expect(plan["run_list"]?.array?.first?["id"]?.string == recorded.run.text)
        #expect(try recorded.tutti("clean", "--older-than", "1h", "-n").output.contains("nothing was deleted"))
        // Nobody is there to be asked.
        let asked = try recorded.tutti("clean", "--older-than", "1h")
        #expect(asked.status == 4 && asked.errors.contains("--yes"))
        #expect(access(folder, F_OK) == 0 && access(stray, F_OK) == 0)
        let done = try recorded.tutti("clean", "--older-than", "1h", "--yes", "--json")
        #expect(done.status == 0, "\(done.errors)")
        let count = try #require(JSONReader.value(done.output))
        #expect(count["runs"] == 1 && count["sessions"] == 2 && count["messages"] == 4 && count["threads"] == 2)
        #expect(count["stray_folders"] == 1 && count["left_folders"] == 0 && count["cut_short"] == false)
        #expect(access(folder, F_OK) != 0 && access(stray, F_OK) != 0 && access(fresh, F_OK) == 0)
        #expect(try recorded.tutti("show", recorded.run.text).status == 66)
        #expect(try recorded.tutti("ps", "-a").output.contains("nothing is recorded yet"))
        #expect(try recorded.tutti("events").output.contains(recorded.run.text) == false)
        #expect(try recorded.tutti("clean", "--older-than", "1h").output == "nothing is so old\n")
    }

    @Test func `a cleaning is told what it may delete`() throws {
        let recorded = try RecordedStore()
        #expect(try recorded.tutti("clean").status == 64)
        #expect(try recorded.tutti("clean", "--older-than", "soon").status == 64)
        #expect(try recorded.tutti("clean", "--older-than", "1s").status == 64)
        #expect(try recorded.tutti("clean", "--run", recorded.answered.text).status == 64)
        #expect(try recorded.tutti("clean", "--run", "ZZZZZZ").status == 66)
        let kept = try recorded.tutti("clean", "--older-than", "1h", "--keep-failed", "--yes", "--json")
        #expect(JSONReader.value(kept.output)?["runs"] == 0)
        let named = try recorded.tutti("clean", "--run", recorded.run.text, "--yes", "--json=runs,sessions")
        #expect(named.output == "{\"runs\":1,\"sessions\":2}\n")
    }

    @Test func `a link in a session's folder goes, and what it leads to stays`() throws {
        let recorded = try RecordedStore()
        let folder = try folder(of: recorded.failed, in: recorded)
        try recorded.makeFolder("precious")
        try FileBytes.write("mine", to: recorded.folder + "/precious/file")
        symlink(recorded.folder + "/precious", folder + "/link")
        mkdir(folder + "/deep", 0o700)
        symlink(recorded.folder + "/precious/file", folder + "/deep/file")
        #expect(try recorded.tutti("clean", "--run", recorded.run.text, "--yes").status == 0)
        #expect(access(folder, F_OK) != 0)
        #expect(try FileBytes.read(recorded.folder + "/precious/file") == Array("mine".utf8))
    }

    @Test func `an export is in the form that was asked for`() throws {
        let recorded = try RecordedStore()
        let run = recorded.run.text
        let whole = try #require(JSONReader.value(try recorded.tutti("export", run).output))
        #expect(whole["v"] == 1 && whole["runs"]?.array?.first?["id"]?.string == run)
        #expect(whole["runs"]?.array?.first?["sessions"]?.array?.first?["blocks"]?.array?.isEmpty == false)
        let events = try recorded.tutti("export", run, "--format", "ndjson").output.split(separator: "\n")
        let told = try recorded.tutti("events", run).output.split(separator: "\n")
        #expect(events == told && events.count > 8)
        let csv = try recorded.tutti("export", run, "--format", "csv").output
        #expect(csv.hasPrefix("run,run_name,job,module,state,") && csv.contains("it died"))
        let text = try recorded.tutti("export", run, "--format", "md").output
        #expect(text.contains("## api\n\nthe answer of api") && text.contains("> why "))
        let wrong = try recorded.tutti("export", run, "--format", "joblok")
        #expect(wrong.status == 64 && wrong.errors.contains("did you mean joblog"))
        #expect(try recorded.tutti("export", "ZZZZZZ").status == 66)
    }

    @Test func `a job log has a line for each attempt, in the columns that others read`() throws {
        let recorded = try RecordedStore()
        let log = try recorded.tutti("export", recorded.answered.text, "--format", "joblog").output
        let lines = log.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        #expect(
            lines.first == [
                "Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command",
            ])
        #expect(lines.count == 3 && lines.allSatisfy { $0.count == 9 })
        #expect(lines[1].prefix(8) == ["1", ":", "1795262400.000", "0.000", "0", "100", "0", "0"])
        #expect(lines[2][0] == "2" && lines[2][6] == "1" && lines[2][7] == "0")
        #expect(lines[1][8].hasPrefix("tutti ask 'why evil") && lines[1][8].hasSuffix("api --provider claude"))
        #expect(!log.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
    }

    @Test func `an exported file is new, whole, and for its owner alone`() throws {
        let recorded = try RecordedStore()
        let file = recorded.folder + "/log.tsv"
        #expect(try recorded.tutti("export", "@last", "--format", "joblog", "-o", file).output == "")
        let first = try FileBytes.read(file)
        #expect(first.starts(with: Array("Seq\t".utf8)))
        var facts = stat()
        #expect(stat(file, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        #expect(try recorded.tutti("export", "@last", "-o", file).status == 73)
        #expect(try FileBytes.read(file) == first)
        #expect(try recorded.tutti("export", "@last", "-o", file, "--yes").status == 0)
        #expect(try FileBytes.read(file).first == UInt8(ascii: "{"))
        #expect(try recorded.tutti("export", "@last", "-o", recorded.folder + "/no/file").status == 73)
        #expect(try recorded.tutti("export", "ZZZZZZ", "-o", recorded.folder + "/none").status == 66)
        #expect(recorded.files.filter { $0.hasPrefix("none") || $0.hasSuffix(".part") } == [])
    }

    @Test func `an export leaves alone what has a name like its own, and another export to the same one`() throws {
        let recorded = try RecordedStore()
        let file = recorded.folder + "/log"
        try FileBytes.write("mine", to: file + ".part")
        let output = Output(data: Surface(), notes: Surface())
        let first = try ExportTarget(file, replacing: true, output)
        let second = try ExportTarget(file, replacing: true, output)
        try first.write("one")
        try second.write("two")
        try first.finish()
        #expect(try FileBytes.read(file) == Array("one".utf8))
        try second.finish()
        #expect(try FileBytes.read(file) == Array("two".utf8))
        #expect(try FileBytes.read(file + ".part") == Array("mine".utf8))
        #expect(recorded.files.filter { $0.hasPrefix("log") } == ["log", "log.part"])
    }

    @Test func `what a job cost is what all of its attempts cost`() throws {
        let recorded = try RecordedStore()
        try recorded.addAttempt()
        let run = recorded.run.text
        let lines = try recorded.tutti("export", run, "--format", "csv").output
        #expect(lines.contains(",1000,0.004,") && lines.contains(",2000,0.008,"), "\(lines)")
        let rows = try #require(JSONReader.value(try recorded.tutti("ps", "-a", "--json").output)?.array)
        let web = try #require(rows.first { $0["module"] == "web" })
        #expect(web["tokens"] == 2000 && web["cost_micros"] == 8000 && web["session"]?.string != recorded.failed.text)
        #expect(try recorded.tutti("show", run).output.contains("$0.008"))
    }

    @Test func `words are a line that a shell reads as the same words`() {
        #expect(
            ShellWords.line(["make", "-j4", "A=b/c.d,e", "", "it's", "a b", "$x", "é"])
                == "make -j4 A=b/c.d,e '' 'it'\\''s' 'a b' '$x' é")
    }
}
