"""Copies and deletions of a store while others write it."""

import json
import os
import pathlib
import signal
import sqlite3
import time

from arena import ROOT, expect
from forms import SLOW, form

COUNTS = ("events", "messages", "sessions", "jobs", "runs")


def streaming(arena):
    """Starts a fan-out that is still at work when a round is over."""
    asking = arena.notes.get("asking")
    if asking is None or asking.poll() is not None:
        arena.notes["asking"] = arena.ask(question="x [[fake: --lines 600 --rate 150 --width 200 --tool-calls 2]]")
        arena.until(arena.processing, 20 * SLOW, "a session streams")


def stop_streaming(arena):
    if asking := arena.notes.get("asking"):
        arena.run("cancel", "@last")
        asking.wait(60)
    arena.settle()


@form("T16", 50, 5, modules=4, after=stop_streaming)
def t16(arena, dice):
    """The store is copied while sessions stream: every copy is sound and whole, and none has less than the one before."""
    streaming(arena)
    time.sleep(dice.uniform(0, 0.3))
    copy = arena.folder / "copy.db"
    copy.unlink(missing_ok=True)
    told = json.loads(arena.tutti("backup", str(copy), "--json").stdout)
    db = sqlite3.connect(copy)
    expect([row[0] for row in db.execute("pragma integrity_check")] == ["ok"], "a copy is damaged")
    db.execute("insert into blocks_search (blocks_search, rank) values ('integrity-check', 1)")
    counts = [db.execute(f"select count(*) from {name}").fetchone()[0] for name in COUNTS]
    expect(db.execute(ORPHANS).fetchall() == [], "a copy has rows that belong to nothing")
    db.close()
    last = arena.notes.get("counts", [0] * len(COUNTS))
    expect(all(a <= b for a, b in zip(last, counts)), f"a copy has less than the one before: {counts} after {last}")
    expect(told["messages"] == counts[1] and told["runs"] == counts[4], f"{told} is said of {counts}")
    arena.notes["counts"] = counts
    arena.notes.setdefault("spans", []).append(told["duration_ms"])
    arena.notes["figures"] = [f"{len(arena.notes['spans'])} copies, the last of {told['bytes'] >> 10} KiB; longest "
                              f"{max(arena.notes['spans'])} ms"]


ORPHANS = (ROOT / "Tests" / "orphans.sql").read_text().rstrip().rstrip(";")
AGE = 40 * 86_400_000


def forget(arena, sessions):
    """Takes deleted sessions out of the effects' log: nobody knows them any more, and that is right."""
    if not arena.effects.exists():
        return
    lines = arena.effects.read_text().splitlines(keepends=True)
    arena.effects.write_text("".join(line for line in lines if line.split()[1] not in sessions))


@form("T17", 20, 2, modules=4)
def t17(arena, dice):
    """Old runs are deleted while another streams, and the deletion is killed: nothing live is touched, nothing stays."""
    for _ in range(2):
        arena.ask().wait(60)
    arena.change((f"update runs set finished_at = finished_at - {AGE} where finished_at is not null",))
    old = {session: pathlib.Path(folder) for session, folder in arena.query("select id, folder from sessions")}
    live = arena.ask(question="live [[fake: --lines 90 --rate 60]]")
    arena.until(arena.processing, 20 * SLOW, "a session streams")
    streams = arena.query("select id from sessions where id not in (select value from json_each(?))", json.dumps([*old]))
    cleaning = arena.start("clean", "--older-than", "30d", "--yes", "--json", name="clean")
    if dice.random() < 0.7:
        time.sleep(dice.uniform(0, 0.4))
        cleaning.send_signal(dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
    cleaning.wait(60)
    arena.tutti("clean", "--older-than", "30d", "--yes")
    # What was killed between a row and its folder left a folder that is too young to be removed by its age.
    day_long = time.time() - 50 * 86_400
    for folder in old.values():
        for path in [*folder.glob("*"), folder] if folder.exists() else []:
            os.utime(path, (day_long, day_long))
    arena.tutti("clean", "--older-than", "30d", "--yes")
    left = [str(folder) for folder in old.values() if folder.exists()]
    expect(not left, f"folders stay: {left}")
    found = arena.query(ORPHANS)
    expect(not found, f"rows belong to nothing: {found[:5]}")
    expect(not arena.query("select id from sessions where id in (select value from json_each(?))", json.dumps([*old])),
           "a session of an old run is there")
    kept = arena.query("select id from sessions where id in (select value from json_each(?))",
                       json.dumps([id for id, in streams]))
    expect(len(kept) == len(streams), "a live session is gone")
    expect(live.wait(60) == 0, f"the live run ended otherwise: {arena.said()[-300:]}")
    arena.settle()
    forget(arena, old)
