"""The current fails: of the store's file and log there is what reached the disk, and of the rest whatever the disk likes."""

import collections
import os
import signal
import sqlite3
import time

import keeping
import loads
import serving
import shims
from arena import expect
from forms import SLOW, form

FINAL = "('completed', 'failed', 'cancelled', 'skipped', 'lost')"
# What was told to a person or a program: these are written with a flush before anybody hears of it.
TOLD = {"runs": f"select id, state from runs where state in {FINAL}", "jobs": f"select id, state from jobs where state in {FINAL}",
        "sessions": "select id, case when ended_at is null then 'begun' else state end from sessions"}


def watch_writes(arena):
    loads.write_batch(arena)
    arena.notes["writes"] = arena.folder / "writes"
    shims.load(arena, writes=arena.notes["writes"])


def unflushed(lines):
    """{file: ranges that were written and perhaps not flushed}, from the log of writes and flushes in their order."""
    dirty, begun, flushing = collections.defaultdict(list), [], {}
    for number, line in enumerate(lines):
        what, name, first, second = line.split()
        first, second = int(first), int(second)
        if what == "w":
            begun.append((name, first, second))
        elif what == "W":
            begun.remove((name, first, second))
            dirty[name].append((number, first, second))
        elif what == "b":
            flushing[name, first, second] = number
        elif what == "e":
            before = flushing.pop((name, first, second))
            dirty[name] = [each for each in dirty[name] if each[0] > before]
        elif what == "T":
            dirty[name] = [each for each in dirty[name] if each[1] < first]
    for name, first, second in begun:
        dirty[name].append((len(lines), first, second))
    return {name: [each[1:] for each in found] for name, found in dirty.items()}


def lose(arena, dice, target):
    """Writes to `target` what the disk has of a store whose processes all stand still; how many ranges came to harm."""
    dirty, harmed = unflushed(arena.notes["writes"].read_text().splitlines()), 0
    for name, suffix in (("db", ""), ("wal", "-wal")):
        source = arena.store.with_name(arena.store.name + suffix)
        content = bytearray(source.read_bytes() if source.exists() else b"")
        mood = dice.choice(("all", "none", "some"))
        for place, count in dirty.get(name, []):
            # What is not there any more was cut off later.
            count = min(count, len(content) - place)
            if count <= 0 or mood == "none" or mood == "some" and dice.random() < 0.5:
                continue
            kept = 0 if dice.random() < 0.5 else dice.randrange(count)
            content[place + kept:place + count] = dice.randbytes(count - kept) if dice.random() < 0.5 else bytes(count - kept)
            harmed += 1
        target.with_name(target.name + suffix).write_bytes(content)
    target.with_name(target.name + "-shm").unlink(missing_ok=True)
    return harmed


def standing(arena):
    """Everything of the arena stands still: its processes."""
    stopped = set()
    while more := set(arena.processes()) - stopped:
        arena.kill(more, signal.SIGSTOP)
        stopped |= more
    # A thread that has just started a process waits for it, and that one stands still too.
    deadline = time.monotonic() + 0.5
    while any(is_moving(pid, "RS" if time.monotonic() > deadline else "RSD") for pid in stopped):
        time.sleep(0.001)
    return stopped


def is_moving(pid, states):
    """Whether a thread of the process is in one of these states."""
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat") as file:
                if file.read().rpartition(") ")[2][0] in states:
                    return True
    except OSError:
        pass
    return False


def judge(copy, told, accepted):
    """The copy is a whole prefix of the store, and has everything that somebody was told."""
    db = sqlite3.connect(copy)
    try:
        expect([row[0] for row in db.execute("pragma integrity_check")] == ["ok"], "after the failure the store is damaged")
        db.execute("insert into blocks_search (blocks_search, rank) values ('integrity-check', 1)")
        db.rollback()
        expect(db.execute(keeping.ORPHANS).fetchall() == [], "after the failure rows belong to nothing")
        first, last, count = db.execute("select min(id), max(id), count(*) from events").fetchone()
        expect(not count or last - first + 1 == count, f"of the events {first} to {last} there are {count}")
        for table, before in told.items():
            now = dict(db.execute(f"select id, {'state' if table != 'sessions' else 'coalesce(ended_at, 0)'} from {table}"))
            missing = [row for row in before if row[0] not in now]
            expect(not missing, f"what was told is missing in {table}: {missing}")
            undone = [(id, state) for id, state in before if table != "sessions" and now[id] != state]
            undone += [(id, state) for id, state in before if table == "sessions" and state != "begun" and not now[id]]
            expect(not undone, f"what was told is undone in {table}: {undone}")
        runs = {id for id, in db.execute("select id from runs")}
        missing = [id for id in accepted if id not in runs]
        expect(not missing, f"accepted and missing: {missing}")
    finally:
        db.close()


@form("T07", 60, 1, before=watch_writes, **loads.QUEUED)
def t07(arena, dice):
    """The current fails while work waits, after copies at other moments: all that was told is there, and all goes on."""
    arena.notes["writes"].write_text("")
    server = serving.serve(arena) if dice.random() < 0.5 else None
    handing, copy, count = loads.hand_over(arena, dice), arena.folder / "failed.db", dice.randint(1, 3)
    arena.until(arena.unfinished, 20 * SLOW, "something was accepted")
    for turn in range(count):
        time.sleep(dice.uniform(0, 0.8))
        # Asked before: what is told now must be there then.
        accepted = [loads.identifier(arena, number) for number, each in enumerate(handing) if each.poll() == 0]
        told = {table: arena.query(sql) for table, sql in TOLD.items()}
        stopped = standing(arena)
        harmed = lose(arena, dice, copy)
        arena.notes["harmed"] = arena.notes.get("harmed", 0) + harmed
        if turn < count - 1:
            judge(copy, told, accepted)
            arena.kill(stopped, signal.SIGCONT)
    arena.kill(stopped)
    for each in [*handing, *([server] if server else [])]:
        each.wait(60)
    arena.until(lambda: not arena.processes(), 10, "all are dead")
    for suffix in ("", "-wal"):
        os.replace(copy.with_name(copy.name + suffix), arena.store.with_name(arena.store.name + suffix))
    arena.store.with_name(arena.store.name + "-shm").unlink(missing_ok=True)
    arena.tutti("recover")
    arena.settle()
    judge(arena.store, told, accepted)
    loads.completed_once(arena)
    arena.notes["figures"] = [f"{arena.notes['harmed']} writes came to harm"]
