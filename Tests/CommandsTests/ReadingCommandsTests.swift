import Model
import StreamJSON
import Testing

@testable import Commands

@Suite struct ReadingCommandsTests {
    private static let everyRead: [[String]] = [
        ["ps", "-a"], ["show", "RUN"], ["show", "OK"], ["show", "BAD"], ["show", "OK", "--timeline"],
        ["show", "OK", "--tools"], ["show", "OK", "--usage"], ["show", "-r", "RUN"], ["logs", "RUN"],
        ["logs", "BAD", "--tools", "full"], ["logs", "-t", "RUN"], ["events"], ["search", "answer"], ["usage"],
        ["usage", "--by", "model"], ["diff", "RUN"], ["replay", "OK", "--speed", "0"], ["wait", "OK"],
        ["ps", "-a", "--format", "md"], ["ps", "-a", "--format", "csv"], ["ps", "-a", "--plain"],
        ["ps", "-a", "--format", "{{id}} {{run_name}} {{error}}"],
    ]

    private func words(_ words: [String], _ store: RecordedStore) -> [String] {
        let meanings = [
            "RUN": store.run.text, "OK": store.answered.text, "BAD": store.failed.text,
            "MODULE": store.folder + "/module", "SETTINGS": store.folder + "/tutti.yaml",
        ]
        return words.map { meanings[$0] ?? $0 }
    }

    private func run(_ store: RecordedStore, _ words: [String], _ more: [String: String] = [:]) throws -> (
        status: Int32, output: String, errors: String
    ) {
        // A variadic call cannot take an array; the longest here has five words.
        switch words.count {
        case 1: try store.tutti(words[0], environment: more)
        case 2: try store.tutti(words[0], words[1], environment: more)
        case 3: try store.tutti(words[0], words[1], words[2], environment: more)
        case 4: try store.tutti(words[0], words[1], words[2], words[3], environment: more)
        default: try store.tutti(words[0], words[1], words[2], words[3], words[4], environment: more)
        }
    }

    @Test func `no byte of an agent that a terminal would obey reaches standard output`() throws {
        let store = try RecordedStore()
        for command in ReadingCommandsTests.everyRead {
            for more in [[:], ["TUTTI_FORCE_TTY": "80", "TERM": "xterm", "NO_COLOR": "1"]] {
                let result = try run(store, words(command, store), more)
                #expect(!result.output.isEmpty, "\(command)")
                // What a program asked for as it is (`-r` into a pipe) keeps the answer's own characters.
                guard !(more.isEmpty && (command.contains("-r") || command == ["events"])) else { continue }
                let controls = (result.output + result.errors).unicodeScalars.filter {
                    $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" || $0.value == 0x202E
                }
                #expect(controls.isEmpty, "\(command) \(more)")
            }
        }
    }

    @Test func `every read command has one JSON document, in one line`() throws {
        let store = try RecordedStore()
        for command in ReadingCommandsTests.everyRead
        where !command.contains("--format") && !command.contains("--plain") {
            if ["logs", "events", "replay"].contains(command[0]) { continue }
            let result = try run(store, words(command, store) + ["--json"])
            #expect(result.output.split(separator: "\n").count == 1, "\(command)")
            #expect(JSONReader.value(result.output) != nil, "\(command)")
        }
        let events = try store.tutti("events").output.split(separator: "\n")
        #expect(events.count > 8)
        #expect(events.allSatisfy { JSONReader.value(String($0))?["v"] == 1 })
    }

    @Test func `a failed answer shows its part, the reason, and the command that asks again`() throws {
        let store = try RecordedStore()
        let shown = try store.tutti("show", store.failed.text)
        #expect(shown.output.contains("the answer of web"))
        #expect(shown.output.contains("The answer was cut short: it died"))
        #expect(shown.output.contains("tutti retry"))
        let answer = try store.tutti("show", "-r", store.failed.text)
        #expect(answer.status == 1)
        #expect(answer.output.contains("the answer of web"))
        #expect(answer.errors.contains("tutti retry"))
    }

    @Test func `wait tells by its status how things ended`() throws {
        let store = try RecordedStore()
        #expect(try store.tutti("wait", store.answered.text).status == 0)
        #expect(try store.tutti("wait", store.failed.text).status == 1)
        #expect(try store.tutti("wait", "@last").status == 1)
    }

    @Test func `search finds answers, prompts and tool calls, and says so when there is nothing`() throws {
        let store = try RecordedStore()
        #expect(try store.tutti("search", "answer").output.contains("«answer»"))
        let count = try store.tutti("search", "-c", "answer").output.dropLast()
        let first = try store.tutti("search", "answer", "--limit", "1").output
        #expect(first.hasPrefix("1 place in 1 run shown of \(count) places; more: --limit \(count) "), "\(first)")
        #expect(try store.tutti("search", "-c", "nowhere-to-be-found").output == "0\n")
        #expect(try store.tutti("search", "nowhere-to-be-found").status == 1)
    }

    @Test(arguments: [[], ["--json"], ["-q"], ["-c"], ["-l"], ["-l", "--json"], ["-c", "--json"], ["--plain"]])
    func `a search without a hit is told by its status, in every form`(_ form: [String]) throws {
        let store = try RecordedStore()
        #expect(try store.tutti(["search", "nowhere-to-be-found"] + form, environment: [:]).status == 1)
        #expect(try store.tutti(["search", "answer"] + form, environment: [:]).status == 0)
        guard form.contains("--json") else { return }
        let found = try store.tutti(["search", "nowhere-to-be-found"] + form, environment: [:]).output
        #expect(JSONReader.value(found) != nil)
    }

    /// Commands that change something, with a form or a field that none of them has.
    private static let misguided: [[String]] = ["--json=nonsense", "--format=json", "--format={{nonsense}}"].flatMap {
        wrong in
        [
            ["ask", "why?", "MODULE", "--provider", "offline", wrong],
            ["ask", "-d", "why?", "MODULE", "--provider", "offline", wrong],
            ["ask", "-n", "why?", "MODULE", "--provider", "offline", wrong], ["retry", "RUN", wrong],
            ["retry", "-d", "RUN", wrong], ["cancel", "RUN", wrong], ["init", "--config", "SETTINGS", wrong],
            ["init", "-n", "--config", "SETTINGS", wrong],
            ["demo", wrong], ["trust", "SETTINGS", wrong],
            ["doctor", "--bundle", "-o", "SETTINGS", wrong], ["wait", "RUN", wrong],
        ]
    }

    @Test(arguments: misguided)
    func `a form or field that does not exist is refused before anything is done`(_ command: [String]) throws {
        let store = try RecordedStore()
        try store.makeFolder("module")
        let words = words(command, store)
        func rows() throws -> String { try store.tutti("ps", "-a", "--json").output }
        let before = (try rows(), store.files)
        let refused = try store.tutti(words, environment: [:])
        #expect(refused.status == 64, "\(refused.errors)")
        let after = (try rows(), store.files)
        #expect(before == after)
        guard let place = words.firstIndex(where: { $0.hasPrefix("--json") }) else { return }
        var asking = words
        asking[place] = "--json=?"
        let names = try store.tutti(asking, environment: [:])
        #expect(names.status == 0 && names.output.split(separator: "\n").count >= 1, "\(names.errors)")
        #expect(try rows() == before.0)
        #expect(store.files == before.1)
    }

    @Test(arguments: [
        ["--json"], ["--progress", "json"], ["--json=type,exit"], ["--progress", "json", "--json=nonsense"],
    ])
    func `the events of a run that cannot be asked end with its exit status`(_ form: [String]) throws {
        let store = try RecordedStore()
        for command in [["ask", "why?", "/no/such/folder"], ["retry", "ZZZZZZZZ"]] {
            let result = try store.tutti(command + form, environment: [:])
            let lines = result.output.split(separator: "\n").map { JSONReader.value(String($0)) }
            #expect(lines.map { $0?["type"]?.string } == ["error", "run.finished"], "\(command) \(result.output)")
            #expect(lines.last??["exit"] == .integer(Int64(result.status)))
            #expect(result.status == (form.contains("--json=nonsense") ? 64 : 66))
        }
    }

    @Test func `what is not a listing has JSON too`() throws {
        let store = try RecordedStore()
        func json(_ words: String...) throws -> JSONValue? {
            let settings = words[0] == "init" ? ["--config", "SETTINGS"] : []
            let result = try store.tutti(self.words(words + settings, store) + ["--json"], environment: [:])
            #expect(result.status == 0, "\(words) \(result.errors)")
            return JSONReader.value(result.output)
        }
        #expect(try json("show", "-x", store.answered.text)?["code"] == "code\n")
        #expect(try json("search", "-l", "answer")?.array?.isEmpty == false)
        #expect(try json("init", "-n")?["settings"]?.string?.contains("version: 1") == true)
        #expect(!store.files.contains("tutti.yaml"))
        #expect(try json("init")?["file"] == .string(store.folder + "/tutti.yaml"))
        #expect(try json("trust", "SETTINGS")?["file"] == .string(store.folder + "/tutti.yaml"))
        #expect(try json("trust", "--list") != nil)
    }

    @Test func `events and transcript of a question, an answer or a thread are those of its job alone`() throws {
        let store = try RecordedStore()
        let document = JSONReader.value(try store.tutti("show", store.run.text, "--json").output)
        let messages = try #require(document?["messages"]?.array).filter { $0["module"] == "api" }
        #expect(messages.count == 2)
        let job = try #require(messages[0]["job"]?.string)
        for id in messages.compactMap({ $0["id"]?.string }) + [try #require(messages[0]["thread"]?.string)] {
            let logs = try store.tutti("logs", id)
            #expect(logs.output.contains("the answer of api") && !logs.output.contains("web"), "\(logs.output)")
            let events = try store.tutti("events", id, "--until-done").output.split(separator: "\n")
            #expect(events.count > 3)
            #expect(events.allSatisfy { JSONReader.value(String($0))?["job"] == .string(job) })
        }
    }

    @Test(arguments: [[], ["-f"]])
    func `the last lines are so many lines, of events too`(_ more: [String]) throws {
        let store = try RecordedStore()
        let all = try store.tutti(["logs", store.answered.text] + more, environment: [:]).output.split(separator: "\n")
        let events = try store.tutti(["logs", store.answered.text, "--json"] + more, environment: [:]).output
            .split(separator: "\n")
        #expect(all.count > 3 && events.count > 3)
        for count in [1, 2, 3, 100] {
            let form = ["-n", String(count)] + more
            let last = try store.tutti(["logs", store.answered.text] + form, environment: [:]).output
            #expect(last.split(separator: "\n") == all.suffix(count))
            let lines = try store.tutti(["logs", store.answered.text, "--json"] + form, environment: [:]).output
            #expect(lines.split(separator: "\n") == events.suffix(count))
        }
    }

    @Test func `the first block of code comes alone`() throws {
        let store = try RecordedStore()
        #expect(try store.tutti("show", "-x", store.answered.text).output == "code\n")
    }

    @Test func `a session stands for its run wherever a run is asked for`() throws {
        let store = try RecordedStore()
        for command in [["usage", "--json"], ["search", "answer", "--json"], ["ps", "--json"]] {
            let ofRun = try store.tutti(command + ["--run", store.run.text], environment: [:])
            let ofSession = try store.tutti(command + ["--run", store.answered.text], environment: [:])
            #expect(ofRun.status == 0 && JSONReader.value(ofRun.output)?.array?.isEmpty == false, "\(command)")
            #expect(JSONReader.value(ofSession.output)?.array?.count == JSONReader.value(ofRun.output)?.array?.count)
        }
    }

    @Test func `usage is counted once and summed exactly`() throws {
        let store = try RecordedStore()
        let document = JSONReader.value(try store.tutti("usage", "--json").output)
        #expect(document?.array?.count == 2)
        #expect(document?.array?.allSatisfy { $0["cost_micros"] == 4000 && $0["total"] == 1000 } == true)
    }

    @Test func `fields can be picked and listed, and an unknown one has a suggestion`() throws {
        let store = try RecordedStore()
        let picked = JSONReader.value(try store.tutti("ps", "-a", "--json=module,state").output)
        #expect(picked?.array?.first?.object?.members.map(\.key) == ["module", "state"])
        #expect(try store.tutti("ps", "-a", "--json=?").output.contains("state\n"))
        let wrong = try store.tutti("ps", "-a", "--json=modul")
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("module"))
    }

    @Test(arguments: [
        (["pss"], 64, "tutti ps"), (["show", "0000000000000000"], 66, "tutti ps -a"),
        (["ps", "--jsn"], 64, "tutti help ps"),
        (["provider", "lss"], 64, "provider ls"), (["events", "--type", "nonsense"], 64, "text.delta"),
        (["wait", "@last", "--timeout", "soon"], 64, "10m"), (["show", "x"], 66, "tutti"),
        (["completion", "tcsh"], 64, "bash"),
    ])
    func `every error has its status and says what to do`(words: [String], status: Int32, hint: String) throws {
        let store = try RecordedStore()
        let result = try run(store, words)
        #expect(result.status == status)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("tutti: "))
        #expect(result.errors.split(separator: "\n").count >= 2)
        #expect(result.errors.contains(hint), "\(result.errors)")
    }

    @Test func `errors are JSON on standard output when JSON was asked for`() throws {
        let store = try RecordedStore()
        let result = try store.tutti("show", "0000000000000000", "--json")
        #expect(JSONReader.value(result.output)?["error"]?["exit"] == 66)
    }

    @Test func `a question that cannot be asked still ends its events with the exit status`() throws {
        let store = try RecordedStore()
        let result = try store.tutti("ask", "why?", "/no/such/folder", "--json")
        let lines = result.output.split(separator: "\n").map { JSONReader.value(String($0)) }
        #expect(result.status == 66)
        #expect(lines.map { $0?["type"]?.string } == ["error", "run.finished"])
        #expect(lines.last??["exit"] == 66)
    }

    @Test func `without a store there is nothing to show, and that is no error`() throws {
        let store = try RecordedStore()
        let empty = ["TUTTI_DB": store.folder + "/other.db"]
        #expect(try store.tutti("ps", environment: empty).status == 0)
        #expect(try store.tutti("ps", "--json", environment: empty).output == "[]\n")
        #expect(try store.tutti("usage", environment: empty).status == 0)
        #expect(try store.tutti("show", "@last", environment: empty).status == 66)
    }

    @Test func `without arguments the help is short, and every command has a page`() throws {
        let store = try RecordedStore()
        #expect(try run(store, ["--help"]).output == ShortHelp.text)
        for topic in HelpTopics.names { #expect(try store.tutti("help", topic).status == 0) }
        #expect(try store.tutti("help", "ask").output.contains("--merge"))
        #expect(try store.tutti("help", "aks").status == 64)
    }
}
