"""What agents, repositories and neighbours must not get: the terminal, a prompt in argv, a secret, a command that runs."""

import glob
import os
import shutil
import subprocess
import time

from arena import LeftOut, expect
from forms import SLOW, form
from terminal import Terminal

# Everything of these that reaches a terminal was not written by Tutti itself.
HOSTILE = ["\x1b[2J", "\x1b]0;owned\x07", "\x1b[6n", "\x9b31m", "\x08\x08\x08", "\u202edne", "\x1b]52;c;cm0gLXJm\x1b\\",
           "\x1bP+q\x1b\\", "\x0e", "\x7f", "\u2066x\u2069", "\x1b[?1049h", "\x85", "\x1bc", "\x00", "\x1b]8;;http://x\x1b\\y"]
FORBIDDEN = [word for word in HOSTILE if word not in ("\x85", "\x00")]


@form("T60", 10, modules=2, answer=["--lines", "2"])
def t60(arena, dice):
    """Escape sequences from every text that an agent can write: none reaches a pipe or a terminal."""
    words = " ".join(dice.choice(["plain", *HOSTILE]) for _ in range(60)) + "".join(HOSTILE)
    path = arena.folder / "payload"
    path.write_text(words + "\n", errors="surrogatepass")
    lines = f"x [[fake: --payload {path}]]"
    expect(arena.run("ask", lines, "m0", "--provider", "lines").returncode == 0, "the question failed")
    readers = (["logs", "@last"], ["show", "@last"], ["show", "@last", "--timeline"], ["search", "plain"], ["ps", "-a"],
               ["diff", "@last"], ["show", "@last", "-r"])
    # What `-r` gives to a pipe are the bytes themselves.
    for reader in readers[:-1]:
        done = arena.run(*reader)
        for text in (done.stdout, done.stderr):
            found = [c for c in text if ord(c) < 32 and c not in "\n\t" or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2066\u2069"]
            expect(not found, f"{reader} writes {sorted(set(found))!r}")
    for reader in (*readers, ["ask", lines, "m0", "--provider", "lines"]):
        terminal = Terminal(arena.command(*reader), {**arena.environment, "TERM": "xterm-256color", "PAGER": "cat",
                                                     "TUTTI_PAGER": "cat"}, arena.project)
        terminal.wait(60 * SLOW)
        screen = terminal.output.decode(errors="surrogateescape")
        found = [word for word in FORBIDDEN if word in screen]
        expect(not found, f"{reader} writes {found!r} to the terminal")
    arena.settle()


@form("T61", 100, modules=4, answer=["--lines", "4", "--rate", "20"])
def t61(arena, dice):
    """No command line ever holds the question, nor a secret."""
    canary = f"canary-{dice.randrange(1 << 64):x}"
    arena.variables = {"ANTHROPIC_API_KEY": f"key-{canary}"}
    arena.asked += 1
    asking = subprocess.Popen(arena.command("ask", "-", "--all"), env=arena.environment, stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    asking.stdin.write(f"the word is {canary}".encode())
    asking.stdin.close()
    while asking.poll() is None:
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    expect(canary.encode() not in file.read(), f"{path} holds it")
            except OSError:
                pass
        time.sleep(0.005)
    expect(asking.returncode == 0, f"exit {asking.returncode}")
    arena.variables = {}
    arena.settle()


FOREIGN = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "TUTTI_TOKEN", "SSH_AUTH_SOCK", "OPENAI_API_KEY",
           "GOOGLE_API_KEY", "MY_PASSWORD", "DATABASE_URL", "NPM_TOKEN"]


@form("T62", 3, modules=4, answer=["--lines", "2", "--dump", "dump", "--stderr", "complaint"])
def t62(arena, dice):
    """Secrets of the environment reach only the provider that they belong to, and are kept nowhere."""
    canary = f"canary-{dice.randrange(1 << 64):x}"
    arena.variables = {name: f"foreign-{canary}" for name in FOREIGN} | {"ANTHROPIC_API_KEY": f"own-{canary}"}
    arena.ask().wait(60 * SLOW)
    for module in arena.modules:
        lines = (arena.project / module / "dump").read_text().splitlines()
        expect(not [line for line in lines if f"foreign-{canary}" in line], "a provider has what belongs to others")
        expect(f"env ANTHROPIC_API_KEY=own-{canary}" in lines, "a provider has not got its own key")
        expect(not [line for line in lines if line.startswith("arg ") and canary in line], "a key is in argv")
        (arena.project / module / "dump").unlink()
    for words in (["show", "@last", "--json"], ["doctor"], ["doctor", "--json"], ["events"], ["config", "get", "--json"],
                  ["logs", "--raw", "@last"]):
        done = arena.run(*words)
        expect(canary not in done.stdout + done.stderr, f"{words} tells a secret")
    arena.variables = {}
    arena.settle()
    kept = subprocess.run(["grep", "-rlF", canary, arena.folder], capture_output=True, text=True).stdout
    expect(not kept, f"kept in {kept}")


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
HOSTILE_SETTINGS = {
    "commands": 'version: 1\nprovider: evil\nmodules: { m0: { path: m0, env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" } } }\n'
                "providers: { evil: { extends: plain, command: [./agent.sh] } }\n",
    "laughs": "version: 1\n" + BOMB,
    "laughs in a value": "version: 1\nmodules: { m0: { path: m0, tags: &t [" + "x, " * 1000 + "] } }\n" + BOMB,
    "an include": "version: 1\nmodules: !include /etc/passwd\n",
    "a class": 'version: 1\nprovider: !!python/object/apply:os.system ["touch harm"]\n',
    "braces": "version: 1\nmodules: { m0: { path: '" + "{a,b}" * 200_000 + "' } }\n",
    "depth": "version: 1\nmodules: " + "[" * 50_000 + "\n",
    "a million keys": "version: 1\nmodules:\n" + "".join(f"  k{n}: {{ path: m0 }}\n" for n in range(200_000)),
    "bytes": "version: 1\nprovider: \x00\x01\n",
    "a path outside": "version: 1\nprovider: told\nmodules: { m0: { path: ../../../../../../etc } }\n",
}


@form("T63", 1, modules=1)
def t63(arena, dice):
    """Hostile repositories: reading runs nothing and is quick, asking says what is untrusted, bombs are bounded."""
    if not shutil.which("strace"):
        raise LeftOut("strace is not there to see what is run")
    settings = arena.project / "tutti.yaml"
    own, harm = settings.read_text(), arena.project / "harm"
    agent = arena.project / "agent.sh"
    agent.write_text(f"#!/bin/sh\ntouch '{harm}'\n")
    agent.chmod(0o755)
    (arena.project / ".tutti").symlink_to("/etc")
    trace = arena.folder / "trace"
    for name, text in HOSTILE_SETTINGS.items():
        settings.write_text(text)
        for words in (["ps"], ["module", "ls"], ["doctor"], ["completion", "bash"], ["config", "get"], ["ask", "x", "m0", "-n"],
                      ["ask", "x", "m0"]):
            if name == "a path outside" and words == ["ask", "x", "m0"]:
                continue
            began = time.monotonic()
            process = subprocess.Popen(
                ["strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o", trace, *arena.command(*words)],
                env=arena.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, errors = process.communicate(timeout=60)
            took = time.monotonic() - began
            peak = peak_memory(arena, words)
            calls = [line for line in trace.read_text().splitlines() if "exec" in line and "= 0" in line]
            expect(process.returncode >= 0 and process.returncode in (0, 1, 65, 66, 69, 74, 77, 78),
                   f"{name}: {words} exits {process.returncode}: {errors[-300:]}")
            expect(len(calls) == 1, f"{name}: {words} runs {calls[1:3]}")
            expect(took < 2 * SLOW, f"{name}: {words} takes {took:.1f} s")
            expect(peak < 100 << 10, f"{name}: {words} takes {peak} KiB")
            if name == "commands" and words == ["ask", "x", "m0"]:
                expect(process.returncode == 77 and b"agent.sh" in errors, f"untrusted: {process.returncode} {errors}")
            expect(len(out) + len(errors) < 1 << 20, f"{name}: {words} prints {len(out) + len(errors)} bytes")
    expect(not harm.exists(), "a repository's command ran")
    settings.write_text(own)
    arena.ask().wait(60)
    arena.settle()


def peak_memory(arena, words):
    """KiB that the command took at most."""
    pid = os.posix_spawn("/usr/bin/env", ["env", *arena.command(*words)], arena.environment, file_actions=[
        (os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 1, 2)])
    return os.wait4(pid, 0)[2].ru_maxrss
