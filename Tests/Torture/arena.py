"""A place to hurt Tutti in: a store, a project with modules, providers that do what they are told, and their processes.

Nothing outside of its folder is touched: a process belongs to an arena when it inherited the arena's HOME.
"""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
AUDIT = ROOT / "Tests" / "audit.py"
# Where nothing is random: the work of one store, and room for it.
LIMITS = {"memory": "1MiB", "disk_floor": "1MiB", "grace": "1s"}


def build():
    """The folder with the programs."""
    return pathlib.Path(os.environ.get("TUTTI_BUILD", ROOT / ".build" / "debug"))


class Failed(Exception):
    """Tutti did not keep a promise."""


class LeftOut(Exception):
    """What this form needs cannot be had on this machine."""


def expect(truth, words):
    """A promise."""
    if not truth:
        raise Failed(words)


class Arena:
    """One form's store and project."""

    def __init__(self, name, modules, arguments, settings=None):
        self.folder = ROOT / ".build" / "torture" / name
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder.with_suffix(".lock"), "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"{self.folder} is another torture's at this moment") from None
        unmount(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.program, self.host, self.provider = (build() / word for word in ("tutti", "tutti-host", "fake-provider"))
        self.home, self.project = self.folder / "home", self.folder / "project"
        self.store, self.effects = self.folder / "tutti.db", self.folder / "effects"
        self.home.mkdir(parents=True)
        self.modules = [f"m{module}" for module in range(modules)]
        for module in self.modules:
            (self.project / module).mkdir(parents=True)
        # Programs that commands are started through, as prlimit is; and what their environment holds besides.
        self.prefix, self.variables = [], {}
        # What one round leaves for the next.
        self.notes = {}
        self.asked, self.mounts = 0, []
        # One provider for each way of speaking.
        spoken = {name: {"extends": kind, "command": [str(self.provider)],
                         "args": ["--format", kind, "--effects", str(self.effects), *arguments]}
                  for name, kind in (("told", "claude"), ("coded", "codex"), ("lines", "plain"))}
        # The person's own settings need no trust. JSON is YAML.
        settings = dict(settings or {})
        limits = {**LIMITS, **settings.pop("limits", {})}
        providers = {**spoken, **settings.pop("providers", {})}
        self.slots = settings.setdefault("jobs", 8)
        write_json(self.home / ".config" / "tutti" / "config.yaml", {
            "version": 1, "provider": "told", "providers": providers, "limits": limits, **settings})
        write_json(self.project / "tutti.yaml", {
            "version": 1, "modules": {module: {"path": module} for module in self.modules}})

    @property
    def environment(self):
        return {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1",
                "SWIFT_BACKTRACE": "enable=no", **self.variables}

    @property
    def state(self):
        return self.home / ".local" / "state" / "tutti"

    # Commands ---------------------------------------------------------------------------------------------------------

    def command(self, *words):
        return [*self.prefix, str(self.program), "-C", str(self.project), "--db", str(self.store), *words]

    def run(self, *words, timeout=120, stdin=None):
        """Runs one command to its end, whatever that is."""
        return subprocess.run(self.command(*words), env=self.environment, input=stdin, capture_output=True, text=True,
                              errors="surrogateescape", timeout=timeout,
                              **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))

    def tutti(self, *words, timeout=120):
        """Runs one command that must succeed."""
        done = self.run(*words, timeout=timeout)
        expect(not done.returncode, f"tutti {' '.join(words)} exited {done.returncode}: {done.stderr.strip()[-500:]}")
        return done

    def start(self, *words, name="command"):
        """Starts one command in a session of its own; what it prints goes to files of this name."""
        with open(self.folder / f"{name}.out", "wb") as out, open(self.folder / f"{name}.err", "wb") as err:
            return subprocess.Popen(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=err, start_new_session=True,
                                    # A torture in the background was itself started with it ignored.
                                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def ask(self, *options, question=None, modules=("--all",)):
        """Starts a fan-out over all modules, or some."""
        self.asked += 1
        return self.start("ask", question or f"question {self.asked}", *modules, "--json", *options, name=f"ask-{self.asked}")

    def said(self, stream="err"):
        """What the last question's command printed."""
        return (self.folder / f"ask-{self.asked}.{stream}").read_text(errors="replace")

    # Processes --------------------------------------------------------------------------------------------------------

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

    def hosts(self):
        return {pid: line for pid, line in self.processes(self.host).items() if " guard " not in line}

    def guards(self):
        """The small processes beside coordinators: the hosts' program too, but of no session."""
        return {pid: line for pid, line in self.processes(self.host).items() if " guard " in line}

    def providers(self):
        return self.processes(self.provider)

    def kill(self, pids, number=signal.SIGKILL):
        """Sends a signal to these; those that are gone do not matter."""
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_everything(self):
        """Ends all at once: stopped first, so that none sees another one die and acts on it."""
        everything = self.processes()
        self.kill(everything, signal.SIGSTOP)
        everything |= self.processes()
        self.kill(everything)

    # The store --------------------------------------------------------------------------------------------------------

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

    def change(self, *statements):
        """Plants something into the store, as no program should."""
        connection = sqlite3.connect(self.store, timeout=10)
        for sql, *values in statements:
            connection.execute(sql, values)
        connection.commit()
        connection.close()

    def processing(self):
        """Messages that the store calls unfinished."""
        return self.query("select id from messages where status = 'processing'")

    def unfinished(self):
        """Runs that the store calls unfinished."""
        return self.query("select id from runs where state in ('queued', 'running')")

    def newest(self, columns="state, exit"):
        """These columns of the newest run; nothing when there is none."""
        rows = self.query(f"select {columns} from runs order by row desc limit 1")
        return rows[0] if rows else None

    def jobs(self, columns="module, state, failure_class"):
        """These columns of the newest run's jobs, by position."""
        return self.query(f"select {columns} from jobs where run = (select max(row) from runs) order by position")

    def sessions(self, columns):
        """These columns of the newest run's sessions, in their order."""
        return self.query(f"select {columns} from sessions where run = (select max(row) from runs) order by row")

    # Waiting ----------------------------------------------------------------------------------------------------------

    def until(self, truth, seconds, what):
        """Waits until `truth()`; fails with `what` after so many seconds."""
        deadline = time.monotonic() + seconds
        while not (found := truth()):
            if time.monotonic() > deadline:
                raise Failed(f"not within {seconds:g} s: {what}")
            time.sleep(0.02)
        return found

    def settle(self, seconds=60):
        """Waits until nothing of the arena lives; then nothing may be unfinished."""
        try:
            self.until(lambda: not self.processes(), seconds, "all processes ended")
        except Failed as failure:
            raise Failed(f"{failure}; there are {self.processes()}") from None
        if left := self.processing():
            raise Failed(f"{len(left)} messages stay unfinished with nobody alive")
        if left := self.unfinished():
            raise Failed(f"{len(left)} runs stay unfinished with nobody alive")

    def forget_recoveries(self):
        """Hosts start a recovery at most three times in ten minutes; here every round is a day of its own."""
        for log in self.state.glob("stores/*/*/recover.log"):
            log.unlink()

    # Surroundings -----------------------------------------------------------------------------------------------------

    def mount(self, folder, size):
        """A small disk at `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], capture_output=True,
                              text=True)
        if done.returncode:
            raise LeftOut(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        self.mounts.append(folder)

    def audit(self):
        """Whether the auditor is content, and what it says."""
        done = subprocess.run(["python3", AUDIT, "--db", self.store, "--state", self.state, "--effects", self.effects],
                              capture_output=True, text=True)
        return done.returncode == 0, (done.stderr + done.stdout).strip()

    def close(self):
        """Ends what is left."""
        self.kill(self.processes())
        unmount(self.folder)
        self.lock.close()


def unmount(folder):
    """Takes away every small disk below `folder`, also one that an interrupted run has left."""
    with open("/proc/self/mounts") as mounts:
        places = [line.split()[1] for line in mounts]
    for place in places:
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", place], check=False)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def status(pid):
    """What the kernel says of a process: descriptors, threads, KiB of memory, zombies among its children."""
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    zombies = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        # A thread that has ended meanwhile leaves its children to the others: its process lives on.
        try:
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children = file.read().split()
        except OSError:
            continue
        for child in children:
            try:
                with open(f"/proc/{child}/stat") as stat:
                    zombies += stat.read().rpartition(") ")[2].startswith("Z")
            except OSError:
                pass
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(lines["Threads"]),
            "memory": int(lines["VmRSS"].split()[0]), "zombies": zombies}
