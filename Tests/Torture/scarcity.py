"""Too little of something: disk, descriptors, processes; and what is left over after thousands of sessions."""

import os
import shutil
import subprocess
import time

import loads
import serving
from arena import LeftOut, expect, status
from forms import SLOW, form

NOBODY = 65534


# Disk -----------------------------------------------------------------------------------------------------------------

def store_on_small_disk(arena):
    disk = arena.folder / "disk"
    arena.mount(disk, "4m")
    arena.store = disk / "tutti.db"


def fill(folder):
    """Takes every byte that is left on the disk of `folder`; gives the file that has them."""
    path = folder / "filler"
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\1" * size)
            except OSError:
                pass
    return path


@form("T09", 10, 1, before=store_on_small_disk, needs_root=True, modules=4)
def t09(arena, dice):
    """The store's disk fills while sessions stream, and frees again: said, never silent, and nothing is lost."""
    asking = arena.ask(question="x [[fake: --lines 60 --rate 60 --width 300]]")
    time.sleep(dice.uniform(0.2, 0.7))
    filler = fill(arena.store.parent)
    time.sleep(dice.uniform(0.3, 1.2))
    use_full(arena)
    is_felt = stands_still(arena)
    filler.unlink()
    asking.wait(90)
    if is_felt:
        expect("store" in arena.said(), f"the full disk was never mentioned: {arena.said()}")
    arena.tutti("recover")
    arena.settle()
    empty(arena)


def stands_still(arena):
    """Whether nothing is written although there is something to write: a log that begins anew may still have had room."""
    newest = "select max(id) from events"
    before = arena.query(newest)
    time.sleep(0.5)
    return bool(arena.query("select 1 from sessions where state = 'running'")) and arena.query(newest) == before


def use_full(arena, *options):
    """On a full disk reading goes on, from here and from elsewhere; a new run begins, or it is said why not."""
    listed = arena.run("ps", "-a", "--json")
    expect(listed.returncode in (0, 3), f"ps exits {listed.returncode} on a full disk: {listed.stderr}")
    if arena.store.exists() and arena.store.stat().st_size:
        arena.query("select count(*) from sqlite_master")
    fresh = arena.run("ask", "another", "m0", *options)
    if fresh.returncode:
        expect(fresh.returncode in (74, 75), f"ask on a full disk exits {fresh.returncode}: {fresh.stderr}")
        expect(str(arena.store) in fresh.stderr, f"the error does not name the store: {fresh.stderr}")


@form("T09-serve", 10, before=store_on_small_disk, needs_root=True, **loads.QUEUED)
def t09_serve(arena, dice):
    """As T09, and somebody serves while more runs wait: it says so, lives on, and all that was accepted is done."""
    loads.write_batch(arena)
    server = serving.serve(arena)
    loads.accepted(arena, loads.hand_over(arena, dice, question="x [[fake: --lines 60 --rate 60 --width 300]]"))
    time.sleep(dice.uniform(0, 1.5))
    filler = fill(arena.store.parent)
    time.sleep(dice.uniform(0.3, 1.2))
    use_full(arena, "--detach")
    expect(server.poll() is None, f"who serves has ended with {server.returncode}")
    is_felt = stands_still(arena)
    filler.unlink()
    arena.until(lambda: not arena.unfinished(), 90 * SLOW, "everything that was accepted is over")
    said = (arena.folder / f"serve-{arena.notes['served']}.err").read_text()
    expect(not is_felt or "full" in said, f"the full disk was never mentioned: {said}")
    serving.end(arena, server)
    loads.completed_once(arena)
    empty(arena)


def empty(arena):
    """A new store for the next round when this one has filled most of its disk."""
    if arena.store.stat().st_size < 1_500_000:
        return
    sound, line = arena.audit()
    expect(sound, line)
    for name in ("", "-wal", "-shm", ".tick"):
        path = arena.store.with_name(arena.store.name + name)
        if path.exists():
            path.unlink()
    shutil.rmtree(arena.state, ignore_errors=True)
    arena.effects.unlink(missing_ok=True)
    arena.ask(question="x").wait()


def spools_on_small_disk(arena):
    arena.mount(arena.state, "24m")


@form("T67", 10, 1, before=spools_on_small_disk, needs_root=True, modules=4)
def t67(arena, dice):
    """The disk of the recordings fills while sessions stream, and frees again: no answer is called whole that is not."""
    asking = arena.ask("--retries", "1", question="x [[fake: --lines 150 --rate 120 --width 3000]]")
    time.sleep(dice.uniform(0.1, 1.0))
    filler = fill(arena.state)
    time.sleep(dice.uniform(0.3, 1.5))
    filler.unlink()
    asking.wait(120)
    arena.settle()
    whole_recordings(arena)


def whole_recordings(arena):
    """None is cut of a session that is called completed; those of earlier rounds are taken away when they leave no room."""
    for session, state, folder in arena.query("select id, state, folder from sessions"):
        if os.path.exists(spool := f"{folder}/spool.jsonl"):
            with open(spool, "rb") as file:
                is_whole = file.read().endswith(b"\n")
            expect(state != "completed" or is_whole, f"session {session} is completed and its recording is cut")
    if shutil.disk_usage(arena.state).free < 16 << 20:
        sound, line = arena.audit()
        expect(sound, line)
        for folder, in arena.query("select folder from sessions"):
            if os.path.exists(f"{folder}/spool.jsonl"):
                os.unlink(f"{folder}/spool.jsonl")


@form("T67-serve", 10, before=spools_on_small_disk, needs_root=True, **loads.QUEUED)
def t67_serve(arena, dice):
    """As T67, and somebody serves while more runs wait: nothing begins on a full disk, and all of them come to an end."""
    loads.write_batch(arena)
    server = serving.serve(arena)
    loads.accepted(arena, loads.hand_over(arena, dice, question="x [[fake: --lines 150 --rate 120 --width 3000]]"))
    time.sleep(dice.uniform(0, 1.5))
    filler = fill(arena.state)
    time.sleep(dice.uniform(0.3, 1.5))
    expect(server.poll() is None, f"who serves has ended with {server.returncode}")
    filler.unlink()
    serving.end(arena, server)
    expect(not arena.unfinished(), "a run is not over")
    classes = {each for each, in arena.query("select distinct failure_class from jobs where state = 'failed'")}
    expect(classes <= {"spool_full"}, f"jobs failed for {classes}")
    whole_recordings(arena)


# Descriptors and processes --------------------------------------------------------------------------------------------

@form("T22-descriptors", 2, modules=200)
def t22_descriptors(arena, dice):
    """64 descriptors and 200 jobs at once: those that find none wait for their turn, and all end."""
    arena.prefix = ["prlimit", "--nofile=64:64"]
    asking = arena.ask("--jobs", "200", question="x [[fake: --lines 3 --rate 0]]")
    asking.wait(300)
    arena.prefix = []
    arena.settle()
    states = [state for _, state, _ in arena.jobs()]
    expect(states == ["completed"] * 200, f"{states.count('completed')} of 200 jobs are completed: {arena.jobs()}"[:600])


def belongs_to_nobody(arena):
    """Another user's, for whom the number of processes is a bound; root has none."""
    if os.geteuid() or not shutil.which("setpriv"):
        raise LeftOut("only root becomes another user, by setpriv")
    reachable = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "test", "-x",
                                arena.program])
    if reachable.returncode:
        raise LeftOut(f"another user cannot reach {arena.program}: its folders are not open to all")
    for path, folders, files in os.walk(arena.folder):
        for name in (".", *folders, *files):
            os.chown(os.path.join(path, name), NOBODY, NOBODY)


@form("T22-processes", 3, modules=200, before=belongs_to_nobody, needs_root=True)
def t22_processes(arena, dice):
    """So few processes may live that most hosts and providers cannot be started: they wait, or their jobs say why."""
    arena.prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                    "prlimit", f"--nproc={dice.randint(24, 60)}"]
    asking = arena.ask("--jobs", "200", question="x [[fake: --lines 3 --rate 0]]")
    asking.wait(300)
    arena.prefix = arena.prefix[:4]
    arena.settle()
    rows = arena.jobs()
    expect(rows and {state for _, state, _ in rows} <= {"completed", "failed"}, f"some job is stuck: {rows}"[:600])
    done = sum(state == "completed" for _, state, _ in rows)
    arena.notes.setdefault("figures", []).append(f"{done} of 200 jobs were completed")
    named = {reason for _, state, reason in rows if state == "failed"}
    expect(named <= {"start_failed"}, f"failures are called {named}")
    expect(done > 100, f"only {done} of 200 jobs were completed: {arena.jobs('failure')[:5]}")


@form("T13", 10, modules=50, answer=["--lines", "20", "--rate", "60", "--dump", "dump"])
def t13(arena, dice):
    """500 providers under load hold their three descriptors and no other."""
    asking = arena.ask("--jobs", "16")
    asking.wait(120)
    arena.settle()
    for module in arena.modules:
        path = arena.project / module / "dump"
        lines = path.read_text().splitlines()
        path.unlink()
        numbers = [line.split()[1] for line in lines if line.startswith("fd ")]
        expect(numbers == ["0", "1", "2"], f"a provider has {[line for line in lines if line.startswith('fd ')]}")


# Thousands ------------------------------------------------------------------------------------------------------------

@form("T24", 1, modules=9000, answer=["--lines", "2"])
def t24(arena, dice):
    """9,000 sessions one after another and 200 at once: nothing is left over of any of them."""
    asking = arena.ask("--jobs", "8")
    samples = []
    count = 0
    while asking.poll() is None:
        done = arena.query("select count(*) from jobs where finished_at is not null")
        if done and done[0][0] >= count + 100:
            count = done[0][0]
            try:
                samples.append((count, status(asking.pid)))
            except OSError:
                break
        time.sleep(0.05)
    arena.settle(120)
    expect(len(samples) >= 8, f"too few looks: {samples}")
    # Until then SQLite fills its caches, 16 MiB of the writer and 2 of each reader: a session takes 3.3 KiB of the store.
    late = [sample for sample in samples if sample[0] >= 6500]
    first, last = late[0], late[-1]
    slope = (last[1]["memory"] - first[1]["memory"]) * 1024 / (last[0] - first[0])
    arena.notes["figures"] = [
        f"{words}: {[sample[1][key] for sample in samples[::max(1, len(samples) // 6)]]}"
        for key, words in (("descriptors", "descriptors"), ("threads", "threads"), ("zombies", "zombies"),
                           ("memory", "KiB of memory"))] + [f"{slope:.0f} bytes a session after the first 6,500"]
    expect(slope < 1024, f"{slope:.0f} bytes a session are left over")
    # Eight sessions live at any moment, each with at most two descriptors, and one is being started.
    expect(max(s["descriptors"] for _, s in late) <= samples[0][1]["descriptors"] + 24, f"descriptors grow: {samples}")
    expect(max(s["threads"] for _, s in late) <= samples[0][1]["threads"] + 4, f"threads grow: {samples}")
    expect(max(s["zombies"] for _, s in late) <= 16, f"zombies gather: {samples}")
    began = time.monotonic()
    arena.ask("--jobs", "200", modules=arena.modules[:200], question="x [[fake: --lines 20 --rate 10]]").wait(300)
    arena.settle(120)
    expect(arena.newest() == ("completed", 0), f"200 at once end as {arena.newest()}")
    arena.notes["figures"].append(f"200 at once took {time.monotonic() - began:.1f} s")
    expect(time.monotonic() - began < 60 * SLOW, "200 at once take more than a minute")
