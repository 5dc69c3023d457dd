import Model
import Settings
import Testing

@testable import Batch

/// In each command `@` stands for a value that a job gave, `%` for one that the file or its reader wrote.
@Suite struct CommandInspectionTests {
    /// The words of `run`, as they are written in YAML, in a job after one with an output.
    private func problems(_ run: String, as key: String = "run") -> [ConfigProblem] {
        let words = run.replacing("@", with: "${{ jobs.l.outputs.o }}").replacing("%", with: "${{ inputs.i }}")
        let job =
            switch key {
            case "run": "run: \(words)"
            case "axis": "prompt: x, matrix: { m: { command: \(words) } }"
            case "row": "prompt: x, matrix: { m: [a], include: [{ m: a, verify: \(words) }] }"
            default: "prompt: x, \(key): \(words)"
            }
        let text = """
            version: 1
            inputs: { i: { default: x } }
            jobs:
              l: { run: [ls], outputs: { o: { from: stdout } } }
              a: { needs: [l], \(job) }

            """
        return BatchFile.check(Array(text.utf8), path: "f").problems
    }

    @Test(arguments: [
        // Shells, with the option wherever it stands.
        #"[bash, -eo, pipefail, -c, "echo @"]"#, #"[bash, --rcfile, x, -ec, "echo @"]"#, #"[sh, -c, -e, "@"]"#,
        #"[bash, +o, posix, -c, "@"]"#, #"[bash-5.2, -c, "@"]"#, #"[/usr/bin/fish, "-cecho @"]"#,
        #"[fish, "--command=@"]"#, #"[sh, -c, "%"]"#, #"[zsh, -o, err_exit, -c, --, "@"]"#,
        // Interpreters, by short and long options, glued and apart.
        #"[python3, "-cprint('@')"]"#, #"[python3.11, -c, "@"]"#, #"[python3, -W, ignore, -uc, "@"]"#,
        #"[pypy3.10, -c, "@"]"#, #"[perl, -ne, "@"]"#, #"[perl, -E, "@"]"#, #"[perl, "-MPOSIX=@", x.pl]"#,
        #"[perl, -Ilib, -n, -e, "@"]"#, #"[ruby3.2, -e, "@"]"#, #"[ruby, -rjson, -ne, "@"]"#,
        #"[node, --eval, "@"]"#, #"[node, "--eval=@"]"#, #"[node, -p, "@"]"#, #"[node, --print, "@"]"#,
        #"[node, --require, ./x.js, -pe, "@"]"#, #"[deno, eval, "@"]"#, #"[deno, eval, -p, "@"]"#,
        #"[php, -r, "@"]"#, #"[php8.2, "-recho @;"]"#, #"[lua5.4, -e, "@"]"#, #"[osascript, -e, "@"]"#,
        #"[Rscript, -e, "@"]"#, #"[julia, --eval, "@"]"#, #"[emacs, --batch, --eval, "@"]"#,
        // Programs that were made for something else.
        #"[awk, "{ print @ }", file]"#, #"[gawk, -F, ":", "@"]"#, #"[gawk, -v, "a=b", --source, "@"]"#,
        #"[sed, -n, "s/x/@/", file]"#, #"[sed, -e, p, -e, "s/x/@/"]"#, #"[vim, -c, "@"]"#, #"[make, "NAME=@"]"#,
        #"[sqlite3, x.db, "select @"]"#,
        // Programs that start others.
        #"[env, -S, "sh -c @"]"#, #"[env, "-Ssh -c @"]"#, #"[env, --split-string, "sh @"]"#,
        #"[env, -S, "bash -c", "@"]"#, #"[env, A=b, -u, C, sh, -c, "@"]"#, #"[nice, -n, 5, bash, -c, "@"]"#,
        #"[xargs, sh, -c, "@"]"#,
        #"[find, ., -exec, sh, -c, "@", ";"]"#, #"[ssh, host, "ls @"]"#, #"[ssh, -p, 22, host, ls, "@"]"#,
        #"[ssh, -o, "ProxyCommand=@", host]"#, #"[su, -c, "@"]"#, #"[su, "-", user, -c, "@"]"#, #"[eval, "@"]"#,
        #"[watch, "ls @"]"#, #"[script, -c, "@", out]"#, #"[flock, lock, -c, "@"]"#,
        #"[docker, exec, box, sh, -c, "@"]"#, #"[sh, -c, 'exec "$*"', sh, python3, -c, "@"]"#,
        // A program that is not known yet.
        #"["%", -c, "echo @"]"#, #"["%", -ec, "echo @"]"#, #"[env, "python%", -c, "@"]"#,
    ])
    func `a value is never a part of a program`(_ run: String) throws {
        for key in ["run", "verify", "axis", "row"] {
            let problems = problems(run, as: key)
            #expect(problems.count == 1, "\(key) \(problems)")
            let problem = try #require(problems.first)
            #expect(problem.message.contains("a value would become a part of the program that"), "\(problem.message)")
            #expect(problem.position.line == 5 && !problem.hint.isEmpty)
        }
    }

    @Test(arguments: [
        #"["@"]"#, #"["./@"]"#, #"[env, "@"]"#, #"[env, A=b, "@"]"#, #"[nice, -n, 5, "@"]"#, #"[timeout, 5, "@"]"#,
        #"[sh, "@"]"#, #"[bash, -e, "steps/@.sh"]"#, #"[sh, "-@", "echo 1"]"#, #"[python3, -m, "@"]"#,
        #"[node, "--@", x]"#, #"[awk, -f, "@"]"#, #"[find, ., -exec, "@", ";"]"#, #"[ssh, "@", ls]"#,
        #"[sudo, -u, bob, "@"]"#, #"[xargs, -n, 1, "@"]"#,
    ])
    func `what a job gave does not choose a program`(_ run: String) {
        for key in ["run", "verify", "axis", "row"] {
            let problems = problems(run, as: key)
            #expect(problems.map { $0.message.contains("would choose the program") } == [true], "\(key) \(problems)")
        }
    }

    @Test(arguments: [
        // The right form, and its relatives.
        #"[sh, -c, 'echo "$1"', sh, "@"]"#, #"[bash, -eo, pipefail, -c, 'echo "$1"', bash, "@"]"#,
        #"[env, LANG=C, sh, -c, 'echo "$0"', "@"]"#, #"[python3, -c, "import sys", "@"]"#,
        #"[perl, -ne, print, "@"]"#, #"[node, -e, "0", --, "@"]"#, #"[awk, "{ print }", "@"]"#,
        #"[awk, -v, "x=@", "{ print x }"]"#, #"[sed, -e, p, "@"]"#, #"[php, -r, "0;", "@"]"#,
        // Arguments of scripts and of other programs.
        #"[sh, steps/x.sh, -c, "@"]"#, #"[python3, x.py, -c, "@"]"#, #"[python3, -m, json.tool, -c, "@"]"#,
        #"[bash, -e, --, x.sh, "@"]"#, #"[env, "NAME=@", ls]"#, #"[timeout, 5, ls, "@"]"#, #"[echo, "@"]"#,
        #"[nice, -n, 5, ls, "@"]"#, #"[make, -C, "@", test]"#, #"[git, commit, -m, "@"]"#, #"[find, "@", -name, x]"#,
        #"[find, ., -exec, ls, "@", ";"]"#, #"[ssh-keygen, -c, "@"]"#, #"[sha256sum, -c, "@"]"#,
        // What the person chose may choose.
        #"["%", "@"]"#, #"[sh, "%"]"#, #"[sed, -n, "%p", file]"#, #"[make, "%"]"#, #"["bin/%", run, "@"]"#,
    ])
    func `what is data stays data`(_ run: String) {
        for key in ["run", "verify", "axis", "row"] {
            let problems = problems(run, as: key)
            #expect(problems.isEmpty, "\(key) \(problems)")
        }
    }

    @Test(arguments: [
        "{ csv: a.csv, field: n }", "{ jsonl: a.jsonl }", "{ command: [ls] }", "'${{ file(\"a\") | lines }}'",
    ])
    func `rows that are read choose no program, rows that are written out may`(_ axis: String) {
        func problems(_ axis: String) -> [ConfigProblem] {
            let text = "version: 1\njobs: { a: { run: [sh, \"${{ matrix.m }}\"], matrix: { m: \(axis) } } }\n"
            return BatchFile.check(Array(text.utf8), path: "f").problems
        }
        #expect(problems(axis).first?.message.contains("would choose the program") == true)
        #expect(problems("[x.sh, y.sh]").isEmpty && problems("{ files: steps/*.sh }").isEmpty)
    }

    @Test func `the hint shows the right form`() {
        let hint = problems(#"[bash, -euo, pipefail, -c, "echo @"]"#).first?.hint
        #expect(hint == #"give it as an argument: [bash, -c, 'echo "$1"', bash, "${{ … }}"]"#)
    }
}
