"""Who runs in the benchmark: Tutti and its peers, each starting the same providers and storing what they print.

A contestant gives the command to run, and reads its own store back for the check that comes before any time is shown.
"""

import collections
import itertools
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TOOLS = ROOT / ".build" / "bench"
EMITTER = TOOLS / "emitter"
READER = TOOLS / "reader"
HOST = ROOT / ".build" / "static" / "release" / "tutti-host"
# Every run gets a folder of its own, and all are removed at the end: for minutes after many files were deleted, ext4 without a
# journal passes over their inodes one by one for each new file, and the next contestant would pay for the one before.
NUMBERS = itertools.count(1)


def build_tools():
    """Compiles the emitter, the reader and the C peer, when they are older than their sources."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    for source, libraries in (("emitter.c", ()), ("reader.c", ("-lsqlite3",)), ("peers/coordinator.c", ("-luv", "-lsqlite3"))):
        source = HERE / source
        program = TOOLS / source.stem
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(["cc", "-O2", "-o", program, source, *libraries], check=True)


class Contestant:
    """One program, and how it is asked to run `count` providers, `parallel` at a time."""

    name = ""
    growth = None
    # For the reader: id and text of the deltas after the one with id ?.
    deltas = "select id, text from events where id > ? and type = 'text.delta' order by id"

    def prepare(self, folder, count, emitter):
        """Sets up a fresh folder beside `folder`; `emitter` holds the words that follow the emitter's name."""
        folder = folder.with_name(f"{folder.name}-{os.getpid()}-{next(NUMBERS)}")
        folder.mkdir(parents=True)
        self.folder, self.count, self.emitter = folder, count, emitter

    @property
    def store(self):
        return self.folder / "store.db"

    @property
    def environment(self):
        return dict(os.environ)

    def command(self, parallel):
        raise NotImplementedError

    def shrink(self):
        """Gives back the space of what a run left, without deleting a file."""
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.stat().st_size > 1 << 16:
                path.chmod(0o600)
                os.truncate(path, 0)

    def texts(self):
        """(bytes, crc32) of the text of each session, as stored, in any order."""
        db = sqlite3.connect(self.store)
        texts = collections.defaultdict(list)
        for session, text in db.execute("select session, text from events where type = 'text.delta' order by id"):
            texts[session].append(text)
        db.close()
        return [checked("".join(parts)) for parts in texts.values()]

    def rows(self):
        """How many events it stored."""
        db = sqlite3.connect(self.store)
        try:
            return db.execute("select count(*) from events").fetchone()[0]
        finally:
            db.close()


def checked(text):
    data = text.encode()
    return len(data), f"{zlib.crc32(data):08x}"


class Peer(Contestant):
    """A program of ours that takes DATABASE COUNT PARALLEL COMMAND…"""

    def __init__(self, name, words):
        self.name, self.words = name, words

    def command(self, parallel):
        return [*self.words, self.store, str(self.count), str(parallel), EMITTER, *self.emitter]


class Tutti(Contestant):
    """`tutti ask` over `count` modules with the emitter in place of claude."""

    name = "tutti"
    # For the part about live sessions: how much text the open answers hold, asked once a second by one more process.
    growth = "select sum(length(content)) from messages where status = 'processing'"
    deltas = ("select id, data from events where id > ? and type = (select number from event_types where name = 'text.delta') "
              "order by id")

    def __init__(self, program=None):
        self.program = pathlib.Path(program or os.environ.get("TUTTI", ROOT / ".build" / "release" / "tutti"))

    @property
    def environment(self):
        # The static host is the one that is installed.
        host = {"TUTTI_HOST": str(HOST)} if HOST.exists() else {}
        return {"HOME": str(self.folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1", **host}

    def prepare(self, folder, count, emitter, kind="claude", command=EMITTER):
        super().prepare(folder, count, emitter)
        folder = self.folder
        modules = {}
        for number in range(count):
            (folder / "project" / f"m{number:04}").mkdir(parents=True)
            modules[f"m{number:04}"] = {"path": f"m{number:04}"}
        provider = {"extends": kind, "command": [str(command), *emitter]}
        # JSON is YAML.
        (folder / "project" / "tutti.yaml").write_text(json.dumps(
            {"version": 1, "provider": "emitter", "providers": {"emitter": provider}, "modules": modules}))
        subprocess.run([self.program, "-C", folder / "project", "trust", "--yes"], env=self.environment, check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def command(self, parallel):
        return [self.program, "-C", self.folder / "project", "--db", self.store, "ask", "go", "--all", "-j", str(parallel),
                "--retries", "0", "-q"]

    def texts(self):
        db = sqlite3.connect(self.store)
        found = [checked(content) for content, in db.execute(
            "select content from messages where role = 'assistant' and status = 'completed'")]
        db.close()
        return found


def contestants():
    """All of them, the reference of ratios (plain C) last."""
    peers = HERE / "peers"
    return [
        Tutti(),
        Peer("asyncio readline", [sys.executable, peers / "asyncio_readline.py"]),
        Peer("asyncio protocol", [sys.executable, peers / "asyncio_protocol.py"]),
        Peer("plain C", [TOOLS / "coordinator"]),
    ]
