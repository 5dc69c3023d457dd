"""The part about a long queue: how soon a free slot is taken, and how long people wait for a look at it meanwhile."""

import sqlite3
import subprocess
import threading
import time

from contestants import TOOLS, Tutti
from measure import Running, Wrong, alternately

FOLDER = TOOLS / "run"


class Onlooker(threading.Thread):
    """Asks for `tutti ps` and `tutti queue ls` once a second, as a person would, and keeps how long each took."""

    def __init__(self, contestant):
        super().__init__(daemon=True)
        self.contestant, self.stopping = contestant, threading.Event()
        self.milliseconds = {"ps": [], "queue ls": []}

    def run(self):
        tutti = [self.contestant.program, "--db", self.contestant.store]
        while not self.stopping.wait(1):
            for name, found in self.milliseconds.items():
                began = time.monotonic()
                done = subprocess.run([*tutti, *name.split()], env=self.contestant.environment, capture_output=True)
                if not done.returncode:
                    found.append((time.monotonic() - began) * 1000)

    def finish(self):
        self.stopping.set()
        self.join()
        if not all(self.milliseconds.values()):
            raise Wrong("a look at the queue never succeeded")
        return {f"{name} {what} ms": percentile(found, part) for name, found in self.milliseconds.items()
                for what, part in (("p50", 0.5), ("max", 1))}


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]


def claims(store, slots):
    """Milliseconds between the end of a session and the beginning of the one that takes its slot, by the store's clock."""
    db = sqlite3.connect(store)
    begun = [row[0] for row in db.execute("select created_at from sessions order by created_at")]
    ended = [row[0] for row in db.execute("select ended_at from sessions order by ended_at")]
    db.close()
    # The n-th that begins after the first ones takes the slot of the n-th that ended.
    return [max(0, begin - end) for begin, end in zip(begun[slots:], ended)]


def queued(options):
    """10,000 jobs in the queue, eight at a time: memory, how soon a free slot is taken, and looks at the queue meanwhile."""
    count, slots = (500, 8) if options.quick else (10_000, 8)

    def attempt(contestant):
        contestant.prepare(FOLDER / "queued", count, ["hello"], kind="plain", command="/bin/echo")
        run, onlooker = Running(contestant, slots), Onlooker(contestant)
        onlooker.start()
        try:
            run.wait()
        finally:
            looks = onlooker.finish()
        lengths = [length for length, _ in contestant.texts()]
        if len(lengths) != count or set(lengths) != {len("hello")}:
            raise Wrong(f"tutti stored {len(lengths)} answers of {count}, of lengths {set(lengths)}")
        waited = claims(contestant.store, slots)
        contestant.shrink()
        return {"jobs/s": count / run.seconds, "slot free p50 ms": percentile(waited, 0.5),
                "p99 ms": percentile(waited, 0.99), **looks, "MB": run.peak_kib / 1024}

    # Once: ten thousand sessions say enough.
    results = alternately(1, [Tutti()], attempt)
    return {"title": f"{count:,} queued jobs, {slots} at a time", "results": results, "best": None,
            "columns": ["jobs/s", "slot free p50 ms", "p99 ms", "ps p50 ms", "ps max ms", "queue ls p50 ms", "queue ls max ms",
                        "MB"]}
