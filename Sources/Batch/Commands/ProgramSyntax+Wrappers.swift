extension ProgramSyntax {
    /// Programs that start another one.
    static let wrappers: [(names: String, syntax: ProgramSyntax)] = [
        (
            "env",
            ProgramSyntax(
                valued: "uC", valuedNames: ["--unset", "--chdir"], folders: ["C", "--chdir"],
                splitting: ("S", "--split-string"), operands: .command(after: 0))
        ),
        (
            "sudo doas",
            ProgramSyntax(
                valued: "ughpCrtTUDR", valuedNames: ["--user", "--group", "--host", "--prompt", "--chdir", "--chroot"],
                folders: ["D", "R", "--chdir", "--chroot"], operands: .command(after: 0))
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
        (
            "su runuser",
            ProgramSyntax(
                code: "c", codeNames: ["--command", "--session-command"], loads: "s", loadNames: ["--shell"],
                valued: "gGw", operands: .data)
        ),
        ("script", ProgramSyntax(code: "c", codeNames: ["--command"], valued: "EIOBToTm", operands: .data)),
        ("xterm", ProgramSyntax(commandNames: ["-e"], operands: .data)),
        (
            "ssh autossh slogin rsh",
            ProgramSyntax(code: "o", loads: "FI", valued: "BbcDEeiJLlmOpQRSWw", operands: .texts(after: 1))
        ),
        ("watch", ProgramSyntax(valued: "n", operands: .texts(after: 0))),
        ("parallel", ProgramSyntax(valued: "aCDEIjLNnSsPX", operands: .texts(after: 0))),
        ("eval", ProgramSyntax(operands: .texts(after: 0))),
    ]
}
