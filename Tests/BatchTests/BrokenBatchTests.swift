import Model
import Settings
import Testing

@testable import Batch

/// A broken file, where it is broken, and a part of what is said about it.
struct Broken: Sendable, CustomTestStringConvertible {
    var text: String
    var place: String
    var words: String

    /// The text gets `version: 1` as its first line, so the place counts from line 2.
    init(_ text: String, _ place: String, _ words: String) {
        self.text = "version: 1\n" + text
        self.place = place
        self.words = words
    }

    init(whole text: String, _ place: String, _ words: String) {
        self.text = text
        self.place = place
        self.words = words
    }

    var testDescription: String { "\(place) \(words)" }

    static func check(_ broken: Broken) throws {
        let problems = BatchFile.check(Array(broken.text.utf8), path: "f").problems
        let first = try #require(problems.first, "nothing is wrong with \(broken.text)")
        #expect(first.position.description == "f:\(broken.place)", "\(first.message)")
        #expect(first.message.contains(broken.words), "\(first.message)")
        #expect(!first.hint.isEmpty)
        let error = try #require(tuttiError { _ = try read(broken.text) })
        #expect(error.code == .badConfiguration)
        #expect(error.message.hasPrefix("f:\(broken.place): "), "\(error.message)")
    }
}

@Suite struct BrokenBatchTests {
    @Test(arguments: [
        // Keys.
        Broken("jobz: {}\n", "1:1", "`jobs` is missing"),
        Broken("jobs: {a: {run: [x]}}\nschedul: []\n", "3:1", "unknown key `schedul`, did you mean \"schedule\"?"),
        Broken("jobs:\n  a:\n    promt: hello\n", "4:5", "unknown key `promt` in `jobs.a`, did you mean \"prompt\"?"),
        Broken(
            "jobs: {a: {prompt: x, retry: {attemps: 3}}}\n", "2:31", "in `jobs.a.retry`, did you mean \"attempts\"?"),
        Broken("jobs: {a: {prompt: x, timeout: {totall: 3s}}}\n", "2:33", "did you mean \"total\"?"),
        Broken("defaults: {needs: [a]}\njobs: {a: {run: [x]}}\n", "2:12", "unknown key `needs` in `defaults`"),
        Broken("profiles: {p: {prompt: x}}\njobs: {a: {run: [x]}}\n", "2:16", "unknown key `prompt` in `profiles.p`"),
        Broken("pools: {p: {max: 1, adaptiv: true}}\njobs: {a: {run: [x]}}\n", "2:21", "did you mean \"adaptive\"?"),
        Broken("pools: {p: {adaptive: true}}\njobs: {a: {run: [x]}}\n", "2:12", "`pools.p` has no `max`"),
        Broken("jobs: {a: {run: [x], on: y}}\n", "2:22", "unknown key `on` in `jobs.a`"),
        Broken("jobs: {a: {run: [x], x-note: y}}\n", "2:22", "unknown key `x-note`"),
        Broken(
            "jobs: {a: {run: [x]}}\njobs: {b: {run: [x]}}\n", "3:1", "`jobs` stands here a second time, first in line 2"
        ),
        Broken("jobs:\n  a: {run: [x]}\n  a: {run: [y]}\n", "4:3", "`a` stands here a second time, first in line 3"),
        Broken("jobs: {a: {prompt: x, output: {shema: s.json}}}\n", "2:32", "did you mean \"schema\"?"),
        Broken("jobs: {a: {prompt: x, env: {allowed: [A]}}}\n", "2:29", "unknown key `allowed` in `jobs.a.env`"),
        Broken(whole: "jobs: {a: {run: [x]}}\n", "1:1", "`version` is missing"),
        Broken(whole: "version: 2\njobs: {a: {run: [x]}}\n", "1:10", "`version` needs one of 1, not \"2\""),
        Broken(whole: "", "1:1", "`version` is missing"),
        // Names.
        Broken("jobs: {1a: {run: [x]}}\n", "2:8", "\"1a\" cannot name a job"),
        Broken("jobs: {a.b: {run: [x]}}\n", "2:8", "\"a.b\" cannot name a job"),
        Broken("jobs: {a-: {run: [x]}}\n", "2:8", "cannot name a job"),
        Broken("name: ../x\njobs: {a: {run: [x]}}\n", "2:7", "`name` needs a name"),
        Broken("inputs: {a b: {}}\njobs: {a: {run: [x]}}\n", "2:10", "\"a b\" cannot name an input"),
        Broken("jobs: {a: {prompt: x, env: {set: {TUTTI_RUN: x}}}}\n", "2:35", "is set by Tutti itself"),
        Broken("jobs: {a: {prompt: x, env: {set: {1A: x}}}}\n", "2:35", "\"1A\" cannot name a variable"),
        // Kinds of jobs.
        Broken("jobs: {a: {model: x}}\n", "2:8", "job `a` has nothing to do"),
        Broken("jobs: {a: {prompt: x, run: [y]}}\n", "2:23", "job `a` has `prompt` and `run`"),
        Broken("jobs: {a: {run: swift test}}\n", "2:17", "`jobs.a.run` needs a list, not a single value"),
        Broken("jobs: {a: {run: []}}\n", "2:17", "names no program"),
        Broken("jobs: {a: hello}\n", "2:11", "`jobs.a` needs a mapping, not a single value"),
        Broken("jobs: [a, b]\n", "2:7", "`jobs` needs a mapping, not a list"),
        Broken("jobs: {}\n", "2:7", "`jobs` has no job"),
        Broken("jobs: {a: {prompt: }}\n", "2:20", "`jobs.a.prompt` needs a text, not nothing"),
        // Values.
        Broken(
            "jobs: {a: {prompt: x, priority: 21}}\n", "2:33",
            "`jobs.a.priority` needs a whole number from -20 to 20, not \"21\""),
        Broken("jobs: {a: {prompt: x, priority: 1_0}}\n", "2:33", "not \"1_0\""),
        Broken("jobs: {a: {prompt: x, fail_fast: NO}}\n", "2:34", "`jobs.a.fail_fast` needs true or false, not \"NO\""),
        Broken("jobs: {a: {prompt: x, max_parallel: 0}}\n", "2:37", "needs a whole number from 1"),
        Broken("jobs: {a: {prompt: x, timeout: {total: 12:30}}}\n", "2:40", "needs a time such as"),
        Broken("jobs: {a: {prompt: x, timeout: {total: 10}}}\n", "2:40", "needs a time such as"),
        Broken("jobs: {a: {prompt: x, retry: {when: [overlod]}}}\n", "2:38", "did you mean \"overload\"?"),
        Broken(
            "jobs: {a: {prompt: x, retry: {function: exp}}}\n", "2:41", "needs one of constant, linear, exponential"),
        Broken("jobs: {a: {prompt: x, retry: {jitter: 2}}}\n", "2:39", "needs a number from 0.0 to 1.0"),
        Broken("jobs: {a: {prompt: x, approvals: alow}}\n", "2:34", "did you mean \"allow\"?"),
        Broken("budget: {usd: cheap}\njobs: {a: {run: [x]}}\n", "2:15", "`budget.usd` needs an amount of dollars"),
        Broken(
            "budget: {tokens: 20X}\njobs: {a: {run: [x]}}\n", "2:18", "`budget.tokens` needs a number such as 200, 20k"),
        Broken("budget: {on_reach: stop}\njobs: {a: {run: [x]}}\n", "2:20", "needs one of stop_new, interrupt, kill"),
        Broken("pools: {p: {max: 4, memory_floor: lots}}\njobs: {a: {run: [x]}}\n", "2:35", "needs a size"),
        Broken("jobs: {a: {prompt: x, trigger: sometimes}}\n", "2:32", "needs one of automatic, on_demand"),
        Broken("jobs: {a: {prompt: x, cache: {key: [promt]}}}\n", "2:37", "did you mean \"prompt\"?"),
        Broken("jobs: {a: {prompt: x, cache: {ttl: 7d}}}\n", "2:30", "`jobs.a.cache` has no `key`"),
        Broken("jobs: {a: {prompt: x, verify: swift test}}\n", "2:31", "`jobs.a.verify` needs a list"),
        Broken(
            "jobs: {a: {prompt: x, pools: [big]}}\npools: {bigg: {max: 1}}\n", "2:31",
            "there is no pool `big`, did you mean \"bigg\"?"),
        Broken("jobs: {a: {prompt: x, fallback: [{model: y}]}}\n", "2:34", "has no `provider`"),
        // Schedules.
        Broken("schedule: [{cron: \"0 3 * *\"}]\njobs: {a: {run: [x]}}\n", "2:19", "needs five fields"),
        Broken("schedule: [{cron: \"0 25 * * *\"}]\njobs: {a: {run: [x]}}\n", "2:19", "does not know \"25\" as a hour"),
        Broken("schedule: [{cron: \"0 3 * * FUN\"}]\njobs: {a: {run: [x]}}\n", "2:19", "\"FUN\" as a day of the week"),
        Broken(
            "schedule: [{cron: \"0 3 * * *\", overlap: wait}]\njobs: {a: {run: [x]}}\n", "2:41",
            "needs one of skip, queue, replace"),
        Broken(
            "schedule: [{cron: \"0 3 * * *\", timezone: \"../x\"}]\njobs: {a: {run: [x]}}\n", "2:42",
            "needs a time zone"),
        Broken("schedule: [{timezone: UTC}]\njobs: {a: {run: [x]}}\n", "2:12", "has no `cron`"),
        Broken(
            "inputs: {q: {required: true}}\nschedule: [{cron: \"0 3 * * *\"}]\njobs: {a: {prompt: \"${{ inputs.q }}\"}}\n",
            "3:12",
            "gives nothing for the input `q`"),
        Broken(
            "inputs: {q: {}}\nschedule: [{cron: \"0 3 * * *\", inputs: {qs: x}}]\njobs: {a: {prompt: \"${{ inputs.q }}\"}}\n",
            "3:41",
            "unknown key `qs` in `schedule.inputs`, did you mean \"q\"?"),
    ])
    func `a broken file is refused with its place and its reason`(_ broken: Broken) throws { try Broken.check(broken) }

    @Test(arguments: [
        // Inputs and profiles.
        Broken("inputs: {n: {type: int}}\njobs: {a: {run: [x]}}\n", "2:20", "`inputs.n.type` needs one of"),
        Broken(
            "inputs: {n: {type: integer, default: 1.5}}\njobs: {a: {run: [x]}}\n", "2:38",
            "needs a whole number, not \"1.5\""),
        Broken(
            "inputs: {n: {default: qick, enum: [quick, deep]}}\njobs: {a: {run: [x]}}\n", "2:23",
            "did you mean \"quick\"?"),
        Broken(
            "inputs: {n: {default: a, required: true}}\njobs: {a: {run: [x]}}\n", "2:23",
            "is required and has a default"),
        Broken(
            "profiles: {a: {extends: b}, b: {extends: a}}\njobs: {a: {run: [x]}}\n", "2:42",
            "profile `a` extends itself: a → b → a"),
        Broken(
            "profiles: {a: {extends: reader}, readr: {}}\njobs: {a: {run: [x]}}\n", "2:25", "did you mean \"readr\"?"),
        Broken(
            "profiles: {reader: {}}\njobs: {a: {run: [x], profile: raeder}}\n", "3:31",
            "there is no profile \"raeder\", did you mean \"reader\"?"),
        // The graph.
        Broken(
            "jobs: {list: {run: [x]}, b: {run: [x], needs: [lst]}}\n", "2:48",
            "there is no job `lst`, did you mean \"list\"?"),
        Broken("jobs: {a: {run: [x], needs: [a]}}\n", "2:30", "job `a` needs itself"),
        Broken(
            "jobs:\n  a: {run: [x], needs: [b]}\n  b: {run: [x], needs: [c]}\n  c: {run: [x], needs: [a]}\n", "3:25",
            "these jobs wait for each other: a → b → c → a"),
        Broken("jobs: {a: {run: [x]}, b: {run: [x], needs: {a: succes}}}\n", "2:48", "did you mean \"success\"?"),
        Broken("jobs: {a: {run: [x], on_failure: [b]}, b: {run: [x]}}\n", "2:35", "`b` runs anyway"),
        Broken("jobs: {a: {run: [x], on_failure: [c]}, b: {run: [x]}}\n", "2:35", "there is no job `c`"),
        Broken(
            "jobs: {a: {run: [x], needs: [b]}, b: {run: [x], trigger: on_demand}}\n", "2:30",
            "needs `b`, which runs only when another fails"),
        Broken(
            "jobs:\n  a: {run: [x], trigger: on_demand, on_failure: [b]}\n  b: {run: [x], trigger: on_demand, on_failure: [a]}\n",
            "3:3", "these jobs wait for each other: a → b → a"),
        // Templates.
        Broken(
            "jobs: {a: {prompt: \"${{ inputs.qestion }}\"}}\ninputs: {question: {}}\n", "2:32",
            "`inputs` has no `qestion`, did you mean \"question\"?"),
        Broken(
            "jobs:\n  a:\n    prompt: |\n      Hello\n      to ${{ input.x }} and\n", "6:14",
            "there is no `input` here, did you mean \"inputs\"?"),
        Broken("jobs: {a: {prompt: \"${{ secrets.KEY }}\"}}\n", "2:25", "`secrets` cannot be named in a template"),
        Broken("jobs: {a: {run: [echo, \"${{ env.HOME }}\"]}}\n", "2:29", "`env` cannot be named in a template"),
        Broken("jobs: {a: {prompt: \"${{ matrix.x }}\"}}\n", "2:25", "`matrix` is known only in a job that has one"),
        Broken(
            "jobs: {a: {prompt: \"${{ matrix.lens }}\", matrix: {lense: [a]}}}\n", "2:32", "did you mean \"lense\"?"),
        Broken("jobs: {a: {run: [x]}, b: {prompt: \"${{ jobs.a.text }}\"}}\n", "2:45", "this job does not need `a`"),
        Broken(
            "jobs: {a: {run: [x]}, b: {prompt: \"${{ jobs.c.text }}\", needs: [a]}}\n", "2:45", "there is no job `c`"),
        Broken(
            "jobs: {a: {run: [x]}, b: {prompt: \"${{ jobs.a.sucess }}\", needs: [a]}}\n", "2:47",
            "`jobs.a` has no `sucess`"),
        Broken(
            "jobs: {a: {run: [x]}, b: {prompt: \"${{ jobs.a.outputs.n }}\", needs: [a]}}\n", "2:55",
            "`jobs.a.outputs` has no `n`"),
        Broken("jobs: {a: {prompt: \"${{ batch.nme }}\"}}\n", "2:31", "did you mean \"name\"?"),
        Broken("jobs: {a: {prompt: \"${{ failure.message }}\"}}\n", "2:25", "`failure` is known only"),
        Broken("jobs: {a: {prompt: \"${{ 1 + }}\"}}\n", "2:29", "a value was expected here"),
        Broken("jobs: {a: {prompt: \"${{ }}\"}}\n", "2:25", "nothing stands in ${{ }}"),
        Broken("jobs: {a: {prompt: \"a ${{ b\"}}\n", "2:23", "`${{` is not closed"),
        Broken("jobs: {a: {prompt: \"${{ 1 | jsn }}\"}}\n", "2:29", "there is no filter `jsn`, did you mean \"json\"?"),
        Broken(
            "jobs: {a: {prompt: \"${{ fil('x') }}\"}}\n", "2:25", "there is no function `fil`, did you mean \"file\"?"),
        Broken("jobs: {a: {prompt: \"${{ 1 = 1 }}\"}}\n", "2:27", "`=` has no meaning"),
        Broken("jobs: {a: {prompt: \"${{ 1 < 2 < 3 }}\"}}\n", "2:31", "`<` follows a comparison"),
        Broken("jobs: {a: {prompt: x, when: always}}\n", "2:29", "needs a condition in ${{ }}, not \"always\""),
        Broken("jobs: {a: {prompt: x, when: \"not ${{ true }}\"}}\n", "2:29", "needs one ${{ }} and nothing around it"),
        Broken("name: ${{ inputs.x }}\njobs: {a: {run: [x]}}\n", "2:7", "`name` cannot hold a template"),
        Broken("jobs: {a: {prompt: x, matrix: {m: [${{ inputs.x }}]}}}\n", "2:37", "expected"),
        // Matrices.
        Broken("jobs: {a: {prompt: x, matrix: {m: []}}}\n", "2:35", "has no values"),
        Broken("jobs: {a: {prompt: x, matrix: {m: word}}}\n", "2:35", "needs a list, a mapping or one ${{ }}"),
        Broken("jobs: {a: {prompt: x, matrix: {m: {csv: a.csv, glob: b}}}}\n", "2:35", "names 2 sources of values"),
        Broken("jobs: {a: {prompt: x, matrix: {m: {csvv: a.csv}}}}\n", "2:36", "did you mean \"csv\"?"),
        Broken("jobs: {a: {prompt: x, matrix: {m: {glob: ../*}}}}\n", "2:42", "leaves the batch's folder"),
        Broken("jobs: {a: {prompt: x, matrix: {m: {csv: /etc/passwd}}}}\n", "2:41", "leaves the batch's folder"),
        Broken("jobs: {a: {prompt: x, matrix: {}}}\n", "2:31", "has no axis"),
        Broken("jobs: {a: {prompt: x, matrix: {key: [a]}}}\n", "2:32", "`key` cannot name an axis"),
        Broken("jobs: {a: {prompt: x, matrix: {m: [a], exclude: [{n: a}]}}}\n", "2:51", "has no axis `n`"),
        Broken(
            "jobs: {a: {prompt: x, matrix: {m: [a], include: [{m: b, prioriy: 1}]}}}\n", "2:57",
            "did you mean \"priority\"?"),
        Broken(
            "jobs: {a: {prompt: x, matrix: {m: [a], n: [b], include: [{m: b}]}}}\n", "2:58",
            "has no value for the axis `n`"),
        Broken(
            "jobs: {a: {prompt: x, matrix: {m: [a], include: [{m: b, priority: 99}]}}}\n", "2:67",
            "needs a whole number"),
        // Outputs and paths.
        Broken(
            "jobs: {a: {prompt: x, outputs: {o: {from: stdout}}}}\n", "2:43", "is from stdout, and `a` is a question"),
        Broken("jobs: {a: {run: [x], outputs: {o: {from: stdout, type: yaml}}}}\n", "2:56", "needs one of text, json"),
        Broken("jobs: {a: {prompt: x, output: {save: ../out.md}}}\n", "2:38", "leaves the batch's folder by `..`"),
        Broken("jobs: {a: {prompt: x, output: {save: /tmp/out.md}}}\n", "2:38", "leaves the batch's folder"),
        Broken("jobs: {a: {prompt: x, output: {save: \"~/out.md\"}}}\n", "2:38", "leaves the batch's folder"),
        Broken(
            "jobs: {a: {prompt: x, output: {save: \"out/../../${{ batch.name }}\"}}}\n", "2:38",
            "leaves the batch's folder by `..`"),
        Broken("jobs: {a: {prompt: x, output: {save: out/}}}\n", "2:38", "names no file"),
        // The language itself.
        Broken("jobs: {a: {run: !shell \"rm -rf /\"}}\n", "2:17", "tags such as `!shell` are not allowed"),
        Broken("jobs: !include jobs.yaml\n", "2:7", "tags such as `!include` are not allowed"),
        Broken("jobs: *nobody\n", "2:7", "no anchor `&nobody` stands before"),
        Broken("jobs:\n\ta: {run: [x]}\n", "3:1", "found character that cannot start any token"),
        Broken("jobs: {a: {run: [x]}\n", "3:1", "did not find expected"),
    ])
    func `a file that is broken between its parts is refused with its place and its reason`(_ broken: Broken) throws {
        try Broken.check(broken)
    }

    @Test func `every problem of a file is named, in the order of its lines`() throws {
        let text = """
            version: 1
            jobs:
              a: { prompt: x, priority: 99, modl: y }
              b: { run: x, needs: [c] }
              d: { prompt: "${{ inputs.x }}" }
            """
        let problems = BatchFile.check(Array(text.utf8), path: "f").problems
        #expect(problems.map(\.position.description) == ["f:3:29", "f:3:33", "f:4:13", "f:4:24", "f:5:28"])
    }

    @Test func `a problem in defaults is told once, however many jobs have it`() throws {
        let text =
            "version: 1\ndefaults: { workdir: \"${{ inputs.x }}\" }\njobs: { a: { prompt: x }, b: { prompt: y } }\n"
        let problems = BatchFile.check(Array(text.utf8), path: "f").problems
        #expect(problems.map(\.position.description) == ["f:2:34"])
    }

    @Test func `a template without quotes in brackets is explained`() throws {
        let text = "version: 1\njobs: {a: {prompt: x, matrix: {m: [${{ inputs.x }}]}}}\n"
        #expect(BatchFile.check(Array(text.utf8), path: "f").problems.first?.hint.contains("needs quotes") == true)
    }
}
