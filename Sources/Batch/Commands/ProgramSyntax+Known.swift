extension ProgramSyntax {
    /// The programs that execute what they are given, and those that start another one.
    static let known: [String: ProgramSyntax] = {
        var known: [String: ProgramSyntax] = [:]
        for (names, syntax) in interpreters + tools + wrappers {
            for name in names.split(separator: " ") { known[String(name)] = syntax }
        }
        return known
    }()

    private static let interpreters: [(names: String, syntax: ProgramSyntax)] = [
        (
            "sh bash rbash dash ash zsh rzsh ksh mksh pdksh yash posh csh tcsh",
            ProgramSyntax(codeFlag: "c", valued: "oO", valuedNames: ["--rcfile", "--init-file", "--emulate"])
        ),
        (
            "fish nu elvish xonsh pwsh powershell",
            ProgramSyntax(
                code: "cC", codeNames: ["--command", "--commands", "--init-command", "-Command", "-EncodedCommand"],
                valued: "dop")
        ),
        ("python pypy ipython", ProgramSyntax(code: "c", files: "m", valued: "WX")),
        ("perl", ProgramSyntax(code: "eEMm", valued: "I", glued: "FiDCVx")),
        ("ruby jruby irb", ProgramSyntax(code: "e", valued: "rICEFKTWxi")),
        (
            "node nodejs bun tsx ts-node",
            ProgramSyntax(
                code: "ep", codeNames: ["--eval", "--print"], valued: "rCO",
                valuedNames: ["--require", "--import", "--loader", "--experimental-loader", "--conditions"])
        ),
        ("deno", ProgramSyntax(operands: .command(after: 0))),
        (
            "php",
            ProgramSyntax(
                code: "rBRE", codeNames: ["--run", "--process-begin", "--process-code", "--process-end"], files: "fF",
                valued: "cdzSt")
        ),
        ("lua luajit texlua", ProgramSyntax(code: "e", valued: "l")),
        (
            "R Rscript julia elixir iex scala groovy racket runghc ghc ghci swift raku",
            ProgramSyntax(code: "eE", codeNames: ["--eval", "--print", "--expression", "--rpc-eval", "--execute"])
        ),
        ("guile", ProgramSyntax(code: "c", valued: "Lls")),
        ("erl", ProgramSyntax(codeNames: ["-eval", "--eval"], operands: .data)),
        ("sbcl clisp ecl ccl", ProgramSyntax(code: "x", codeNames: ["--eval", "-eval"])),
        ("osascript", ProgramSyntax(code: "e", valued: "ls")),
        ("octave matlab", ProgramSyntax(code: "r", codeNames: ["--eval", "-batch"])),
        ("gnuplot dc", ProgramSyntax(code: "e", codeNames: ["--expression"])),
    ]

    /// Programs that are made for something else, and execute what stands in the wrong place.
    private static let tools: [(names: String, syntax: ProgramSyntax)] = [
        (
            "awk gawk mawk nawk original-awk",
            ProgramSyntax(
                code: "e", codeNames: ["--source"], files: "fE", valued: "vFilW",
                valuedNames: ["--assign", "--field-separator", "--include", "--load"], operands: .text)
        ),
        (
            "sed gsed",
            ProgramSyntax(
                code: "e", codeNames: ["--expression"], files: "f", valued: "l", valuedNames: ["--line-length"],
                glued: "i", operands: .text, isMild: true)
        ),
        (
            "emacs vi vim nvim view ex",
            ProgramSyntax(
                code: "cSf", codeNames: ["--cmd", "--eval", "-eval", "--execute", "-execute", "--funcall"],
                operands: .data)
        ),
        (
            "gdb lldb",
            ProgramSyntax(
                code: "oO", codeNames: ["-ex", "-iex", "-eval-command", "--eval-command", "--ex", "--one-line"],
                operands: .data)
        ),
        ("sqlite", ProgramSyntax(codeNames: ["-cmd", "--cmd"], operands: .texts(after: 1), isMild: true)),
        ("psql", ProgramSyntax(code: "c", codeNames: ["--command"], operands: .data, isMild: true)),
        ("mysql mariadb", ProgramSyntax(code: "e", codeNames: ["--execute"], operands: .data, isMild: true)),
        (
            "make gmake",
            ProgramSyntax(
                code: "E", codeNames: ["--eval"], files: "f", valued: "CIoWjl", operands: .texts(after: 0), isMild: true
            )
        ),
    ]

    private static let wrappers: [(names: String, syntax: ProgramSyntax)] = [
        (
            "env",
            ProgramSyntax(
                valued: "uC", valuedNames: ["--unset", "--chdir"], splitting: ("S", "--split-string"),
                operands: .command(after: 0))
        ),
        (
            "sudo doas",
            ProgramSyntax(
                valued: "ughpCrtTUDR", valuedNames: ["--user", "--group", "--host", "--prompt", "--chdir", "--chroot"],
                operands: .command(after: 0))
        ),
        ("nice", ProgramSyntax(valued: "n", valuedNames: ["--adjustment"], operands: .command(after: 0))),
        ("ionice chrt", ProgramSyntax(valued: "cnp", operands: .command(after: 0))),
        ("stdbuf", ProgramSyntax(valued: "ioe", operands: .command(after: 0))),
        ("time", ProgramSyntax(valued: "fo", operands: .command(after: 0))),
        (
            "timeout",
            ProgramSyntax(
                valued: "ks", valuedNames: ["--kill-after", "--signal"], operands: .command(after: 1))
        ),
        ("chroot taskset", ProgramSyntax(operands: .command(after: 1))),
        (
            "xargs",
            ProgramSyntax(
                valued: "adEILnPs", valuedNames: ["--arg-file", "--delimiter", "--max-args", "--max-procs"],
                operands: .command(after: 0))
        ),
        ("strace ltrace", ProgramSyntax(valued: "aeEIoOpPsSuU", operands: .command(after: 0))),
        ("setpriv unshare nsenter systemd-run", ProgramSyntax(valued: "tGSpEu", operands: .command(after: 0))),
        (
            "nohup setsid exec command builtin busybox toybox caffeinate catchsegv fakeroot sshpass unbuffer dbus-run-session",
            ProgramSyntax(operands: .command(after: 0))
        ),
        (
            "flock",
            ProgramSyntax(
                code: "c", codeNames: ["--command"], valued: "wE", valuedNames: ["--timeout", "--wait"],
                operands: .command(after: 1))
        ),
        (
            "find",
            ProgramSyntax(commandNames: ["-exec", "-execdir", "-ok", "-okdir"], operands: .data)
        ),
        ("su runuser", ProgramSyntax(code: "c", codeNames: ["--command", "--session-command"], operands: .data)),
        ("script", ProgramSyntax(code: "c", codeNames: ["--command"], operands: .data)),
        ("npm npx pnpm", ProgramSyntax(code: "c", codeNames: ["--call"], operands: .data)),
        ("nix-shell", ProgramSyntax(codeNames: ["--run", "--command"], operands: .data)),
        ("xterm", ProgramSyntax(commandNames: ["-e"], operands: .data)),
        (
            "ssh autossh slogin rsh",
            ProgramSyntax(code: "o", valued: "BbcDEeFIiJLlmOpQRSWw", operands: .texts(after: 1))
        ),
        ("watch", ProgramSyntax(valued: "n", operands: .texts(after: 0))),
        ("parallel", ProgramSyntax(valued: "aCDEIjLNnSsPX", operands: .texts(after: 0))),
        ("eval", ProgramSyntax(operands: .texts(after: 0))),
    ]
}
