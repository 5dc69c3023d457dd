"""Kills: of coordinators, hosts, clients and everything at once."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

import loads
from arena import Failed, expect, status, write_json
from forms import SLOW, SPAN, await_moment, form


def kill_coordinator(arena, dice, guarded=True):
    """Starts a fan-out and kills its coordinator, and nothing else (or its guard too), at some moment of it."""
    asking = arena.ask()
    await_moment(arena, asking, dice)
    if not guarded:
        return kill_unguarded(arena, asking)
    asking.kill()
    asking.wait()


def kill_unguarded(arena, asking):
    """Kills a coordinator in a way that its guard does not see."""
    guards = arena.guards()
    arena.kill(guards, signal.SIGSTOP)
    asking.kill()
    asking.wait()
    arena.kill(guards, signal.SIGKILL)


def recover(arena):
    """The next coordinator: takes over what the dead one left, to its end."""
    arena.tutti("recover")
    arena.settle()


# What a provider said, without what is another in each process.
STORY = """select s.id, t.name, coalesce(b.name, ''), coalesce(b.text, e.data, '') from events e
    join event_types t on t.number = e.type join sessions s on s.row = e.session left join blocks b on b.row = e.block
    where s.state = 'completed' and t.name in ('text.delta', 'text.reset', 'text.block', 'tool.started', 'tool.completed',
        'usage') order by s.row, e.id"""


def stories(arena):
    """The told events of each completed session, in their order; pieces of one text are one."""
    found = {}
    for session, kind, name, data in arena.query(STORY):
        story = found.setdefault(session, [])
        if kind == "text.delta":
            text = json.loads(data)["text"]
            if story and story[-1][0] == kind:
                story[-1] = (kind, name, story[-1][2] + text)
                continue
            data = text
        story.append((kind, name, data))
    return found


def tell_once(arena):
    """An undisturbed run, whose story is everybody's."""
    arena.ask().wait()
    told = stories(arena)
    expect(len(told) == len(arena.modules), "the undisturbed run is not complete")
    arena.notes["story"] = next(iter(told.values()))
    expect(all(story == arena.notes["story"] for story in told.values()), "equal sessions tell unequal stories")


def same_stories(arena):
    """Whoever recorded it, and in how many pieces: each success tells what an undisturbed one does."""
    for session, story in stories(arena).items():
        expect(story == arena.notes["story"], f"session {session} tells another story than an undisturbed one: {story}")


@form("T01", 50, 2, before=tell_once, after=same_stories)
def t01(arena, dice):
    """The coordinator is killed; another one comes some time later."""
    kill_coordinator(arena, dice)
    time.sleep(dice.uniform(0, 1))
    recover(arena)


@form("T02", 50, 2)
def t02(arena, dice):
    """Everything is killed at once: coordinator, hosts, providers."""
    asking = arena.ask()
    await_moment(arena, asking, dice)
    arena.kill_everything()
    asking.wait()
    recovering = arena.start("recover", name="recover")
    arena.until(lambda: not stale(arena), 2 * SLOW, "nothing is called running without a living process after the restart")
    recovering.wait(60)
    arena.settle()


def stale(arena):
    """Sessions that the store calls running while their host is dead."""
    live = arena.hosts()
    return [pid for pid, in arena.query("select host_pid from sessions where state in ('running', 'ending', 'needs_input')")
            if pid not in live]


@form("T03", 50, 2, before=tell_once, after=same_stories)
def t03(arena, dice):
    """The coordinator is killed and the next one comes at once, while the providers live."""
    kill_coordinator(arena, dice)
    recovering = arena.start("recover", name="recover")
    while recovering.poll() is None:
        no_twins(arena)
        time.sleep(0.02)
    arena.settle()


def no_twins(arena):
    """Never two living providers for one job."""
    sessions = set()
    for pid in arena.providers():
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                sessions |= {e[14:].decode() for e in environ.read().split(b"\0") if e.startswith(b"TUTTI_SESSION=")}
        except OSError:
            pass
    marks = ",".join("?" * len(sessions))
    for job, count in arena.query(f"select job, count(*) from sessions where id in ({marks}) group by job", *sessions):
        if count > 1:
            raise Failed(f"{count} living providers for job {job}")


@form("T04", 50, 2)
def t04(arena, dice):
    """The coordinator is killed, and so are up to three that recover, before one may finish."""
    arena.forget_recoveries()
    kill_coordinator(arena, dice)
    for _ in range(dice.randint(1, 3)):
        recovering = arena.start("recover", name="recover")
        time.sleep(dice.uniform(0, 0.3))
        recovering.kill()
        recovering.wait()
    recover(arena)


STALE = 10_000


def one_stale_run(arena):
    """A run that died with everything that belonged to it; its providers had failed before."""
    died(arena)
    for folder, in arena.sessions("folder"):
        write_json(pathlib.Path(folder) / "exit.json", {
            "protocol": 1, "status": 3, "started_at_ms": int(time.time() * 1000), "duration_ms": 5, "leftovers": 0,
            "spool_length": os.path.getsize(f"{folder}/spool.jsonl")})


def hanging(arena, how, *options):
    """A run whose providers hang in this way, once all of them do. Second attempts do not."""
    for count in arena.project.glob("*/count"):
        count.unlink()
    asking = arena.ask(*options, question=f"x [[fake: --counter count]] [[fake #1: {how}]]")
    arena.until(lambda: len(arena.query("select 1 from sessions where state = 'running'")) == len(arena.modules)
                and len(list(arena.project.glob("*/count"))) == len(arena.modules), 30 * SLOW, "all sessions run")
    return asking


def died(arena, dice=None, waiting=0):
    """A run whose providers hang, and that was killed with everything, also with so many runs that wait behind it."""
    asking = hanging(arena, "--hang 2", "--retries", "0")
    loads.accepted(arena, loads.hand_over(arena, dice, waiting))
    arena.kill_everything()
    asking.wait()
    arena.until(lambda: not arena.processes(), 30, "all are dead")


def multiply(arena, times):
    """Copies the only run with its jobs, sessions, threads, messages and folders so often."""
    database = sqlite3.connect(arena.store)
    database.row_factory = sqlite3.Row
    tables = {name: [dict(row) for row in database.execute(f"select * from {name}")]
              for name in ("runs", "threads", "jobs", "sessions", "message_rows")}
    # What refers to a row moves along with it; what is named by an identifier gets a new one.
    references = {"run": "runs", "thread": "threads", "job": "jobs", "session": "sessions", "message": "message_rows"}
    for copy in range(1, times):
        renamed = {}
        for name, rows in tables.items():
            for row in rows:
                new = {**row, "row": row["row"] + copy * len(rows)}
                renamed[row["id"]] = new["id"] = f"{row['id'][:8]}{copy:08d}"
                for column, to in references.items():
                    if isinstance(row.get(column), int):
                        new[column] = row[column] + copy * len(tables[to])
                    elif row.get(column) is not None:
                        new[column] = renamed.get(row[column]) or f"{row[column][:8]}{copy:08d}"
                if name == "sessions":
                    new["folder"] = row["folder"].replace(row["id"], new["id"])
                    os.mkdir(new["folder"], 0o700)
                    for file in ("host.json", "spool.jsonl", "exit.json"):
                        os.link(f"{row['folder']}/{file}", f"{new['folder']}/{file}")
                    # None of its output was recorded: the log has the original's alone.
                    database.execute("insert into session_progress select ?, 0, (select max(id) from events), null",
                                     [new["row"]])
                database.execute(f"insert into {name} ({', '.join(new)}) values ({', '.join('?' * len(new))})",
                                 list(new.values()))
    database.commit()
    database.close()


@form("T04-stale", 1, before=one_stale_run)
def t04_stale(arena, dice):
    """A store with 10,000 sessions that died is taken over in a second, and true soon after."""
    multiply(arena, STALE // len(arena.modules))
    began = time.monotonic()
    recovering = arena.start("recover", name="recover")
    arena.until(lambda: not arena.query("select 1 from sessions s join coordinators c on c.id = s.owner "
                                        "where s.ended_at is null and c.kind <> 'recover' limit 1"), 600, "all are owned again")
    owned = time.monotonic() - began
    recovering.wait(600)
    arena.notes["figures"] = [f"{STALE} sessions owned after {owned:.2f} s, ended after {time.monotonic() - began:.1f} s"]
    expect(owned < SLOW, f"they were owned after {owned:.2f} s")
    arena.settle()


@form("T06", 50, 2)
def t06(arena, dice):
    """The coordinator is killed when it has read the results and committed none of them."""
    kill_uncommitted(arena, dice, arena.ask(), len(arena.modules))
    recover(arena)
    expect(arena.newest() == ("completed", 0), f"the run ended as {arena.newest()}")
    attempts = {attempt for attempt, in arena.sessions("attempt")}
    expect(attempts == {1}, f"something ran again: attempts {attempts}")


RUNNING = "select row, folder from sessions where state = 'running'"


def kill_uncommitted(arena, dice, coordinator, count):
    """Kills a coordinator when it has read the results of `count` sessions and committed none; the rows of those."""
    arena.until(lambda: len(arena.query(RUNNING)) == count, 30 * SLOW, "all sessions run")
    # The store's only lock for writing is held from outside: what is read cannot be committed.
    writer = sqlite3.connect(arena.store, timeout=30, isolation_level=None)
    writer.execute("begin immediate")
    try:
        held = arena.query(RUNNING)
        arena.until(lambda: all(os.path.exists(f"{folder}/exit.json") for _, folder in held), 30 * SLOW, "all providers ended")
        time.sleep(dice.uniform(0.02, 0.2))
        coordinator.kill()
        coordinator.wait()
        expect(arena.query(RUNNING) == held, "an end was committed although nobody could write")
    finally:
        writer.execute("rollback")
        writer.close()
    return [row for row, _ in held]


@form("T08", 50, 1)
def t08(arena, dice):
    """Clients of a detached run are killed; the coordinator does not notice."""
    arena.tutti("ask", "x [[fake: --lines 300 --rate 120]]", "--all", "--detach")
    run = arena.query("select id from runs order by row desc limit 1")[0][0]
    coordinator = arena.until(lambda: [pid for pid, words in arena.processes(arena.program).items()], 10 * SLOW,
                              "the coordinator came up")[0]
    arena.until(lambda: arena.query("select 1 from message_parts limit 1"), 30 * SLOW, "there is output")
    kill_clients(arena, dice, coordinator, ["logs", "-f", run], ["wait", run], ["events", "-f"], ["show", run], ["ps"])
    arena.tutti("wait", run)
    arena.settle()
    expect(arena.newest() == ("completed", 0), f"the run ended as {arena.newest()}")


def kill_clients(arena, dice, coordinator, *commands):
    """Starts and kills these commands; the coordinator holds no more than before."""
    before = status_of(coordinator)
    clients = [arena.start(*words, name=f"client-{number}") for number, words in enumerate(commands)]
    time.sleep(dice.uniform(0, 0.6))
    for client in clients:
        client.kill()
        client.wait()
    after = status_of(coordinator)
    if before and after:
        # Sessions hold at most two descriptors each, and some have ended.
        expect(after["descriptors"] <= before["descriptors"] + 2, f"descriptors {before} {after}")
        expect(after["memory"] <= before["memory"] + 8192, f"memory {before} {after}")


def status_of(pid):
    """None when it has ended."""
    try:
        return status(pid)
    except OSError:
        return None


@form("T68", 100, 2)
def t68(arena, dice):
    """Hosts are killed, one or more, while the coordinator lives."""
    asking = arena.ask()
    end = time.monotonic() + SPAN
    for _ in range(dice.randint(1, 3)):
        time.sleep(dice.uniform(0, SPAN / 2))
        if time.monotonic() < end and (hosts := sorted(arena.hosts())):
            arena.kill([dice.choice(hosts)])
    asking.wait(90)
    arena.settle()


@form("T69", 10)
def t69(arena, dice):
    """The machine was restarted, or the store is another container's: strangers with the recorded numbers live."""
    strangers = stale_with_strangers(arena, dice, ("boot_id", "pid_ns"))
    recover(arena)
    check_strangers(arena, strangers)


@form("T69-queue", 10, before=loads.write_batch, **{**loads.QUEUED, "modules": loads.QUEUED["settings"]["jobs"]})
def t69_queue(arena, dice):
    """As T69, and more runs waited behind the one that died: they are done too."""
    strangers = stale_with_strangers(arena, dice, ("boot_id", "pid_ns"), waiting=3)
    recover(arena)
    check_strangers(arena, strangers)
    loads.completed_once(arena)


@form("T25", 20)
def t25(arena, dice):
    """The numbers of dead hosts and providers belong to others now, who are left alone."""
    strangers = stale_with_strangers(arena, dice, ("start_time",))
    recover(arena)
    check_strangers(arena, strangers)


def stale_with_strangers(arena, dice, changed, waiting=0):
    """Sessions of which everything was killed; their records name living strangers, and differ in what tells them apart.

    {session: stranger}, and so many runs wait behind them.
    """
    died(arena, dice, waiting)
    strangers = {}
    for session, folder in arena.query("select id, folder from sessions where ended_at is null"):
        # A group of its own: a signal to the group would find it too.
        stranger = subprocess.Popen(["sleep", "600"], env={"PATH": "/bin:/usr/bin"}, start_new_session=True)
        strangers[session] = stranger
        with open(f"/proc/{stranger.pid}/stat") as file:
            started = int(file.read().rpartition(") ")[2].split()[19])
        with open(f"{folder}/host.json") as file:
            record = json.load(file)
        record |= {"pid": stranger.pid, "provider_pid": stranger.pid, "start_time": started, "provider_start_time": started}
        which = dice.choice(changed)
        if which == "start_time":
            record |= {"start_time": started - 1, "provider_start_time": started - 1}
        else:
            record[which] = "00000000-0000-4000-8000-000000000000" if which == "boot_id" else record[which] + 1
        with open(f"{folder}/host.json", "w") as file:
            json.dump(record, file)
        arena.change(("update sessions set host_pid = ?, host_start_time = ?, boot_id = ?, pid_namespace = ?, "
                      "provider_pid = ? where id = ?", record["pid"], record["start_time"], record["boot_id"],
                      record["pid_ns"], record["provider_pid"], session))
    return strangers


def check_strangers(arena, strangers):
    dead = [stranger.pid for stranger in strangers.values() if stranger.poll() is not None]
    for stranger in strangers.values():
        stranger.kill()
        stranger.wait()
    expect(not dead, f"{len(dead)} strangers were ended")
    states = {state for id, state in arena.query("select id, state from sessions") if id in strangers}
    expect(states == {"lost"}, f"sessions without a result are {states}")


@form("T70", 50, 2)
def t70(arena, dice):
    """The coordinator is killed and nobody starts another one: its guard sees to it, or without that the hosts do."""
    arena.forget_recoveries()
    kill_coordinator(arena, dice, guarded=dice.random() < 0.5)
    # A run that died without its guard and before its first session has no host to speak for it: the next coordinator finds it.
    spoken_for = bool(arena.hosts())
    arena.until(lambda: not arena.providers(), 30 * SLOW, "all providers ended")
    if spoken_for:
        arena.until(lambda: not arena.processing() or arena.providers(), 5 * SLOW,
                    "the store says how they ended, soon after the last one")
    arena.settle() if spoken_for else recover(arena)


@form("T70-hung", 10, settings={"limits": {"orphan": "1s"}})
def t70_hung(arena, dice):
    """As T70, and the providers hang: their hosts end them when nobody came back."""
    arena.forget_recoveries()
    asking = hanging(arena, "--hang 2 --children 4")
    time.sleep(dice.uniform(0, 0.3))
    kill_unguarded(arena, asking)
    arena.until(lambda: not arena.providers(), 1 + 10 * SLOW, "the hosts ended what hung")
    arena.settle()
    first = {state for state, attempt in arena.sessions("state, attempt") if attempt == 1}
    expect("completed" not in first, f"sessions whose providers hung are {first}")
