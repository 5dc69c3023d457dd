"""The coordinator that stays, under fault: killed while others enqueue and while schedules are due; two at once."""

import re
import signal
import time

import crashes
import loads
from arena import expect
from forms import SLOW, form


def serve(arena):
    """Starts to serve."""
    arena.notes["served"] = arena.notes.get("served", 0) + 1
    return arena.start("serve", name=f"serve-{arena.notes['served']}")


def harm(arena, serving, dice):
    """Kills it, with or without its guard, or tells it to end. The next one may come before it is gone."""
    how = dice.choice(("killed", "killed", "unguarded", "told"))
    guards = arena.guards() if how == "unguarded" else {}
    if how == "told":
        serving.terminate()
    else:
        arena.kill(guards, signal.SIGSTOP)
        serving.kill()
    if dice.random() < 0.5:
        serving.wait()
    arena.kill(guards)
    following = serve(arena)
    serving.wait()
    # It came while the other one still held the store: one is enough, so it left.
    return following if following.poll() is None or following.wait() != 75 else serve(arena)


def end(arena, serving):
    """Waits until all is done, and ends it."""
    arena.until(lambda: serving.poll() is not None or not arena.unfinished(), 120 * SLOW, "everything that was enqueued is over")
    if serving.poll() is None:
        serving.terminate()
    serving.wait(60)
    arena.settle()


@form("T72", 20, 2, modules=6, settings={"jobs": 4, "retry": {"attempts": 3, "delay": "50ms", "jitter": 0}})
def t72(arena, dice):
    """Whoever serves is killed again and again while questions come: each is answered once."""
    arena.forget_recoveries()
    serving, asking = serve(arena), []
    for number in range(6):
        asking.append(arena.start("ask", f"x {number}", "--all", "--detach", name=f"ask-{number}"))
        time.sleep(dice.uniform(0, 0.5))
        if dice.random() < 0.7:
            serving = harm(arena, serving, dice)
    expect(not any(each.wait(60) for each in asking), "a question was not accepted")
    if serving.poll() is not None:
        serving = serve(arena)
    end(arena, serving)
    expect(not arena.query("select id from runs where state <> 'completed'"), "a run is not completed")
    twice = arena.query("select job from sessions where state = 'completed' group by job having count(*) > 1")
    expect(not twice, f"completed twice: {twice}")


@form("T73", 10, 1, modules=1)
def t73(arena, dice):
    """Whoever serves is killed again and again while ten times are made up for: each is a run, once."""
    arena.forget_recoveries()
    (arena.project / "due.batch.yaml").write_text("""version: 1
jobs: { go: { run: [sh, -c, "sleep 0.2; echo done"] } }
schedule: [{ cron: "* * * * *", overlap: queue, catch_up: all }]
""")
    arena.tutti("schedule", "add", str(arena.project / "due.batch.yaml"), "--name", f"due-{dice.random()}")
    row, = arena.query("select max(row) from schedules")[0]
    arena.change(("update schedules set last = last - 600000 where row = ?", row))
    began, = arena.query("select last from schedules where row = ?", row)[0]

    def runs():
        return arena.query("""select r.key, r.state from runs r join schedules s on r.key like 'schedule:' || s.id || ':%'
            where s.row = ? order by r.row""", row)

    serving = serve(arena)
    while len(runs()) < 10:
        time.sleep(dice.uniform(0, 0.7))
        serving = harm(arena, serving, dice)
        expect(len(runs()) < 40, "there are more runs than times")
    ended, waiting, name = arena.query("select last, waiting, name from schedules where row = ?", row)[0]
    found = runs()
    arena.tutti("schedule", "rm", name)
    end(arena, serving)
    due = ended // 60_000 - began // 60_000 - (waiting is not None)
    expect(len({key for key, _ in found}) == len(found), f"a time has two runs: {found}")
    expect(abs(len(found) - due) <= 1, f"{len(found)} runs of {due} times: {found}")
    expect(not arena.query("select id from runs where state <> 'completed'"), "a run is not completed")


@form("T06-serve", 30, before=loads.write_batch, **loads.QUEUED)
def t06_serve(arena, dice):
    """Whoever serves is killed when it has read results and committed none, while more waits: none is asked again."""
    server = serve(arena)
    handing = loads.hand_over(arena, dice, 2)
    held = crashes.kill_uncommitted(arena, dice, server, arena.slots)
    loads.accepted(arena, handing)
    end(arena, serve(arena))
    loads.completed_once(arena)
    states = {state for row in held for state, in arena.query("select state from sessions where row = ?", row)}
    expect(states == {"completed"}, f"those whose results were read are {states}")


@form("T08-serve", 30, before=loads.write_batch, **loads.QUEUED)
def t08_serve(arena, dice):
    """Clients are killed while somebody serves: what was accepted goes on, and nothing is left of them."""
    arena.forget_recoveries()
    server = serve(arena)
    run, = loads.accepted(arena, loads.hand_over(arena, dice, 1, question="x [[fake: --lines 90]]"))
    arena.until(lambda: arena.query("select 1 from message_parts limit 1"), 30 * SLOW, "there is output")
    crashes.kill_clients(arena, dice, server.pid, ["batch", "run", "queued.batch.yaml"], ["wait", run], ["queue", "ls"],
                         ["events", "-f"], ["ask", "another", "--all", "--detach"], ["submit", "--", "echo", "submitted"])
    end(arena, server)
    loads.completed_once(arena)
    states = arena.query("select distinct state from jobs")
    expect(states == [("completed",)], f"the jobs are {states}")


@form("T28", 100, 1, modules=2, before=loads.write_batch, settings=loads.QUEUED["settings"])
def t28(arena, dice):
    """Two serve at the same moment, after one that died: one does, the other names it and leaves; work is done once."""
    arena.forget_recoveries()
    if dice.random() < 0.5:
        # Its lock file stays, and says who it was.
        stale = serve(arena)
        time.sleep(dice.uniform(0, 0.3))
        crashes.kill_unguarded(arena, stale)
    handing = loads.hand_over(arena, dice, 2) if dice.random() < 0.5 else []
    both = [serve(arena) for _ in range(2)]
    lost = arena.until(lambda: [each for each in both if each.poll() is not None], 10 * SLOW, "one of two leaves")[0]
    winner = both[1 - both.index(lost)]
    said = (arena.folder / f"serve-{arena.notes['served'] - 1 + both.index(lost)}.err").read_text()
    expect(lost.returncode == 75, f"the second one exits {lost.returncode}: {said}")
    expect(re.search(rf"process {winner.pid}\b", said), f"it does not name process {winner.pid}: {said}")
    loads.accepted(arena, handing or loads.hand_over(arena, dice, 2))
    end(arena, winner)
    loads.completed_once(arena)
