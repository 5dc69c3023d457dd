"""More than fits: a reader that stays, a slow disk, ten thousand jobs. What grows must not be memory, and must shrink again."""

import json
import os
import sqlite3
import time

import loads
import serving
import shims
from arena import expect, status
from forms import SLOW, form

MIB = 1 << 20


def log_size(arena):
    try:
        return os.path.getsize(f"{arena.store}-wal")
    except OSError:
        return 0


class Watch:
    """What a coordinator takes, looked at again and again."""

    def __init__(self, arena, pid):
        self.arena, self.pid, self.memory, self.logs, self.reasons = arena, pid, [], [], set()

    def look(self):
        try:
            self.memory.append(status(self.pid)["memory"] >> 10)
        except OSError:
            pass
        self.logs.append(log_size(self.arena) >> 20)
        self.reasons |= {words for words, in self.arena.query("select standing from pools where standing like 'the recorder is%'")}

    def while_unfinished(self, seconds, rest=0.1):
        """Looks until all runs are over."""
        deadline = time.monotonic() + seconds
        while self.arena.unfinished():
            expect(time.monotonic() < deadline, f"not within {seconds:g} s: all runs are over")
            self.look()
            time.sleep(rest)

    def figures(self):
        return (f"MiB of memory {self.memory[::max(1, len(self.memory) // 8)]}, at most {max(self.memory)}; "
                f"of the write-ahead log at most {max(self.logs)}")


@form("T12", 1, modules=5, settings={"jobs": 4, "limits": {"jobs": 4}}, before=loads.write_batch)
def t12(arena, dice):
    """A reader holds a transaction while 50 MiB stream into the store: doctor names it, and the log shrinks when it goes."""
    server = serving.serve(arena)
    loads.accepted(arena, loads.hand_over(arena, dice, 1))
    reader = sqlite3.connect(f"file:{arena.store}?mode=ro", uri=True, isolation_level=None)
    reader.execute("begin")
    before = reader.execute("select count(*) from events").fetchone()
    watch = Watch(arena, server.pid)
    handing = [arena.start("ask", f"x {number} [[fake: --lines 600 --rate 0 --width 2000]]", "--all", "--detach", "--quiet",
                           name=f"over-{number}") for number in range(4)]
    loads.accepted(arena, handing)
    watch.while_unfinished(300 * SLOW)
    expect(reader.execute("select count(*) from events").fetchone() == before, "a transaction of a reader saw another moment")
    said = arena.run("doctor").stdout
    expect(f"process {os.getpid()} " in said, f"doctor does not say who keeps {log_size(arena) >> 20} MiB of log: {said}")
    reader.execute("rollback")
    reader.close()
    # What comes next begins the log anew.
    loads.accepted(arena, loads.hand_over(arena, dice, 2))
    arena.until(lambda: log_size(arena) <= 8 * MIB, 30 * SLOW, "the log is small again")
    serving.end(arena, server)
    loads.completed_once(arena)
    size = arena.store.stat().st_size >> 20
    arena.notes["figures"] = [f"{size} MiB of store; {watch.figures()}"]
    expect(size > 50, f"only {size} MiB were written")
    # It holds what came and each page that was written meanwhile, not more and more of them.
    expect(max(watch.logs) < 5 * size, f"the log grew to {max(watch.logs)} MiB")


def slow_disk(arena):
    loads.write_batch(arena)
    shims.load(arena, sync_ms=50)


@form("T44", 2, modules=8, settings={"jobs": 8, "limits": {"jobs": 8, "lag": "1MiB"}}, before=slow_disk)
def t44(arena, dice):
    """Each flush takes 50 ms and providers print as fast as they can: recordings grow, memory does not, all is there."""
    server = serving.serve(arena)
    watch = Watch(arena, server.pid)
    handing = [arena.start("ask", f"x {number} [[fake: --lines 600 --rate 0 --width 1000]]", "--all", "--detach", "--quiet",
                           name=f"over-{number}") for number in range(4)]
    loads.accepted(arena, handing)
    watch.while_unfinished(300 * SLOW)
    serving.end(arena, server)
    loads.completed_once(arena)
    arena.notes.setdefault("figures", []).append(watch.figures())
    expect(max(watch.memory) < 100, f"{max(watch.memory)} MiB of memory")
    expect(watch.reasons, "nobody was kept from starting more than can be recorded")


QUEUE = 10_000


@form("T42", 1, modules=100, answer=["--lines", "1"], settings={"jobs": 8, "limits": {"jobs": 8}})
def t42(arena, dice):
    """10,000 jobs of many runs wait for 8 slots: memory stays flat, and the queue is answered at once."""
    rows = {"version": 1, "name": "many", "jobs": {"go": {
        "matrix": {"n": list(range(100))}, "provider": "told", "prompt": "x ${{ matrix.n }}"}}}
    (arena.project / "many.batch.yaml").write_text(json.dumps(rows))
    server = serving.serve(arena)
    arena.tutti("pause")
    began = time.monotonic()
    for number in range(QUEUE // 100):
        priority = f"--priority={dice.randint(-20, 20)}"
        arena.tutti(*(["ask", f"x {number}", "--all"] if number % 2 else ["batch", "run", "many.batch.yaml"]), "--detach",
                    "--quiet", priority)
    arena.until(lambda: arena.query("select count(*) from jobs where state = 'queued'")[0][0] == QUEUE, 120 * SLOW, "all wait")
    figures = [f"{QUEUE} jobs wait after {time.monotonic() - began:.0f} s"]
    figures.append(f"queue ls takes at most {max(look_ahead(arena) for _ in range(10)):.2f} s")
    arena.tutti("unpause")
    began, watch = time.monotonic(), Watch(arena, server.pid)
    arena.until(lambda: arena.query("select count(*) from jobs where state = 'completed'")[0][0] > 100, 60 * SLOW, "it goes on")
    figures.append(f"{max(look_ahead(arena) for _ in range(10)):.2f} s while it works")
    watch.while_unfinished(1200 * SLOW, rest=1)
    figures.append(f"{QUEUE / (time.monotonic() - began):.0f} jobs a second; {watch.figures()}")
    serving.end(arena, server)
    arena.notes["figures"] = figures
    loads.completed_once(arena)
    expect(max(watch.memory) < 100, f"{max(watch.memory)} MiB of memory")
    late = watch.memory[len(watch.memory) // 4:]
    expect(late[-1] <= late[0] + 16, f"memory grows from {late[0]} to {late[-1]} MiB")


def look_ahead(arena):
    """Reads the front of the queue, which must be that; how long it took."""
    began = time.monotonic()
    listed = json.loads(arena.tutti("queue", "ls", "--json").stdout)
    took = time.monotonic() - began
    waiting = [job["priority"] for job in listed if job["state"] == "queued"]
    expect(len(listed) == 100 and waiting == sorted(waiting, reverse=True), f"the front of the queue is {waiting}")
    expect(took < 5 * SLOW, f"it took {took:.1f} s to read it")
    return took
