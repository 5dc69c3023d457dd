import TestSupport

/// What a person at a terminal does, one step after another.
enum Step {
    /// Waits until the screen shows the text after what was last waited for.
    case see(String)
    /// Types keys; `\u{3}` is Ctrl+C.
    case type(String)
    /// Sends the program a signal.
    case signal(Int32)
    /// Sends every host of the scene a signal.
    case signalHosts(Int32)
    /// Makes the window so many columns wide.
    case resize(Int)
    /// Closes the window.
    case hangUp
    /// Lets the provider at a module's gate go on.
    case release(String, String)
}

/// What came of a program at a terminal.
struct Screen {
    /// All that was written to the terminal.
    let output: String
    /// The exit status, negative for a signal.
    let status: Int
    /// True when the terminal's modes are as before.
    let isRestored: Bool

    /// True when the cursor can be seen at the end.
    var showsCursor: Bool {
        guard let hidden = output.ranges(of: "\u{1b}[?25l").last else { return true }
        return output.ranges(of: "\u{1b}[?25h").last.map { $0.lowerBound > hidden.lowerBound } ?? false
    }
}

extension Scene {
    /// Runs one command at a terminal of its own, driven through `steps`.
    func atTerminal(
        _ words: [String], environment: [String: String?] = ["TERM": "xterm-256color"], columns: Int = 96,
        _ steps: [Step]
    ) throws -> Screen {
        try atTerminal(command: command(words, environment), columns: columns, steps)
    }

    /// Runs a line of the shell at a terminal of its own, where `tutti` is the program.
    func shellAtTerminal(
        _ line: String, environment changes: [String: String?] = ["TERM": "xterm-256color"], _ steps: [Step] = []
    ) throws -> Screen {
        let words =
            ["/usr/bin/env", "-i"] + environment(changes)
            + ["/bin/bash", "-c", "tutti() { '\(Products.tutti)' \"$@\"; }; \(line)"]
        return try atTerminal(command: words, columns: 96, steps)
    }

    private func atTerminal(command: [String], columns: Int, _ steps: [Step]) throws -> Screen {
        var arguments = [state, "\(TestTime.limit.components.seconds)", "\(columns)", "\(steps.count)"]
        for step in steps {
            switch step {
            case .see(let text): arguments += ["see", text]
            case .type(let text): arguments += ["type", text]
            case .signal(let number): arguments += ["signal", "\(number)"]
            case .signalHosts(let number): arguments += ["hosts", "\(number)"]
            case .resize(let columns): arguments += ["resize", "\(columns)"]
            case .hangUp: arguments += ["hangup", ""]
            case .release(let module, let text): arguments += ["\(project)/\(module)/gate", text]
            }
        }
        let fields = try Outside.script(Scene.driver, arguments + [project] + command)
        if let problem = fields["problem"].text {
            throw TestFailure("\(problem); the screen: \(fields["output"].text ?? "")")
        }
        return Screen(
            output: fields["output"].text ?? "", status: fields["status"].number ?? -999,
            isRestored: fields["restored"].number == 1)
    }

    private static let driver = #"""
        import fcntl, glob, json, os, pty, select, signal, struct, sys, termios, time
        state, limit, columns, count, *rest = sys.argv[1:]
        steps = [rest[i:i + 2] for i in range(0, 2 * int(count), 2)]
        folder, *argv = rest[2 * int(count):]
        end = time.monotonic() + float(limit)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
        before = termios.tcgetattr(slave)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            os.chdir(folder)
            for number in (0, 1, 2):
                os.dup2(slave, number)
            os.closerange(3, 64)
            os.execv(argv[0], argv)
        ended = os.pidfd_open(pid)
        output, position, problem, restored = b"", 0, None, None

        def read(seconds):
            global output
            ready = select.select([master] if master is not None else [], [], [], seconds)[0]
            if not ready:
                return False
            try:
                data = os.read(master, 65536)
            except OSError:
                return False
            output += data
            return bool(data)

        for word, value in steps:
            if word == "see":
                wanted = value.encode()
                while wanted not in output[position:]:
                    if time.monotonic() > end or (select.select([ended], [], [], 0)[0] and not read(0)):
                        problem = f"never seen: {value}"
                        break
                    read(0.05)
                if problem:
                    break
                position = output.index(wanted, position) + len(wanted)
            elif word == "type":
                os.write(master, value.encode())
            elif word == "signal":
                os.kill(pid, int(value))
            elif word == "hosts":
                for path in glob.glob(f"{state}/stores/*/sessions/*/host.json"):
                    os.kill(json.load(open(path))["pid"], int(value))
            elif word == "resize":
                fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(value), 0, 0))
            elif word == "hangup":
                os.close(slave)
                os.close(master)
                master = None
            else:
                with open(word, "w") as gate:
                    gate.write(value)
        if problem:
            os.kill(pid, signal.SIGKILL)
        while not select.select([ended], [], [], 0)[0]:
            if time.monotonic() > end:
                problem = problem or "it did not end"
                os.kill(pid, signal.SIGKILL)
            if master is None:
                select.select([ended], [], [], 0.2)
            else:
                read(0.02)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if master is not None:
            while read(0):
                pass
            restored = int(termios.tcgetattr(slave) == before)
        print(json.dumps({"output": output.decode(errors="replace"), "status": status, "restored": restored,
                          "problem": problem}))
        """#
}
