"""The queue under fault: work that waits while coordinators die, many that work side by side, wishes that race, limits."""

import collections
import json
import shutil
import time

import crashes
from arena import ROOT, expect, write_json
from forms import SLOW, await_moment, form

# More work than slots: most jobs wait while the fault strikes.
WAITING = {"modules": 24, "settings": {"jobs": 4}}

for name, body, rounds in (("T01", crashes.t01, 50), ("T02", crashes.t02, 50), ("T03", crashes.t03, 50),
                           ("T04", crashes.t04, 25), ("T68", crashes.t68, 50), ("T70", crashes.t70, 25)):
    told = {"before": crashes.tell_once, "after": crashes.same_stories} if name in ("T01", "T03") else {}
    form(f"{name}-queue", rounds, **WAITING, **told)(body)


# Wishes ---------------------------------------------------------------------------------------------------------------

@form("T39", 150, 2, modules=12, settings={"jobs": 4, "retry": {"attempts": 3, "delay": "50ms", "jitter": 0}})
def t39(arena, dice):
    """A cancel races with starts, ends, retries and restarts: one end for each job, and none is begun afterwards."""
    for count in arena.project.glob("*/count"):
        count.unlink()
    broken = " ".join(f"[[fake {module} #1: --cut 2 --exit 1]]" for module in dice.sample(arena.modules, 5))
    asking = arena.ask(question=f"x [[fake: --counter count]] {broken}")
    await_moment(arena, asking, dice)
    if not (newest := arena.newest("id, row")):
        # Killed by nobody, cancelled by nobody: there was nothing to cancel yet.
        asking.wait(60)
        return arena.settle()
    run, row = newest
    target = run if dice.random() < 0.5 else dice.choice(arena.query("select id from jobs where run = ?", row))[0]
    cancelling = arena.start("cancel", target, name="cancel")
    killed = dice.random() < 0.4
    if killed:
        time.sleep(dice.uniform(0, 0.15))
        asking.kill()
    wished = cancelling.wait(60)
    asking.wait(60)
    if killed:
        arena.tutti("recover")
    arena.settle()
    # 0: ended; 66 or 1: it was over before anybody could end it.
    expect(wished in (0, 1, 66), f"cancel exits {wished}: {(arena.folder / 'cancel.err').read_text()[-300:]}")
    late = arena.query("""select s.id from sessions s join jobs j on j.row = s.job join runs r on r.row = j.run
        where r.row = ? and s.created_at > 250 + coalesce(j.cancel_requested_at, r.cancel_requested_at)""", row)
    expect(not late, f"begun after the cancel was written: {late}")
    twice = arena.query("select job from sessions where state = 'completed' group by job having count(*) > 1")
    expect(not twice, f"completed twice: {twice}")


@form("T41", 10, 1, modules=1)
def t41(arena, dice):
    """The same key, 64 times at once: one run."""
    key = f"key-{dice.random()}"
    asking = [arena.start("ask", "x", "--all", "--detach", "--key", key, name=f"same-{number}") for number in range(64)]
    statuses = collections.Counter(each.wait(120) for each in asking)
    expect(set(statuses) == {0}, f"they exit {statuses}")
    expect(arena.query("select count(*) from runs where key = ?", key) == [(1,)], "the key has more than one run")
    arena.tutti("wait", "@last")
    arena.settle()
    expect(arena.sessions("attempt") == [(1,)], f"the sessions are {arena.sessions('attempt')}")


@form("T26", 3, 1, modules=1, settings={"retry": {"attempts": 20, "delay": "10ms", "jitter": 0, "when": ["crash"]}})
def t26(arena, dice):
    """A provider that always breaks at once: five starts, then its module is closed until a person opens it."""
    arena.until(lambda: not arena.processes(), 10, "all is quiet")
    before = len(arena.query("select id from sessions"))
    asking = arena.ask(question="x [[fake: --cut start --exit 1]]")
    # What the round before left in `pools` is forgotten by the coordinator of this one, before its first start.
    arena.until(lambda: len(arena.query("select id from sessions")) > before, 15 * SLOW, "the first start")
    arena.until(lambda: arena.query("select 1 from pools where standing = 'blocked'"), 15 * SLOW, "the module is closed")
    count = len(arena.sessions("id"))
    expect(count == 5, f"{count} starts instead of 5")
    job = arena.jobs("id")[0][0]
    said = arena.tutti("why", job).stdout
    expect("reset" in said, f"why does not say what to do: {said}")
    time.sleep(1)
    expect(len(arena.sessions("id")) == 5, "it goes on although it is closed")
    arena.tutti("reset", "m0")
    arena.until(lambda: len(arena.sessions("id")) == 10, 15 * SLOW, "five more after the reset")
    arena.tutti("cancel", "@last")
    asking.wait(60)
    arena.settle()


@form("T40", 5, 1, modules=20, settings={"jobs": 5})
def t40(arena, dice):
    """A budget for twenty: what is not begun stays so, exit 6, and the excess is at most what ran."""
    # Each answer costs 0.00416; three of them are more than this.
    arena.ask("--max-cost", "0.01").wait(60)
    arena.settle()
    expect(arena.newest("exit") == (6,), f"the run is {arena.newest()}")
    nanos = arena.query("select sum(cost_nanos) from usage u join sessions s on s.row = u.session "
                        "where s.run = (select max(row) from runs)")[0][0]
    expect(nanos <= 10_000_000 + 5 * 4_160_000, f"it cost {nanos / 1e9} dollars")
    states = collections.Counter(state for _, state, _ in arena.jobs())
    expect(states["skipped"] >= 10, f"the jobs are {states}")


@form("T45", 1, 1, modules=24, settings={"jobs": 12, "retry": {"attempts": 5, "delay": "200ms", "when": ["rate_limit", "overload"]}})
def t45(arena, dice):
    """A provider that is busy at first: fewer are asked at a time, and all are answered."""
    for count in arena.project.glob("*/count"):
        count.unlink()
    busy = dice.choice(("429", "529"))
    # Not five in a row: then nobody would be asked for ten seconds.
    refused = " ".join(f"[[fake {module} #1: --outcome {busy}]]" for module in dice.sample(arena.modules[:12], 4))
    arena.ask(question=f"x [[fake: --counter count]] {refused}").wait(120)
    arena.settle()
    expect(arena.newest() == ("completed", 0), f"the run is {arena.newest()}: {arena.jobs()}")
    changes = lives(arena, "where run = (select max(row) from runs)")
    # What ran when it first said so is not ended for it.
    first = next(place for place, (_, change, kind) in enumerate(changes) if kind == "session.failed")
    most = max(live for place, (live, change, _) in enumerate(changes) if place > first and change == 1)
    expect(most < 12, f"{most} at a time after it said that it is busy")


# Side by side ---------------------------------------------------------------------------------------------------------

LOOKS = (["ps", "-a"], ["queue", "ls"], ["search", "line"], ["usage"], ["show", "@last"], ["logs", "@last", "-n", "5"],
         ["events", "--from", "1"], ["doctor"])


@form("T11", 1, 1, modules=40, settings={"jobs": 8, "limits": {"jobs": 4}})
def t11(arena, dice):
    """Two coordinators and eight other commands on one store for a minute: nobody hears of locks, no limit is passed."""
    seconds = 60 if arena.notes["rounds"] == 1 and SLOW == 1 else 10
    end, broken, count = time.monotonic() + seconds, [], 0
    asking = {name: arena.ask("--name", name) for name in ("first", "second")}
    arena.until(lambda: arena.newest(), 10 * SLOW, "there is a store")
    looking = {}
    while time.monotonic() < end:
        for place, words in enumerate(LOOKS):
            if (process := looking.get(place)) is None or process.poll() is not None:
                if process is not None:
                    count += 1
                    said = (arena.folder / f"look-{place}.err").read_text(errors="replace")
                    # Failed sessions and things to mend are no trouble of the store.
                    if process.returncode not in (0, 1, 3) or "lock" in said or "busy" in said:
                        broken.append((words, process.returncode, said[-200:]))
                looking[place] = arena.start(*words, name=f"look-{place}")
        for name, process in asking.items():
            if process.poll() is not None:
                said = arena.said()
                expect(process.returncode == 0, f"{name} exits {process.returncode}: {said[-300:]}")
                asking[name] = arena.ask("--name", name)
        time.sleep(0.02)
    for process in [*looking.values(), *asking.values()]:
        process.wait(120)
    arena.settle()
    expect(not broken, f"{len(broken)} of {count} commands failed: {broken[:3]}")
    expect(count > 8, f"only {count} commands came to their end")
    most = max(live for live, *_ in lives(arena))
    arena.notes["figures"] = [f"{count} commands, {len(arena.query('select 1 from sessions'))} sessions, {most} at a time"]
    expect(most <= 4, f"{most} sessions at one time, where 4 may be")
    twice = arena.query("select job from sessions group by job having count(*) > 1")
    expect(not twice, f"begun by both: {twice}")


def lives(arena, of=""):
    """For each beginning and end of a session, in the order of the log: how many live then, 1 or -1, and the event."""
    live, found = 0, []
    for change, kind in arena.query(f"""select case t.name when 'session.queued' then 1 else -1 end, t.name from events e
            join event_types t on t.number = e.type join (select row from sessions {of}) s on s.row = e.session
            where t.name in ('session.queued', 'session.completed', 'session.failed', 'session.cancelled', 'session.lost')
            order by e.id"""):
        live += change
        found.append((live, change, kind))
    return found


# A batch --------------------------------------------------------------------------------------------------------------

FAULTS = (["--outcome 529"] * 3, ["--cut 3 --exit 1"] * 2, ["--payload {quota} --exit 1"], ["--hang 2"])
CLASSES = {"overload": 3, "crash": 2, "quota": 1, "idle_timeout": 1}
PARK = 20


def batch_of_forty(arena):
    """Three waves over three providers, and a project for them."""
    for module in ("gateway", "payments", "search"):
        shutil.copytree(ROOT / "Config" / "demo" / module, arena.project / module)
    recording = ROOT / "Config" / "demo" / "recordings" / "payments-2.jsonl"
    write_json(arena.project / "tutti.yaml", {"version": 1, "modules": {
        "gateway": {"path": "gateway"}, "search": {"path": "search"},
        "payments": {"path": "payments", "provider": "replay", "replay": [str(recording)]}}})
    arena.tutti("trust", "--yes")


def write_batch(arena, dice):
    """The file; which of the 31 scripted jobs break at first is drawn."""
    moment = int(time.time())
    quota = arena.folder / "quota.jsonl"
    lines = [{"type": "system", "subtype": "init", "session_id": "s", "model": "m", "tools": ["Bash"]},
             {"type": "rate_limit_event", "rate_limit_info": {
                 "status": "rejected", "resetsAt": moment + PARK, "rateLimitType": "five_hour"}},
             {"type": "assistant", "message": {"id": "e", "content": [{"type": "text", "text": "limit"}]},
              "is_api_error_message": True, "error": "rate_limit",
              "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))},
             {"type": "result", "subtype": "success", "num_turns": 1, "result_index": 0, "is_error": True,
              "terminal_reason": "api_error", "api_error_status": 429, "result": "limit"}]
    quota.write_text("".join(json.dumps(line) + "\n" for line in lines))
    faults = [f"[[fake #1: {fault.format(quota=quota)}]]" for group in FAULTS for fault in group]
    faults += [""] * (31 - len(faults))
    dice.shuffle(faults)
    rows = [{"id": f"r{number}", "count": str(arena.folder / f"count-{arena.asked}-{number}"), "fault": fault}
            for number, fault in enumerate(faults)]
    scripted = {"provider": "told", "prompt": "x [[fake: --counter ${{ matrix.part.count }}]] ${{ matrix.part.fault }}"}
    looked = {"provider": "offline", "prompt": "What is retried? ${{ matrix.turn }}"}
    # JSON is YAML.
    write_json(arena.project / "forty.batch.yaml", {
        "version": 1, "name": "forty",
        "defaults": {"timeout": {"idle": "3s"}, "retry": {
            "attempts": 3, "delay": "100ms", "when": ["overload", "crash", "idle_timeout"]}},
        "jobs": {
            "gather": {"matrix": {"part": rows[:16]}, **scripted},
            "look": {"matrix": {"turn": [1, 2, 3, 4]}, "module": "gateway", **looked},
            "check": {"needs": ["gather", "look"], "matrix": {"part": rows[16:27]}, **scripted},
            "play": {"needs": ["gather", "look"], "matrix": {"turn": [1, 2, 3, 4]}, "module": "payments",
                     "prompt": "Play it. ${{ matrix.turn }}"},
            "sum": {"needs": ["check", "play"], "matrix": {"part": rows[27:]}, **scripted},
            "report": {"needs": ["check", "play"], "module": "search", "matrix": {"turn": [1]}, **looked}}})


@form("batch", 5, 1, modules=0, settings={"jobs": 6, "retry": {"attempts": 3}}, before=batch_of_forty)
def batch(arena, dice):
    """Forty jobs in three waves with failures, a parked quota and a hung provider; the coordinator is killed twice."""
    arena.asked += 1
    arena.forget_recoveries()
    write_batch(arena, dice)
    running = arena.start("batch", "run", "forty.batch.yaml", "--json", name="batch")
    arena.until(lambda: arena.unfinished() or running.poll() is not None, 10 * SLOW, "the run is written")
    expect(running.poll() is None, f"it never ran: {(arena.folder / 'batch.err').read_text()[-500:]}")
    time.sleep(dice.uniform(0.2, 2.5))
    running.kill()
    running.wait()
    # Its guard starts one, and so does a person.
    second = arena.start("recover", name="recover")
    time.sleep(dice.uniform(0.5, 12))
    recoveries = [pid for pid, words in arena.processes(arena.program).items() if " recover" in words]
    arena.kill(recoveries)
    second.wait()
    # One that is still on its way out holds its lock, and would be taken for alive.
    arena.until(lambda: not set(recoveries) & set(arena.processes(arena.program)), 10, "they are dead")
    arena.tutti("recover", timeout=180)
    arena.settle(90)
    expect(arena.newest() == ("completed", 0), f"the run is {arena.newest()}: {arena.jobs()}")
    states = collections.Counter(state for state, in arena.jobs("state"))
    expect(states == {"completed": 40}, f"the jobs are {states}")
    sessions = arena.sessions("state, failure_class, created_at, ended_at")
    failures = collections.Counter(failure for state, failure, *_ in sessions if state != "completed")
    # What was written and never begun when a coordinator died cost nothing.
    failures.pop("never_started", None)
    expect(failures == CLASSES, f"attempts failed as {dict(failures)}, where {CLASSES} were planted")
    expect(sum(state == "completed" for state, *_ in sessions) == 40, "an answer was paid for twice")
    waves_in_order(arena)
    parked(arena)


def waves_in_order(arena):
    """No wave begins before the one before is over."""
    waves = {"gather": 0, "look": 0, "check": 1, "play": 1, "sum": 2, "report": 2}
    begun, ended = collections.defaultdict(list), collections.defaultdict(list)
    for name, first, last in arena.query("select j.module, s.created_at, s.ended_at from sessions s join jobs j on j.row = s.job "
                                         "where s.run = (select max(row) from runs)"):
        wave = waves[name.split("[")[0]]
        begun[wave].append(first)
        ended[wave].append(last)
    for wave in (1, 2):
        expect(min(begun[wave]) >= max(ended[wave - 1]), f"wave {wave + 1} began before wave {wave} was over")


def parked(arena):
    """The job whose quota was used up is not asked again before its time."""
    again = arena.query("""select min(n.created_at) - q.ended_at from sessions q join sessions n on n.job = q.job
        where q.failure_class = 'quota' and n.attempt > q.attempt and q.run = (select max(row) from runs)
        and coalesce(n.failure_class, '') <> 'never_started'""")[0][0]
    expect(again and again > (PARK - 2) * 1000, f"it was asked again after {again} ms")
    arena.notes.setdefault("figures", []).append(f"quota: asked again after {again / 1000:.1f} s")
