"""The wall clock jumps by hours and days, and a machine sleeps, while schedules are due and attempts wait for their next."""

import json
import signal
import time

import loads
import serving
import shims
from arena import expect
from forms import SLOW, form

HOUR, DAY = 3600, 86_400
JUMPS = ([HOUR], [DAY], [-HOUR], [-DAY], [HOUR, -HOUR], [DAY, -DAY], [-HOUR, HOUR], [DAY, HOUR])
DELAY = 1.5


def hourly(arena):
    """A schedule that is due at each full hour."""
    loads.write_batch(arena)
    arena.notes["clock"], arena.notes["days"] = shims.Clock(arena), 0
    (arena.project / "hourly.batch.yaml").write_text("""version: 1
jobs: { go: { run: [echo, done] } }
schedule: [{ cron: "0 * * * *", timezone: UTC, overlap: queue, catch_up: latest }]
""")
    arena.tutti("schedule", "add", str(arena.project / "hourly.batch.yaml"))


def fired(arena):
    return arena.query("select count(*) from runs where key like 'schedule:%'")[0][0]


@form("T29", 16, before=hourly, modules=4, settings={
    "jobs": 4, "limits": {"jobs": 4}, "retry": {"attempts": 3, "delay": f"{DELAY:g}s", "jitter": 0}})
def t29(arena, dice):
    """The wall clock jumps, a machine sleeps: schedules fire once, attempts wait as long as they should, nobody is taken for dead."""
    clock = arena.notes["clock"]
    for count in arena.project.glob("*/count"):
        count.unlink()
    # Half past, and no round sees an hour of another one again.
    arena.notes["days"] += 3
    clock.jump(HOUR / 2 - time.time() % HOUR + arena.notes["days"] * DAY - clock.ahead / 1000)
    dealt = clock.milliseconds()
    arena.change(("update schedules set last = ?", dealt))
    server = serving.serve(arena)
    before, began = fired(arena), time.monotonic()
    loads.accepted(arena, loads.hand_over(arena, dice, 3, question="x [[fake: --counter count]] [[fake #1: --cut 2 --exit 1]]"))
    arena.until(lambda: arena.query("select 1 from jobs where state = 'waiting' and not_before is not null"), 10 * SLOW,
                "an attempt waits")
    due = 0
    for jump in dice.choice(JUMPS):
        clock.jump(jump)
        hour = clock.milliseconds() // (HOUR * 1000) * HOUR * 1000
        if hour > dealt:
            due, dealt = due + 1, hour
        arena.until(lambda: fired(arena) >= before + due, 5 * SLOW, f"{due} runs of the schedule after a jump of {jump} s")
        time.sleep(dice.uniform(0, 1.5))
    if dice.random() < 0.3:
        # A machine that sleeps takes its sessions with it; here they go on, which is worse.
        server.send_signal(signal.SIGSTOP)
        time.sleep(10)
        server.send_signal(signal.SIGCONT)
        began += 10
    arena.until(lambda: not arena.unfinished(), 30 * SLOW, "attempts that waited were made")
    took = time.monotonic() - began
    expect(took > DELAY, f"an attempt waited {took:.2f} s at most")
    time.sleep(1.2)
    expect(fired(arena) == before + due, f"the schedule fired {fired(arena) - before} times, it was due {due} times")
    expect(not arena.query("select 1 from events e join event_types t on t.number = e.type where t.name = 'session.adopted'"),
           "a living coordinator's work was taken over")
    serving.end(arena, server)
    loads.completed_once(arena)
    for words in (["ps", "-a", "--json"], ["show", "@last", "--json"], ["events", "--from", "1"]):
        for line in arena.tutti(*words).stdout.splitlines():
            backwards = [*negative(json.loads(line))]
            expect(not backwards, f"tutti {' '.join(words)} says {backwards[:3]}")


def negative(value, name=""):
    """Every duration that is less than nothing."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from negative(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from negative(each, name)
    elif isinstance(value, (int, float)) and value < 0 and name.endswith(("_ms", "duration", "age", "seconds")):
        yield name, value
