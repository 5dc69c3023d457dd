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
        // Tools that start a helper, and modules that execute their arguments.
        #"[python3, -m, timeit, "@"]"#, #"[python3, -mtimeit, -s, "@", pass]"#, #"[python3, -m, pdb, -c, "@", x.py]"#,
        #"[git, -c, "@", status]"#, #"[git, -C, x, -c, "a=@", log]"#, #"[git, rebase, --exec, "@", main]"#,
        #"[git, clone, "--upload-pack=@", x]"#, #"[git, submodule, foreach, "@"]"#, #"[m4, "-Da=@", x.m4]"#,
        #"[tar, -xf, x.tar, "--to-command=@"]"#, #"[tar, xf, x.tar, --checkpoint-action, "exec=@"]"#,
        #"[tar, cIf, "@", x.tar, y]"#, #"[rsync, -e, "@", a, b]"#, #"[rsync, "-e@", a, b]"#,
        #"[rsync, --rsync-path, "@", a, b]"#, #"[npx, -c, "@"]"#, #"[npm, exec, --call, "@"]"#,
        #"[npm, -c, "@", exec]"#, #"[npm, "--call=@", exec]"#,
        #"[go, test, -exec, "@", ./x]"#, #"[sort, "--compress-program=@", x]"#, #"[split, --filter, "@", x]"#,
        #"[scp, -o, "ProxyCommand=@", a, b]"#, #"[php, "-dauto_prepend_file=@", x.php]"#,
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
        // What fetches a program and executes it, or the scripts of what it fetches.
        #"[npx, "@"]"#, #"[npx, -y, "@"]"#, #"[npx, "--package=@", tool]"#, #"[pnpm, dlx, "@"]"#,
        #"[npm, exec, --, "@"]"#,
        #"[npm, install, "@"]"#, #"[npm, "@", x]"#, #"[npm, --prefix, x, exec, "@"]"#, #"[yarn, dlx, "@"]"#,
        #"[bunx, "@"]"#, #"[uvx, "@"]"#, #"[uv, run, "@"]"#, #"[pipx, run, "@"]"#, #"[pip3, install, "x@"]"#,
        #"[python3, -m, pip, install, "@"]"#, #"[go, run, "@"]"#, #"[cargo, install, "@"]"#,
        // Scripts, and what is loaded beside them.
        #"[deno, run, "@"]"#, #"[deno, run, -A, "@"]"#, #"[node, --require, "@", x.js]"#,
        #"[node, "--import=@", x.js]"#,
        #"[node, "-r@", x.js]"#, #"[node, --env-file, "@", x.js]"#, #"[ruby, "-r@", x.rb]"#, #"[ruby, -I, "@", x.rb]"#,
        #"[perl, "-I@", x.pl]"#, #"[bash, --rcfile, "@", -i]"#, #"[bash, "--init-file=@"]"#, #"[m4, x.m4, "@"]"#,
        #"[php, -c, "@", x.php]"#, #"[gawk, -i, "@", "1", f]"#, #"[git, "--exec-path=@", status]"#,
        #"[git, config, alias.x, "@"]"#, #"[java, -jar, "@"]"#, #"[java, -cp, "@", Main]"#, #"[make, "--file=@"]"#,
        #"[ssh, -F, "@", host, ls]"#, #"[psql, -f, "@"]"#, #"[python3, -m, runpy, "@"]"#,
        // Variables that choose programs, and folders in which they are looked for.
        #"[env, "PATH=@", ls]"#, #"[env, A=b, "LD_PRELOAD=@", ls]"#, #"[sudo, "BASH_ENV=@", bash, x.sh]"#,
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
        #"[perl, -ne, print, --, "@"]"#, #"[node, -e, "0", --, "@"]"#, #"[awk, "{ print }", "@"]"#,
        #"[awk, -v, "x=@", "{ print x }"]"#, #"[sed, -e, p, --, "@"]"#, #"[php, -r, "0;", --, "@"]"#,
        // Arguments of scripts and of other programs.
        #"[sh, steps/x.sh, -c, "@"]"#, #"[python3, x.py, -c, "@"]"#, #"[python3, -m, json.tool, -c, "@"]"#,
        #"[bash, -e, --, x.sh, "@"]"#, #"[env, "NAME=@", ls]"#, #"[timeout, 5, ls, "@"]"#, #"[echo, "@"]"#,
        #"[nice, -n, 5, ls, "@"]"#, #"[make, -C, "@", test]"#, #"[git, commit, -m, "@"]"#, #"[find, "@", -name, x]"#,
        #"[tar, xf, "@"]"#, #"[tar, -xf, "@", -C, "@"]"#, #"[tar, -cf, x.tar, --, "@"]"#, #"[rsync, -a, --, "@", b]"#,
        #"[git, clone, --, "@"]"#, #"[git, clone, "--branch=@", x]"#, #"[git, grep, -e, "@"]"#, #"[git, log, "@"]"#,
        #"[npm, test, "@"]"#, #"[npx, tool, "@"]"#, #"[deno, run, x.ts, "@"]"#, #"[node, x.js, "@"]"#,
        #"[python3, -m, timeit, -n, "@", pass]"#, #"[java, -jar, x.jar, "@"]"#, #"[psql, -d, "@"]"#,
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
        // Each of these has an option by which it executes what it is given.
        #"[sed, -e, p, "@"]"#, #"[sed, -n, p, "@"]"#, #"[perl, -ne, print, "@"]"#, #"[php, -r, "0;", "@"]"#,
        #"[node, -e, "0", "@"]"#, #"[awk, -f, x.awk, "@"]"#, #"[tar, -xf, x.tar, "@"]"#, #"[tar, xf, x.tar, "@"]"#,
        #"[rsync, -a, "@", b]"#, #"[git, clone, "@"]"#, #"[git, fetch, origin, "@"]"#, #"[vim, "@"]"#, #"[psql, "@"]"#,
    ])
    func `what a job gave is no option by which programs are run`(_ run: String) {
        for key in ["run", "verify", "axis", "row"] {
            let problems = problems(run, as: key)
            #expect(problems.map { $0.message.contains("could be an option by which") } == [true], "\(key) \(problems)")
        }
    }

    /// What is wrong with a job of these keys, whose value `@` another job gave.
    private func problems(of keys: String) -> [ConfigProblem] {
        let text = """
            version: 1
            inputs: { i: { default: x } }
            jobs:
              l: { run: [ls] }
              a: { needs: [l], \(keys.replacing("@", with: "${{ jobs.l.text }}").replacing("%", with: "${{ inputs.i }}")) }

            """
        return BatchFile.check(Array(text.utf8), path: "f").problems
    }

    @Test(arguments: [
        #"run: [./x.sh], workdir: "@""#, #"run: [bin/x], workdir: "sub/@""#, #"run: ["%"], workdir: "@""#,
        #"prompt: x, verify: [./x.sh], workdir: "@""#, #"run: [sh, x.sh], workdir: "@""#,
        #"run: [nice, ./x], workdir: "@""#,
        #"run: [env, -C, "@", ./x]"#, #"run: [awk, -f, p/x.awk, y], workdir: "@""#, #"run: [./x, "@"], workdir: "@""#,
        #"run: [ls], verify: [./x], matrix: { m: [1], include: [{ m: 1, workdir: "@" }] }"#,
    ])
    func `what a job gave does not choose the folder of a program`(_ keys: String) {
        let problems = problems(of: keys)
        #expect(problems.map { $0.message.contains("would choose the folder") } == [true], "\(problems)")
        #expect(problems.allSatisfy { $0.position.line == 5 && $0.hint.contains("whole path") })
    }

    @Test(arguments: [
        #"run: [ls, -l], workdir: "@""#, #"run: [/bin/ls], workdir: "@""#,
        #"run: ["${{ batch.folder }}/x"], workdir: "@""#,
        #"run: [sh, "${{ batch.folder }}/x.sh"], workdir: "@""#, #"run: [./x.sh], workdir: "%""#,
        #"run: [make], workdir: "@""#,
        #"prompt: x, workdir: "@""#, #"run: [python3, -m, pytest], workdir: "@""#,
        #"run: [./x.sh], env: { set: { NAME: "@", TEXT_PATH: "@", PATH: "%" } }"#,
        #"run: [./x.sh], workdir: "@", matrix: { m: [1] }"#.replacing("./x.sh", with: "x"),
    ])
    func `folders and variables that choose no program may be given`(_ keys: String) {
        let problems = problems(of: keys)
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test(arguments: [
        "PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "NODE_OPTIONS", "PYTHONPATH", "PYTHONSTARTUP",
        "PERL5OPT", "PERL5LIB", "RUBYOPT", "RUBYLIB", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "JAVA_TOOL_OPTIONS",
        "MAKEFLAGS", "HOME", "SHELL", "EDITOR", "RSYNC_RSH", "BASH_FUNC_ls", "npm_config_registry", "LESSOPEN",
    ])
    func `what a job gave is no variable that chooses programs`(_ name: String) {
        for work in ["run: [ls]", "prompt: x", "prompt: x, verify: [ls]"] {
            let problems = problems(of: "\(work), env: { set: { \"\(name)\": \"@\" } }")
            #expect(problems.map { $0.message.contains("would choose programs") } == [true], "\(problems)")
        }
        #expect(
            problems(of: "run: [ls], matrix: { m: [1], include: [{ m: 1, env: { set: { \"\(name)\": \"@\" } } }] }")
                .count == 1)
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

    @Test(arguments: ["{ files: \"*.txt\" }", "{ glob: \"*\" }"])
    func `the names of files are no part of a program`(_ axis: String) {
        func problems(_ words: String) -> [ConfigProblem] {
            let text = "version: 1\njobs: { a: { run: \(words), matrix: { f: \(axis) } } }\n"
            return BatchFile.check(Array(text.utf8), path: "f").problems
        }
        for words in [
            #"[make, "${{ matrix.f }}"]"#, #"[sed, "s/x/${{ matrix.f }}/"]"#,
            #"[sqlite3, x.db, "select ${{ matrix.key }}"]"#,
            #"[sh, -c, "cat ${{ matrix.f }}"]"#, #"[ssh, host, cat, "${{ matrix.f }}"]"#,
        ] {
            #expect(problems(words).first?.message.contains("a part of the program") == true, "\(words)")
        }
        for words in [
            #"[cat, "${{ matrix.f }}"]"#, #"[sed, -n, p, "${{ matrix.f }}"]"#, #"[tar, cf, x, "${{ matrix.f }}"]"#,
        ] {
            #expect(problems(words).isEmpty, "\(words) \(problems(words))")
        }
    }

    @Test func `the hint shows the right form`() {
        let hint = problems(#"[bash, -euo, pipefail, -c, "echo @"]"#).first?.hint
        #expect(hint == #"give it as an argument: [bash, -c, 'echo "$1"', bash, "${{ … }}"]"#)
    }
}
