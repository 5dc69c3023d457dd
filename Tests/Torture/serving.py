"""The coordinator that stays, under fault: killed again and again while others enqueue, and while schedules are due."""

import signal
import time

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
