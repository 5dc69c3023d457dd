extension ProgramSyntax {
    /// Shells and languages.
    static let interpreters: [(names: String, syntax: ProgramSyntax)] = [
        (
            "sh bash rbash dash ash zsh rzsh ksh mksh pdksh yash posh csh tcsh",
            ProgramSyntax(
                codeFlag: "c", loadNames: ["--rcfile", "--init-file"], valued: "oO", valuedNames: ["--emulate"])
        ),
        (
            "fish nu elvish xonsh pwsh powershell",
            ProgramSyntax(
                code: "cC", codeNames: ["--command", "--commands", "--init-command", "-Command", "-EncodedCommand"],
                fileNames: ["-File"], loadNames: ["--config", "--env-config", "--rc"], valued: "dop")
        ),
        (
            "python pypy ipython",
            ProgramSyntax(code: "c", codeEndsOptions: true, module: "m", modules: pythonModules, valued: "WX")
        ),
        ("perl", ProgramSyntax(code: "eEMm", loads: "I", glued: "FiDCVx")),
        ("ruby jruby irb", ProgramSyntax(code: "e", loads: "rI", valued: "CEFKTWxi", folders: ["C", "x"])),
        (
            "node nodejs tsx ts-node",
            ProgramSyntax(
                code: "ep", codeNames: ["--eval", "--print"], loads: "r",
                loadNames: [
                    "--require", "--import", "--loader", "--experimental-loader", "--env-file", "--env-file-if-exists",
                    "--run", "--snapshot-blob", "--experimental-config-file",
                ],
                valued: "CO", valuedNames: ["--conditions"])
        ),
        (
            "bun",
            ProgramSyntax(
                code: "ep", codeNames: ["--eval", "--print"], loads: "rc",
                loadNames: ["--preload", "--require", "--import", "--config", "--env-file"],
                operands: .subcommand([
                    "run": .script, "x": .runner, "create": .runner, "test": .data, "install": .installer,
                    "add": .installer, "exec": ProgramSyntax(operands: .text),
                ]))
        ),
        (
            "deno",
            ProgramSyntax(
                operands: .subcommand([
                    "run": denoScript, "serve": denoScript, "task": denoScript, "install": denoScript, "x": denoScript,
                    "compile": denoScript, "test": ProgramSyntax(operands: .code(after: 0)),
                    "bench": ProgramSyntax(operands: .code(after: 0)),
                    "eval": ProgramSyntax(operands: .texts(after: 0)),
                ]))
        ),
        (
            "php",
            ProgramSyntax(
                code: "rBREd", codeNames: ["--run", "--process-begin", "--process-code", "--process-end", "--define"],
                files: "fF", loads: "cz", loadNames: ["--php-ini", "--zend-extension"], valued: "St")
        ),
        ("lua luajit texlua", ProgramSyntax(code: "e", loads: "l")),
        (
            "R Rscript julia elixir iex scala groovy racket runghc ghc ghci swift raku",
            ProgramSyntax(
                code: "eE", codeNames: ["--eval", "--print", "--expression", "--rpc-eval", "--execute"],
                loadNames: ["--load", "--require", "--project"])
        ),
        ("guile", ProgramSyntax(code: "c", codeEndsOptions: true, loads: "Lls")),
        (
            "erl",
            ProgramSyntax(codeNames: ["-eval", "--eval", "-run", "-s"], loadNames: ["-pa", "-pz"], operands: .data)
        ),
        (
            "sbcl clisp ecl ccl",
            ProgramSyntax(code: "x", codeNames: ["--eval", "-eval"], loadNames: ["--load", "-load"])
        ),
        ("osascript", ProgramSyntax(code: "e", valued: "ls")),
        ("octave matlab", ProgramSyntax(code: "r", codeNames: ["--eval", "-batch"])),
        ("gnuplot dc", ProgramSyntax(code: "e", codeNames: ["--expression"])),
        ("expect", ProgramSyntax(code: "c", files: "f")),
        ("tclsh wish", ProgramSyntax()),
        ("m4", ProgramSyntax(code: "D", codeNames: ["--define"], loads: "I", operands: .code(after: 0))),
        (
            "java",
            ProgramSyntax(
                fileNames: ["-jar", "-m", "--module"],
                loadNames: ["-cp", "-classpath", "--class-path", "-p", "--module-path"], glued: "XD")
        ),
    ]

    /// A program that executes the file which it is given.
    static let script = ProgramSyntax()
    /// One that executes nothing of what it is given.
    static let data = ProgramSyntax(operands: .data)

    private static let denoScript = ProgramSyntax(
        loads: "c", loadNames: ["--config", "--import-map", "--preload", "--require", "--env-file", "--import"])

    /// Modules of Python that execute what they are given.
    private static let pythonModules: [String: ProgramSyntax] = [
        "timeit": ProgramSyntax(
            code: "s", codeNames: ["--setup"], valued: "nru", valuedNames: ["--number", "--repeat", "--unit"],
            operands: .texts(after: 0)),
        "pdb": ProgramSyntax(code: "c", codeNames: ["--command"], module: "m"),
        "cProfile": ProgramSyntax(module: "m", valued: "os"), "profile": ProgramSyntax(module: "m", valued: "os"),
        "trace": ProgramSyntax(module: "m", valued: "fRC"), "runpy": ProgramSyntax(operands: .code(after: 0)),
        "doctest": ProgramSyntax(operands: .code(after: 0)), "unittest": ProgramSyntax(operands: .code(after: 0)),
        "code": .data, "IPython": ProgramSyntax(code: "c", codeNames: ["--command"], module: "m"),
        "pip": pip,
    ]
}
