import TestSupport
import Testing

@testable import Batch

@Suite struct BrokenPartsTests {
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
        // Limits that come too late.
        Broken(
            "jobs: {a: {run: [x]}, b: {run: [x], needs: [a], key: \"${{ jobs.a.text }}\"}}\n", "2:55",
            "`key` must be known before"),
        Broken(
            "jobs: {a: {run: [x]}, b: {run: [x], needs: [a], pools: [p, \"${{ jobs.a.text }}\"]}}\npools: {p: {max: 1}}\n",
            "2:61", "`pools` must be known before"),
        Broken(
            "jobs: {a: {run: [x]}, b: {run: [x], needs: [a], timeout: {total: \"${{ jobs.a.text }}\"}}}\n", "2:67",
            "`timeout` must be known before"),
        Broken(
            "jobs: {a: {run: [x]}, b: {run: [x], needs: [a], matrix: {n: [1], include: [{n: 2, provider: \"${{ jobs.a.text }}\"}]}}}\n",
            "2:94", "`provider` must be known before"),
        // Commands.
        Broken(
            "jobs: {a: {run: [x]}, b: {run: [\"${{ jobs.a.text }}\"], needs: [a]}}\n", "2:34",
            "gave would choose the program"),
        Broken(
            "jobs: {a: {run: [\"${{ matrix.m }}\"], matrix: {m: {command: [ls]}}}}\n", "2:19",
            "gave would choose the program"),
        Broken(
            "jobs: {a: {run: [sh, -ec, \"echo ${{ inputs.x }}\"]}}\ninputs: {x: {}}\n", "2:33",
            "a value would become a part of the program that `sh -ec` runs"),
        Broken(
            "jobs: {a: {run: [env, /bin/bash, -c, \"${{ inputs.x }}\"]}}\ninputs: {x: {}}\n", "2:39",
            "a part of the program that `bash -c` runs"),
        Broken(
            "jobs: {a: {prompt: x, verify: [python3, -c, \"print(${{ batch.name }})\"]}}\n", "2:52",
            "a part of the program that `python3 -c` runs"),
        // The language itself.
        Broken("jobs: {a: {run: !shell \"rm -rf /\"}}\n", "2:17", "tags such as `!shell` are not allowed"),
        Broken("jobs: !include jobs.yaml\n", "2:7", "tags such as `!include` are not allowed"),
        Broken("jobs: *nobody\n", "2:7", "no anchor `&nobody` stands before"),
        Broken("jobs:\n\ta: {run: [x]}\n", "3:1", "found character that cannot start any token"),
        Broken("jobs: {a: {run: [x]}\n", "3:1", "did not find expected"),
    ])
    func `a file that is broken between its parts is refused with its place and its reason`(_ broken: Broken) {
        broken.expectRefusal()
    }
}
