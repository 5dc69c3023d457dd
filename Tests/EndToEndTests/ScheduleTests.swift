import Foundation
import Glibc
import TestSupport
import Testing

/// Batches that run by themselves, with the built program.
@Suite struct ScheduleTests {
    private static let batch = """
        version: 1
        inputs: { word: { default: none } }
        jobs:
          say: { run: [sh, -c, 'echo "said $0"', "${{ inputs.word }}"] }
        schedule:
          - { cron: "0 3 * * *", timezone: Europe/Zurich, catch_up: latest, inputs: { word: hello } }
          - { cron: "30 4 1 * *", catch_up: none }

        """

    private func with(_ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(ScheduleTests.batch, to: "project/nightly.batch.yaml")
            try body(t)
        }
    }

    /// As if the newest time had been missed by a minute or more, whatever the hour.
    private func miss(_ t: Scene, _ name: String) throws {
        try Outside.change(t.store, "update schedules set last = last - 2 * 86400000 where name = ?", name)
    }

    @Test func `entries of a file are added, listed, and added again without a second one`() async throws {
        try await with { t in
            #expect(try t.tutti("schedule").output.hasPrefix("nothing runs by itself"))
            let added = try t.json("schedule", "add", "nightly.batch.yaml", "--json")
            #expect(added.list.map { $0["name"].text } == ["nightly", "nightly-2"])
            let again = try t.json("schedule", "add", "nightly.batch.yaml", "--json")
            #expect(again.list.map { $0["id"].text } == added.list.map { $0["id"].text })
            let listed = try t.json("schedule", "ls", "--json")
            #expect(listed.list.map { $0["cron"].text } == ["0 3 * * *", "30 4 1 * *"])
            let hour = try #require(listed[0]["next"].text).dropFirst(11).prefix(5)
            #expect(hour == "01:00" || hour == "02:00", "03:00 in Zurich, not \(hour) UTC")
            #expect(listed[0]["inputs"]["word"].text == "hello" && listed[0]["state"].isNull)
            let shown = try t.tutti("schedule", "ls").output
            #expect(shown.contains("nobody serves this store") && shown.contains(" 03:00 Europe/Zurich"), "\(shown)")
            // What is no longer in the file goes.
            try t.folder.write(
                ScheduleTests.batch.replacingOccurrences(
                    of: "  - { cron: \"30 4 1 * *\", catch_up: none }\n", with: ""),
                to: "project/nightly.batch.yaml")
            #expect(try t.tutti("schedule", "add", "nightly.batch.yaml").status == 0)
            #expect(try t.json("schedule", "ls", "--json").list.count == 1)
            #expect(try t.tutti("schedule", "rm", "nightly").output == "schedule nightly is removed\n")
            #expect(try t.json("schedule", "ls", "--json").list.isEmpty)
        }
    }

    @Test func `what is due when somebody begins to serve runs once, also through kill -9`() async throws {
        try await with { t in
            try t.tutti("schedule", "add", "nightly.batch.yaml")
            try miss(t, "nightly")
            for _ in 0..<3 {
                let serve = try t.serve()
                try Outside.until(t.store, "select 1 from schedules where name = 'nightly' and run is not null")
                serve.signal(SIGKILL)
                try serve.wait()
            }
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            let runs = try Outside.query(t.store, "select name, key from runs")
            #expect(runs.list.count == 1 && runs[0][0].text == "nightly")
            #expect(runs[0][1].text?.hasPrefix("schedule:") == true)
            let answers = try Outside.query(t.store, "select content from messages where role = 'assistant'")
            #expect(answers[0][0].text == "said hello")
            let listed = try t.json("schedule", "ls", "--json")
            #expect(listed[0]["state"].text == "completed" && !listed[0]["last"].isNull)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `nothing is fired where nobody serves, and a person can have a run at once`() async throws {
        try await with { t in
            try t.tutti("schedule", "add", "nightly.batch.yaml")
            try miss(t, "nightly")
            #expect(try t.tutti("ask", "x", "api").status == 0)
            #expect(try Outside.query(t.store, "select 1 from runs where kind = 'batch'").list.isEmpty)
            let run = try required(try t.json("schedule", "run-now", "nightly", "--json")["run"])
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try t.tutti("show", run, "-r").output.contains("said hello"))
            let listed = try t.json("schedule", "ls", "--json")
            #expect(listed[0]["run"].text == run && listed[0]["last"].isNull)
            #expect(t.survivors() == [])
        }
    }

    @Test func `a file that changed since it was added does not run, and says so everywhere`() async throws {
        try await with { t in
            try t.tutti("schedule", "add", "nightly.batch.yaml")
            try t.folder.write(
                ScheduleTests.batch.replacingOccurrences(of: "said", with: "changed"), to: "project/nightly.batch.yaml")
            try miss(t, "nightly")
            let serve = try t.serve()
            try serve.waitForErrors("schedule nightly does not run: ")
            try Outside.until(t.store, "select 1 from schedules where trouble is not null")
            #expect(try Outside.query(t.store, "select 1 from runs").list.isEmpty)
            let listed = try t.json("schedule", "ls", "--json")
            #expect(listed[0]["trouble"].text?.contains("is not as it was") == true)
            #expect(try t.tutti("schedule").output.contains("tutti schedule add"))
            let refused = try t.tutti("schedule", "run-now", "nightly")
            #expect(refused.status == 77 && refused.errors.contains("is not as it was"), "\(refused.errors)")
            // Read and added again, it runs.
            #expect(try t.tutti("schedule", "add", "nightly.batch.yaml").status == 0)
            let run = try required(try t.json("schedule", "run-now", "nightly", "--json")["run"])
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try t.json("schedule", "ls", "--json")[0]["trouble"].isNull)
            serve.signal(SIGTERM)
            try serve.wait()
        }
    }

    @Test func `programs and prompts of its folder are trusted with it, and data is not asked for`() async throws {
        try await with { t in
            try t.folder.write("#!/bin/sh\ncat data.txt\n", to: "project/step.sh", executable: true)
            try t.folder.write("1\n", to: "project/data.txt")
            try t.folder.write(
                "version: 1\njobs: { go: { run: [./step.sh, data.txt] } }\n", to: "project/steps.batch.yaml")
            try t.tutti("schedule", "add", "steps.batch.yaml", "--cron", "@daily")
            try t.folder.write("2\n", to: "project/data.txt")
            #expect(try t.tutti("schedule", "run-now", "steps").status == 0)
            try t.folder.write("#!/bin/sh\nrm -rf /\n", to: "project/step.sh", executable: true)
            let refused = try t.tutti("schedule", "run-now", "steps")
            #expect(refused.status == 77 && refused.errors.contains("step.sh is not as it was"), "\(refused.errors)")
            #expect(t.survivors() == [])
        }
    }

    @Test func `settings that nobody trusted are refused when it is added, and again when it is due`() async throws {
        try await with { t in
            func yaml(_ command: String) throws {
                try t.folder.write(
                    "version: 1\nproviders: { p: { extends: plain, command: [\(command)] } }\nmodules: { api: { path: api } }\n",
                    to: "project/tutti.yaml")
            }
            try yaml("/bin/true")
            #expect(try t.tutti("schedule", "add", "nightly.batch.yaml").status == 77)
            try t.tutti("trust")
            #expect(try t.tutti("schedule", "add", "nightly.batch.yaml").status == 0)
            try yaml("/bin/false")
            try miss(t, "nightly")
            let serve = try t.serve()
            try serve.waitForErrors("schedule nightly does not run: ")
            #expect(try t.json("schedule", "ls", "--json")[0]["trouble"].text?.contains("since you trusted it") == true)
            #expect(try Outside.query(t.store, "select 1 from runs").list.isEmpty)
            serve.signal(SIGTERM)
            try serve.wait()
        }
    }

    @Test func `times and values can be given by hand, and what cannot be is refused`() async throws {
        try await with { t in
            let added = try t.json(
                "schedule", "add", "nightly.batch.yaml", "--cron", "*/5 * * * *", "--timezone", "Asia/Tokyo", "--set",
                "word=mine", "--name", "often", "--overlap", "queue", "--grace", "10m", "--json")
            #expect(added[0]["inputs"]["word"].text == "mine" && added[0]["grace_ms"].number == 600_000)
            #expect(added[0]["overlap"].text == "queue" && added[0]["timezone"].text == "Asia/Tokyo")
            for (words, status, says) in [
                (["--cron", "x"], 64, "five"), (["--cron", "0 0 30 2 *"], 64, "never comes"),
                (["--cron", "@daily", "--timezone", "Mars/Olympus"], 78, "no time zone"),
                (["--cron", "@daily", "--overlap", "skp"], 64, "did you mean skip"),
                (["--cron", "@daily", "--set", "wrd=1"], 64, "did you mean"), (["--overlap", "skip"], 64, "--cron"),
            ] {
                let refused = try run(
                    t.command(["schedule", "add", "nightly.batch.yaml"] + words), directory: t.project)
                #expect(refused.status == status && refused.errors.contains(says), "\(words): \(refused.errors)")
            }
            _ = try t.folder.makeFolder("other")
            try t.folder.write(ScheduleTests.batch, to: "other/nightly.batch.yaml")
            let other = t.folder.file("other/nightly.batch.yaml")
            #expect(try t.tutti("schedule", "add", other, "--name", "often").status == 64)
            #expect(try t.tutti("schedule", "add", "nothing.yaml").status == 66)
            #expect(try t.tutti("schedule", "run-now", "unknown").status == 66)
            #expect(try t.json("schedule", "ls", "--json").list.count == 1)
        }
    }
}

extension Outside {
    /// Changes a row behind everybody's back.
    static func change(_ store: String, _ sql: String, _ values: String...) throws {
        _ = try script(
            "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=5); db.execute(sys.argv[2], sys.argv[3:]); db.commit(); print('[]')",
            [store, sql] + values)
    }
}
