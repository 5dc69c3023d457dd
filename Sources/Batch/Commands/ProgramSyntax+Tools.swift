extension ProgramSyntax {
    /// Programs that are made for something else, and execute what stands in the wrong place.
    static let tools: [(names: String, syntax: ProgramSyntax)] = [
        (
            "awk gawk mawk nawk original-awk",
            ProgramSyntax(
                code: "e", codeNames: ["--source"], files: "fE", loads: "il", loadNames: ["--include", "--load"],
                valued: "vFW", valuedNames: ["--assign", "--field-separator"], operands: .text)
        ),
        (
            "sed gsed",
            ProgramSyntax(
                code: "e", codeNames: ["--expression"], files: "f", fileNames: ["--file"], valued: "l",
                valuedNames: ["--line-length"], glued: "i", operands: .text, permutes: true, isMild: true)
        ),
        (
            "emacs vi vim nvim view ex",
            ProgramSyntax(
                code: "cSf", codeNames: ["--cmd", "--eval", "-eval", "--execute", "-execute", "--funcall"],
                loads: "ul", loadNames: ["--load", "-load", "--script"], operands: .data)
        ),
        (
            "gdb lldb",
            ProgramSyntax(
                code: "oO", codeNames: ["-ex", "-iex", "-eval-command", "--eval-command", "--ex", "--one-line"],
                loads: "xs", loadNames: ["-ix", "--command", "-command", "--source"],
                valuedNames: ["-p", "-pid", "--pid"], operands: .data)
        ),
        (
            "sqlite",
            ProgramSyntax(
                codeNames: ["-cmd", "--cmd"], loadNames: ["-init", "--init"],
                valuedNames: ["-separator", "-newline", "-nullvalue"], operands: .texts(after: 1), isMild: true)
        ),
        (
            "psql",
            ProgramSyntax(
                code: "c", codeNames: ["--command"], files: "f", fileNames: ["--file"], valued: "dhpUvFRPTLo",
                valuedNames: ["--dbname", "--host", "--port", "--username", "--set", "--variable"], operands: .data,
                isMild: true)
        ),
        (
            "mysql mariadb",
            ProgramSyntax(
                code: "e", codeNames: ["--execute", "--init-command"],
                loadNames: ["--defaults-file", "--defaults-extra-file", "--plugin-dir"], valued: "hPuDS",
                valuedNames: ["--host", "--port", "--user", "--database"], operands: .data, isMild: true)
        ),
        (
            "make gmake",
            ProgramSyntax(
                code: "E", codeNames: ["--eval"], files: "f", fileNames: ["--file", "--makefile"], loads: "I",
                loadNames: ["--include-dir"], valued: "CoWjl",
                valuedNames: ["--directory", "--jobs"], operands: .texts(after: 0), isMild: true)
        ),
        (
            "git",
            ProgramSyntax(
                code: "c", codeNames: ["--config-env"], loadNames: ["--exec-path"], valued: "C",
                valuedNames: ["--git-dir", "--work-tree", "--namespace"], operands: .subcommand(git))
        ),
        (
            "hg",
            ProgramSyntax(
                codeNames: ["--config"], loadNames: ["--config-file"], valued: "R", valuedNames: ["--repository"],
                operands: .data)
        ),
        (
            "tar gtar bsdtar",
            ProgramSyntax(
                code: "IF",
                codeNames: [
                    "--checkpoint-action", "--to-command", "--use-compress-program", "--rsh-command", "--rmt-command",
                    "--info-script", "--new-volume-script",
                ],
                valued: "fCTXbgHKLNV",
                valuedNames: [
                    "--file", "--directory", "--exclude", "--files-from", "--transform", "--strip-components",
                ],
                operands: .data, permutes: true, bundles: true)
        ),
        (
            "rsync",
            ProgramSyntax(
                code: "eM", codeNames: ["--rsh", "--rsync-path", "--remote-option"], valued: "fTB",
                valuedNames: [
                    "--exclude", "--include", "--filter", "--exclude-from", "--include-from", "--files-from",
                ],
                operands: .data, permutes: true)
        ),
        (
            "scp sftp",
            ProgramSyntax(code: "oSD", files: "Fb", valued: "ciJlPBRsX", operands: .data)
        ),
        ("sort gsort", ProgramSyntax(codeNames: ["--compress-program"], operands: .data)),
        ("split gsplit", ProgramSyntax(codeNames: ["--filter"], operands: .data)),
        ("zip", ProgramSyntax(codeNames: ["-TT", "--unzip-command"], operands: .data)),
        ("man", ProgramSyntax(code: "PH", codeNames: ["--pager", "--html"], loads: "C", operands: .data)),
        ("tcpdump", ProgramSyntax(code: "z", operands: .data)),
        (
            "nc ncat netcat",
            ProgramSyntax(code: "ec", codeNames: ["--exec", "--sh-exec", "--lua-exec"], operands: .data)
        ),
        ("socat", ProgramSyntax(operands: .texts(after: 0), isMild: true)),
        (
            "gcc cc g++ c++ clang clang++",
            ProgramSyntax(
                codeNames: ["-wrapper"], loadNames: ["-specs", "--specs", "-fplugin", "-load"], glued: "fBIDLlW",
                operands: .data)
        ),
    ]

    /// The words of `git` by which it executes what it is given.
    private static let git: [String: ProgramSyntax] = {
        let transport = ProgramSyntax(
            code: "uc", codeNames: ["--upload-pack", "--receive-pack", "--exec", "--config"], loadNames: ["--template"],
            valued: "bjo", valuedNames: ["--branch", "--depth", "--origin", "--reference", "--jobs"], operands: .data)
        // Here the letter is `--set-upstream`.
        var push = transport
        push.code = ""
        var git: [String: ProgramSyntax] = ["push": push]
        for word in ["clone", "fetch", "pull", "ls-remote", "fetch-pack", "send-pack", "archive", "remote"] {
            git[word] = transport
        }
        git["rebase"] = ProgramSyntax(
            code: "x", codeNames: ["--exec"], valued: "sXC", valuedNames: ["--onto", "--strategy"], operands: .data)
        git["grep"] = ProgramSyntax(
            codeNames: ["--open-files-in-pager", "-O"], valued: "efABCm", operands: .data)
        git["difftool"] = ProgramSyntax(code: "x", codeNames: ["--extcmd"], operands: .data)
        git["mergetool"] = ProgramSyntax(loads: "t", loadNames: ["--tool"], operands: .data)
        git["filter-branch"] = ProgramSyntax(
            codeNames: [
                "--setup", "--env-filter", "--tree-filter", "--index-filter", "--parent-filter", "--msg-filter",
                "--commit-filter", "--tag-name-filter",
            ], operands: .data)
        git["config"] = ProgramSyntax(
            files: "f", fileNames: ["--file"], operands: .code(after: 1))
        git["bisect"] = ProgramSyntax(operands: .subcommand(["run": ProgramSyntax(operands: .command(after: 0))]))
        git["submodule"] = ProgramSyntax(
            operands: .subcommand([
                "foreach": ProgramSyntax(operands: .texts(after: 0)), "add": transport, "update": transport,
            ]))
        return git
    }()
}
