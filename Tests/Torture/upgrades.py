"""Stores of every earlier version, with work that waits in them: brought up to date by many at once, and killed in the middle."""

import re
import sqlite3
import time

import loads
import shims
from arena import ROOT, expect
from forms import SLOW, form

SOURCES = ROOT / "Sources" / "Store"


def steps():
    """The SQL of each version's step, as the program itself has it, the first one first."""
    found = []
    for number in range(1, 1000):
        path = SOURCES / f"Schema+Version{number}.swift"
        if not path.exists():
            return found
        blocks = dict(re.findall(r'static let (\w+) = """\n(.*?)"""', path.read_text(), re.S))
        found.append(re.sub(r"\\\((\w+)\)", lambda name: blocks[name[1]], blocks[f"version{number}"]))
    return found


def shape(database):
    """Everything that is defined in a store, however it is indented."""
    return sorted(" ".join(" ".join(str(each) for each in row).split())
                  for row in database.execute("select type, name, tbl_name, sql from sqlite_master"))


def create(path, version, application):
    """An empty store of this version."""
    database = sqlite3.connect(path)
    for step in steps()[:version]:
        database.executescript(step)
    database.executescript(f"pragma application_id = {application}; pragma user_version = {version}")
    return database


def age(arena, version):
    """Makes the arena's store one of an earlier version, with the same rows where that version has a place for them."""
    old = arena.store.with_name("old.db")
    old.unlink(missing_ok=True)
    with sqlite3.connect(arena.store) as database:
        application, = database.execute("pragma application_id").fetchone()
    made = create(old, version, application)
    made.execute("attach ? as new", [str(arena.store)])
    tables = [name for name, in made.execute("""select name from main.sqlite_master where type = 'table'
        and name not like 'blocks_search%' and name not like 'sqlite_%' and sql is not null""")]
    for table in tables:
        there = {row[1] for row in made.execute(f"pragma new.table_info({table})")}
        columns = ", ".join(f'"{row[1]}"' for row in made.execute(f"pragma main.table_info({table})") if row[1] in there)
        # Steps and triggers may have made rows of their own.
        made.execute(f"delete from main.{table}")
        made.execute(f"insert into main.{table} ({columns}) select {columns} from new.{table}")
    made.commit()
    made.close()
    for suffix in ("-wal", "-shm"):
        arena.store.with_name(arena.store.name + suffix).unlink(missing_ok=True)
    old.replace(arena.store)


def prepare(arena):
    loads.write_batch(arena)
    # Each step takes long enough to be killed in.
    shims.load(arena, sync_ms=5)
    arena.notes["shapes"] = []
    for version in range(1, len(steps()) + 1):
        empty = create(":memory:", version, 0)
        arena.notes["shapes"].append(shape(empty))
        empty.close()


@form("T14", 50, 1, before=prepare, **loads.QUEUED)
def t14(arena, dice):
    """A store of an earlier version where work waits is brought up to date, and that is killed: it is old or new."""
    arena.forget_recoveries()
    loads.accepted(arena, loads.hand_over(arena, dice, 2))
    time.sleep(dice.uniform(0, 0.5))
    arena.kill_everything()
    arena.until(lambda: not arena.processes(), 10 * SLOW, "all are dead")
    shapes = arena.notes["shapes"]
    version = dice.randrange(1, len(shapes))
    age(arena, version)
    for backup in arena.folder.glob("tutti.db.backup-*"):
        backup.unlink()
    for _ in range(dice.randint(0, 4)):
        upgrading = [arena.start("recover", name=f"upgrade-{number}") for number in range(dice.randint(1, 3))]
        time.sleep(dice.uniform(0, 0.15))
        for each in upgrading:
            each.kill()
            each.wait()
        arena.kill_everything()
        arena.until(lambda: not arena.processes(), 10 * SLOW, "all are dead")
        is_whole(arena, version)
    both = [arena.start("recover", name=f"upgrade-{number}") for number in range(dice.randint(1, 3))]
    statuses = [each.wait(60 * SLOW) for each in both]
    # While one makes the copy the others are told to come again.
    expect(set(statuses) <= {0, 75} and 0 in statuses, f"they exit {statuses}")
    arena.tutti("recover")
    arena.settle()
    expect(is_whole(arena, version) == len(shapes), "it is still of the old version")
    is_whole(arena, version, arena.store.with_name(f"{arena.store.name}.backup-v{version}"), only=version)
    loads.completed_once(arena)


def is_whole(arena, version, path=None, only=None):
    """A sound store of exactly this version or the newest; which."""
    database = sqlite3.connect(path or arena.store)
    try:
        expect(database.execute("pragma integrity_check").fetchone() == ("ok",), f"{path or arena.store} is damaged")
        found, = database.execute("pragma user_version").fetchone()
        expect(found in ([only] if only else [version, len(arena.notes["shapes"])]), f"{path or arena.store} has version {found}")
        expect(shape(database) == arena.notes["shapes"][found - 1], f"{path or arena.store} is not what version {found} is")
        return found
    finally:
        database.close()
