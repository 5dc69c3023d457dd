import Model
import Settings
import TestSupport
import Testing

@testable import Batch

extension Broken {
    /// Expects that both ways of reading the batch file say so, the first problem before all others.
    func expectRefusal() {
        let first = BatchFile.check(Array(text.utf8), path: "f").problems.first
        #expect(mismatch(first.map { ConfigProblem.error([$0]) }) == nil)
        #expect(mismatch(tuttiError { _ = try read(text) }) == nil)
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
    func `a broken file is refused with its place and its reason`(_ broken: Broken) { broken.expectRefusal() }

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

    @Test func `a value may be an argument of a shell's program`() throws {
        _ = try read(
            "version: 1\ninputs: {x: {}}\njobs: {a: {run: [sh, -c, 'echo \"$1\"', sh, \"${{ inputs.x }}\"]}, b: {run: [sh, x.sh, -c, \"${{ inputs.x }}\"]}}\n"
        )
    }

    @Test func `a template without quotes in brackets is explained`() throws {
        let text = "version: 1\njobs: {a: {prompt: x, matrix: {m: [${{ inputs.x }}]}}}\n"
        #expect(BatchFile.check(Array(text.utf8), path: "f").problems.first?.hint.contains("needs quotes") == true)
    }

    @Test func `a misspelt name in a template is told together with what else is wrong in its job`() throws {
        let text = """
            version: 1
            inputs: { who: { tipe: text } }
            jobs:
              list: { run: [x], outputs: { all: { from: stdout, type: jsn } } }
              ask:
                promt: x
                needs: [list]
                matrix: { n: "${{ jobs.list.outputs.all }}", m: { csvv: f } }
                model: "${{ inputs.who }} ${{ jobs.lst.text }} ${{ jobs.list.outputs.al }} ${{ matrix.n }} ${{ matrix.m }}"
            """
        let problems = BatchFile.check(Array(text.utf8), path: "f").problems
        #expect(problems.map(\.position.line) == [2, 4, 6, 8, 9, 9], "\(problems)")
        #expect(problems.contains { $0.message.contains("there is no job `lst`, did you mean \"list\"?") })
        #expect(problems.contains { $0.message.contains("`jobs.list.outputs` has no `al`, did you mean \"all\"?") })
    }
}
