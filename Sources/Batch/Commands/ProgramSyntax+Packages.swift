extension ProgramSyntax {
    /// What fetches programs by their names and executes them, and what executes a package's scripts on the way.
    static let packages: [(names: String, syntax: ProgramSyntax)] = [
        ("npx pnpx bunx", runner),
        (
            "npm pnpm yarn yarnpkg",
            ProgramSyntax(
                code: "c", codeNames: ["--call", "--shell-mode"],
                loadNames: [
                    "--package", "--node-options", "--registry", "--script-shell", "--userconfig", "--globalconfig",
                    "--config",
                ],
                valued: "C", valuedNames: ["--prefix", "--dir", "--cwd"],
                operands: .subcommand([
                    "exec": runner, "x": runner, "dlx": runner, "create": runner, "init": runner, "innit": runner,
                    "run": script, "run-script": script, "rum": script, "urn": script, "node": script,
                    "install": installer, "i": installer, "in": installer, "add": installer, "ci": installer,
                    "update": installer, "up": installer, "global": installer, "link": installer, "ln": installer,
                    "rebuild": installer, "explore": ProgramSyntax(operands: .command(after: 1)),
                    "config": ProgramSyntax(operands: .code(after: 1)), "set": ProgramSyntax(operands: .code(after: 0)),
                ]))
        ),
        (
            "uvx",
            ProgramSyntax(
                loads: "p", loadNames: ["--from", "--with", "--with-editable", "--with-requirements", "--python"],
                operands: .command(after: 0))
        ),
        (
            "uv",
            ProgramSyntax(
                operands: .subcommand([
                    "run": ProgramSyntax(
                        loads: "p", loadNames: ["--with", "--with-editable", "--with-requirements", "--python"],
                        module: "m", operands: .command(after: 0)),
                    "tool": ProgramSyntax(operands: .subcommand(["run": runner, "install": installer])),
                    "pip": pip, "add": installer, "sync": data,
                ]))
        ),
        (
            "pipx",
            ProgramSyntax(operands: .subcommand(["run": runner, "install": installer, "inject": installer]))
        ),
        ("pip", pip),
        (
            "gem",
            ProgramSyntax(operands: .subcommand(["exec": runner, "install": installer, "update": installer]))
        ),
        ("bundle", ProgramSyntax(operands: .subcommand(["exec": ProgramSyntax(operands: .command(after: 0))]))),
        (
            "cargo",
            ProgramSyntax(
                loadNames: ["--config", "--manifest-path"], valued: "Z",
                operands: .subcommand([
                    "install": installer, "run": ProgramSyntax(loadNames: ["--config", "--manifest-path"]),
                    "build": ProgramSyntax(loadNames: ["--config", "--manifest-path"], operands: .data),
                    "test": ProgramSyntax(loadNames: ["--config", "--manifest-path"], operands: .data),
                ]))
        ),
        (
            "go",
            ProgramSyntax(
                operands: .subcommand([
                    "run": goTool(.script), "tool": script, "install": goTool(.code(after: 0)),
                    "generate": goTool(.code(after: 0)), "test": goTool(.data), "build": goTool(.data),
                    "vet": goTool(.data),
                ]))
        ),
        (
            "nix",
            ProgramSyntax(
                codeNames: ["--expr"],
                operands: .subcommand([
                    "run": script, "shell": nixShell, "develop": nixShell,
                    "eval": ProgramSyntax(codeNames: ["--expr"], operands: .data),
                ]))
        ),
        (
            "nix-shell",
            ProgramSyntax(
                code: "E", codeNames: ["--run", "--command", "--expr"], loads: "pI", loadNames: ["--packages"],
                operands: .code(after: 0))
        ),
    ]

    /// What executes the package that it is given.
    static let runner = ProgramSyntax(
        code: "c", codeNames: ["--call", "--shell-mode"], loads: "p",
        loadNames: ["--package", "--node-options", "--registry", "--spec", "--from", "--with"],
        operands: .command(after: 0))

    /// What executes the scripts of all packages that it is given.
    static let installer = ProgramSyntax(
        loadNames: ["--registry", "--index-url", "--extra-index-url", "--git", "--path"], operands: .code(after: 0))

    static let pip = ProgramSyntax(
        operands: .subcommand([
            "install": pipInstall, "download": pipInstall, "wheel": pipInstall,
            "config": ProgramSyntax(operands: .code(after: 1)),
        ]))

    private static let pipInstall = ProgramSyntax(
        loads: "reif",
        loadNames: [
            "--requirement", "--editable", "--index-url", "--extra-index-url", "--find-links", "--python", "--config",
        ],
        valued: "ct", valuedNames: ["--constraint", "--target", "--prefix", "--root"], operands: .code(after: 0))

    private static let nixShell = ProgramSyntax(
        code: "c", codeNames: ["--command", "--expr"], operands: .code(after: 0))

    private static func goTool(_ operands: Operands) -> ProgramSyntax {
        ProgramSyntax(
            codeNames: ["-exec", "-toolexec", "--exec", "--toolexec", "-vettool", "-ldflags", "-gcflags"],
            loadNames: ["-modfile", "-overlay"], valuedNames: ["-run", "-count", "-tags", "-o", "-timeout"],
            operands: operands)
    }
}
