"""A place to hurt Tutti in: a store, a project with modules, providers that do what they are told, and their processes.

Nothing outside of its folder is touched: a process belongs to an arena when it inherited the arena's HOME.
"""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TUTTI_BUILD", ROOT / ".build" / "debug"))
TUTTI, HOST, PROVIDER = BUILD / "tutti", BUILD / "tutti-host", BUILD / "fake-provider"
AUDIT = ROOT / "Tests" / "audit.py"


class Failed(Exception):
    """Tutti did not keep a promise."""


class Arena:
    """One form's store and project."""

    def __init__(self, name, modules, arguments, settings=None):
        self.folder = ROOT / ".build" / "torture" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.home, self.project = self.folder / "home", self.folder / "project"
        self.store, self.effects = self.folder / "tutti.db", self.folder / "effects"
        self.home.mkdir(parents=True)
        for module in range(modules):
            (self.project / f"m{module}").mkdir(parents=True)
        provider = {"extends": "claude", "command": [str(PROVIDER)],
                    "args": ["--format", "claude", "--effects", str(self.effects), *arguments]}
        # JSON is YAML.
        (self.project / "tutti.yaml").write_text(json.dumps({
            "version": 1, "provider": "told", "providers": {"told": provider}, **(settings or {}),
            "modules": {f"m{module}": {"path": f"m{module}"} for module in range(modules)}}))
        self.asked = 0
        self.tutti("trust", "--yes")

    @property
    def environment(self):
        return {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1",
                "SWIFT_BACKTRACE": "enable=no"}

    @property
    def state(self):
        return self.home / ".local" / "state" / "tutti"

    def command(self, *words):
        return [TUTTI, "-C", self.project, "--db", self.store, *words]

    def tutti(self, *words, timeout=60, check=True):
        """Runs one command to its end."""
        done = subprocess.run(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout)
        if check and done.returncode:
            raise Failed(f"tutti {' '.join(words)} exited {done.returncode}: {done.stderr.strip()[-500:]}")
        return done

    def start(self, *words, name="command"):
        """Starts one command in a session of its own; what it prints goes to files of this name."""
        with open(self.folder / f"{name}.out", "wb") as out, open(self.folder / f"{name}.err", "wb") as err:
            return subprocess.Popen(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=err, start_new_session=True)

    def ask(self, *options):
        """Starts a fan-out over all modules."""
        self.asked += 1
        return self.start("ask", f"question {self.asked}", "--all", "--json", *options, name=f"ask-{self.asked}")

    def processes(self, program=None):
        """Living processes of this arena, all or those that run `program`: {pid: command line}."""
        wanted, found = b"HOME=" + os.fsencode(self.home) + b"\0", {}
        program = os.path.realpath(program) if program else None
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as environ:
                    if wanted not in environ.read() + b"\0":
                        continue
                if program and os.path.realpath(f"/proc/{entry}/exe") != program:
                    continue
                with open(f"/proc/{entry}/cmdline", "rb") as line:
                    if words := line.read().replace(b"\0", b" ").decode(errors="replace").strip():
                        found[int(entry)] = words
            except OSError:
                pass
        return found

    def kill(self, pids, number=signal.SIGKILL):
        """Sends a signal to these; those that are gone do not matter."""
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def query(self, sql, *values):
        """Plain SQL on the store, as any other program would; nothing while there is no store."""
        if not self.store.exists():
            return []
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            connection.close()

    def processing(self):
        """Messages that the store calls unfinished."""
        return self.query("select id from messages where status = 'processing'")

    def unfinished(self):
        """Runs that the store calls unfinished."""
        return self.query("select id from runs where state in ('queued', 'running')")

    def until(self, truth, seconds, what):
        """Waits until `truth()`; fails with `what` after so many seconds."""
        deadline = time.monotonic() + seconds
        while not truth():
            if time.monotonic() > deadline:
                raise Failed(f"not within {seconds:g} s: {what}")
            time.sleep(0.02)

    def settle(self, seconds=60):
        """Waits until nothing of the arena lives; then nothing may be unfinished."""
        self.until(lambda: not self.processes(), seconds, "all processes ended")
        if left := self.processing():
            raise Failed(f"{len(left)} messages stay unfinished with nobody alive")
        if left := self.unfinished():
            raise Failed(f"{len(left)} runs stay unfinished with nobody alive")

    def audit(self):
        """Whether the auditor is content, and its line."""
        done = subprocess.run(["python3", AUDIT, "--db", self.store, "--state", self.state, "--effects", self.effects],
                              capture_output=True, text=True)
        return done.returncode == 0, (done.stdout + done.stderr).strip()

    def close(self):
        """Ends what is left."""
        self.kill(self.processes())
