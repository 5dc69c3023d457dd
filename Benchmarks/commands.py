"""Parts about commands: many short ones, the first token on a screen, and reading a store of 1 GB."""

import os
import pty
import shutil
import subprocess
import time

import bigstore
from contestants import EMITTER, TOOLS, Tutti
from measure import Wrong, alternately

FOLDER = TOOLS / "run"


class Command:
    """Something timed by its whole duration."""

    def __init__(self, name, run):
        self.name, self.run = name, run


def timed(words, **options):
    began = time.monotonic()
    done = subprocess.run(words, capture_output=True, **options)
    seconds = time.monotonic() - began
    if done.returncode:
        raise Wrong(f"{words[0]} exited {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return seconds, done.stdout


def spooled(count, parallel):
    """The same with task-spooler: a server of its own, a client for each command, its output kept in a file."""
    folder = FOLDER / f"spooled-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    environment = dict(os.environ, TS_SOCKET=str(folder / "socket"), TS_SLOTS=str(parallel), TMPDIR=str(folder),
                       TS_MAXFINISHED=str(count))
    began = time.monotonic()
    try:
        for _ in range(count):
            subprocess.run(["tsp", "/bin/echo", "hello"], env=environment, check=True, stdout=subprocess.DEVNULL)
        # `-w` waits for one job, and several run at once: the last to be over may be any of the last ones.
        for number in range(max(0, count - parallel), count):
            subprocess.run(["tsp", "-w", str(number)], env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        kept = sum(path.read_bytes() == b"hello\n" for path in folder.glob("ts-out.*"))
    finally:
        subprocess.run(["tsp", "-K"], env=environment, check=False, stdout=subprocess.DEVNULL)
    if kept != count:
        raise Wrong(f"task-spooler kept {kept} outputs of {count}")
    return seconds


def short(options):
    """Short commands a second, eight at a time.

    Each is a recorded session with Tutti and a file with task-spooler; the others keep nothing.
    """
    count, parallel = (50, 8) if options.quick else (500, 8)
    words = "".join(f"m{number:04}\n" for number in range(count)).encode()

    def tutti():
        contestant = Tutti()
        contestant.prepare(FOLDER / "short", count, ["hello"], kind="plain", command="/bin/echo")
        seconds, _ = timed(contestant.command(parallel), env=contestant.environment, stdin=subprocess.DEVNULL)
        stored = [length for length, _ in contestant.texts()]
        if len(stored) != count or set(stored) != {len("hello")}:
            raise Wrong(f"tutti stored {len(stored)} answers of {count}, of lengths {set(stored)}")
        return seconds

    def piped(command):
        seconds, out = timed(command, input=words)
        if out.count(b"hello") != count:
            raise Wrong(f"{command[0]} printed {out.count(b'hello')} of {count}")
        return seconds

    commands = [Command("tutti", tutti),
                Command("xargs -P", lambda: piped(["xargs", "-P", str(parallel), "-n", "1", "/bin/echo", "hello"]))]
    if shutil.which("parallel"):
        commands.append(Command("GNU parallel", lambda: piped(
            ["parallel", "--will-cite", "-j", str(parallel), "/bin/echo", "hello"])))
    else:
        print("  GNU parallel is not installed and left out (apt-get install parallel)", flush=True)
    if shutil.which("tsp"):
        commands.append(Command("task-spooler", lambda: spooled(count, parallel)))
    else:
        print("  task-spooler is not installed and left out (apt-get install task-spooler)", flush=True)
    results = alternately(options.rounds, commands, lambda command: {"commands/s": count / command.run()})
    return {"title": f"{count} short commands, {parallel} at a time", "columns": ["commands/s"], "results": results,
            "best": "commands/s", "reference": "xargs -P"}


def on_screen(words, environment, wanted):
    """Milliseconds from the start of a command until `wanted` shows on its terminal."""
    began = time.monotonic()
    pid, screen = pty.fork()
    if pid == 0:
        os.execve(words[0], [str(word) for word in words], environment)
    shown, seen = None, b""
    try:
        while shown is None:
            seen += os.read(screen, 65536)
            if wanted in seen:
                shown = (time.monotonic() - began) * 1000
    except OSError:
        pass
    os.close(screen)
    os.waitpid(pid, 0)
    if shown is None:
        raise Wrong(f"never showed {wanted!r}: {seen[-300:]!r}")
    return shown


def first_token(options):
    """From the start of the command to the provider's first word on the terminal."""
    rounds = max(options.rounds, 5)

    def tutti():
        contestant = Tutti()
        contestant.prepare(FOLDER / "first", 1, ["lines=1", "hold=200"])
        command = [word for word in contestant.command(1) if word != "-q"]
        return on_screen(command, dict(contestant.environment, TERM="xterm"), b"@1")

    def bare():
        return on_screen([EMITTER, "lines=1", "text=1"], dict(os.environ), b"@1")

    results = alternately(rounds, [Command("tutti", tutti), Command("the provider alone", bare)],
                          lambda command: {"ms": command.run()})
    return {"title": "First token on the screen", "columns": ["ms"], "results": results, "best": "ms",
            "reference": "the provider alone"}


def big(options):
    """`tutti ps` and `tutti search` on a large store."""
    size = 50 if options.quick else 1000
    contestant, store = bigstore.make(size)
    rounds = max(options.rounds, 5)
    tutti = [contestant.program, "--db", store]
    measured = [("tutti --help", [contestant.program, "--help"]), ("tutti ps", [*tutti, "ps"]), ("tutti ps -a", [*tutti, "ps", "-a"]),
                ("tutti show @last", [*tutti, "show", "@last"]), ("tutti usage", [*tutti, "usage"]),
                ("tutti search, one word", [*tutti, "search", bigstore.RARE]),
                ("tutti search, common words", [*tutti, "search", bigstore.COMMON])]
    commands = [Command(name, lambda words=words: timed(words, env=contestant.environment)[0] * 1000) for name, words in measured]
    results = alternately(rounds, commands, lambda command: {"ms": command.run()})
    return {"title": f"Commands on a store of {os.path.getsize(store) / 1e6:,.0f} MB", "columns": ["ms"], "results": results,
            "best": None}
