"""Parts about streams: flat out, many live sessions at a steady rate, and how fast sessions start."""

import json
import sqlite3
import subprocess
import threading
import time

from contestants import READER, TOOLS, contestants
from measure import Running, Wrong, alternately, verify

FOLDER = TOOLS / "run"


class Poller(threading.Thread):
    """Asks a store once a second how much text its open answers hold, as a dashboard would."""

    def __init__(self, contestant):
        super().__init__(daemon=True)
        self.path, self.query, self.worst, self.stopping = contestant.store, contestant.growth, 0.0, threading.Event()

    def run(self):
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        while not self.stopping.wait(1):
            began = time.monotonic()
            db.execute(self.query).fetchone()
            self.worst = max(self.worst, (time.monotonic() - began) * 1000)
        db.close()


def flat(options):
    """100 sessions flat out: deltas a second from start to everything stored."""
    sessions, lines = (20, 5_000) if options.quick else (100, 20_000)

    def attempt(contestant):
        log = FOLDER / "flat.log"
        log.unlink(missing_ok=True)
        contestant.prepare(FOLDER / "flat", sessions, [f"lines={lines}", "words=1", f"log={log}"])
        run = Running(contestant, sessions).wait()
        deltas = verify(contestant, log)
        contestant.shrink()
        return {"deltas/s": deltas / run.seconds, "s": run.seconds, "own CPU µs/delta": run.own_seconds / deltas * 1e6,
                "MB": run.peak_kib / 1024}

    results = alternately(options.rounds, contestants(), attempt)
    return {"title": f"{sessions} sessions flat out, {lines:,} deltas each",
            "columns": ["deltas/s", "own CPU µs/delta", "MB"], "results": results, "best": "deltas/s"}


def live(options):
    """1,000 sessions at 50 deltas a second: how old a delta is when another process reads it from the store.

    While Tutti is measured, one more process asks once a second for the length of all open answers.
    """
    sessions, rate, seconds = (200, 50, 5) if options.quick else (1000, 50, options.seconds)

    def attempt(contestant):
        log, stop = FOLDER / "live.log", FOLDER / "live.stop"
        for file in (log, stop):
            file.unlink(missing_ok=True)
        # Everybody has time to start before the first delta; all tell the same time.
        begin = time.time() + sessions / 100 + 2
        contestant.prepare(FOLDER / "live", sessions,
                           [f"lines={rate * seconds}", f"rate={rate}", f"at={int(begin * 1e9)}", f"log={log}"])
        begin_late = time.time() > begin - sessions / 200
        reader = subprocess.Popen([READER, contestant.store, contestant.deltas, stop], stdout=subprocess.PIPE)
        run = Running(contestant, sessions)
        time.sleep(max(0, begin - time.time()))
        before = run.own_seconds
        poller = Poller(contestant) if contestant.growth else None
        if poller:
            poller.start()
        run.wait()
        if poller:
            poller.stopping.set()
            poller.join()
        stop.touch()
        seen = json.loads(reader.communicate()[0])
        deltas = verify(contestant, log)
        contestant.shrink()
        if seen["seen"] != deltas:
            raise Wrong(f"the reader saw {seen['seen']} deltas of {deltas}")
        return {"p50 ms": seen["p50"], "p99 ms": seen["p99"], "max ms": seen["max"],
                "own CPU µs/delta": (run.own_seconds - before) / deltas * 1e6, "MB": run.peak_kib / 1024,
                **({"late": "yes"} if begin_late else {})}

    # Once: a minute of it says more than three times a third.
    results = alternately(1, contestants(), attempt)
    return {"title": f"{sessions} sessions × {rate} deltas/s for {seconds} s",
            "columns": ["p50 ms", "p99 ms", "max ms", "own CPU µs/delta", "MB"], "results": results, "best": "p50 ms"}


def starts(options):
    """Starts a second while all earlier sessions stay alive, by the clock of the providers."""
    sessions = 100 if options.quick else 1000

    def attempt(contestant):
        log = FOLDER / "starts.log"
        log.unlink(missing_ok=True)
        contestant.prepare(FOLDER / "starts", sessions, ["lines=1", f"hold={sessions * 10 + 500}", f"log={log}"])
        Running(contestant, sessions).wait()
        verify(contestant, log)
        with open(log) as entries:
            born = sorted(int(entry.split()[1]) for entry in entries if entry.startswith("s"))
        half = born[len(born) // 2:]
        return {"starts/s": (len(born) - 1) / (born[-1] - born[0]) * 1e9,
                "second half": (len(half) - 1) / (half[-1] - half[0]) * 1e9}

    results = alternately(options.rounds, contestants(), attempt)
    return {"title": f"Starting {sessions} sessions that stay alive", "columns": ["starts/s", "second half"],
            "results": results, "best": "starts/s"}
