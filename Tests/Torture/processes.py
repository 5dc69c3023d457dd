"""What providers and their descendants do: hold on, close, hang, stop, fork, end in any way, open their output by name."""

import json
import signal
import time

from arena import expect
from crashes import hanging
from forms import SLOW, form


def exits(arena):
    """{module: (exit record, milliseconds between the provider's end and its being recorded)} of the newest run."""
    found = {}
    for module, folder, ended in arena.sessions("module, folder, ended_at"):
        with open(f"{folder}/exit.json") as file:
            record = json.load(file)
        found[module] = record, ended - (record["started_at_ms"] + record["duration_ms"])
    return found


def finish(arena, question, *options, seconds=60):
    """Asks and waits; afterwards nothing may be left."""
    arena.ask("--retries", "0", *options, question=question).wait(seconds * SLOW)
    arena.settle()


@form("T18", 10)
def t18(arena, dice):
    """A provider exits 7 and leaves descendants that hold every descriptor: failed at once, and none of them lives on."""
    finish(arena, f"x [[fake: --lines 1 --no-result --exit 7 --children {dice.randint(1, 8)}]]")
    expect({row[1:] for row in arena.jobs()} == {("failed", "crash")}, f"the jobs are {arena.jobs()}")
    for module, (record, late) in exits(arena).items():
        expect(record["status"] == 7, f"{module} exited {record['status']}")
        expect(record["leftovers"] > 0, f"{module} left nobody behind")
        expect(late < 300 * SLOW, f"the end of {module} was recorded {late} ms late")


@form("T19", 10, modules=21, settings={"jobs": 21, "timeout": {"after_result": "2s"}})
def t19(arena, dice):
    """One provider closes its descriptors and lives on; the ends of twenty others are not delayed by it."""
    deaf = dice.choice(arena.modules)
    finish(arena, f"x [[fake {deaf}: --close-output --hang end]]")
    expect({row[1:] for row in arena.jobs()} == {("completed", None)}, f"the jobs are {arena.jobs()}")
    for module, (_, late) in exits(arena).items():
        expect(module == deaf or late < 300 * SLOW, f"the end of {module} was recorded {late} ms late")


@form("T20", 10, settings={"timeout": {"after_result": "500ms"}})
def t20(arena, dice):
    """The result is there and the provider stays, or a background task is open whose own result comes later."""
    wait = dice.randint(700, 2000)
    finish(arena, f"x [[fake: --hang end]] [[fake m1: --background {wait}]] [[fake m2: --background {wait}]]")
    expect({row[1:] for row in arena.jobs()} == {("completed", None)}, f"the jobs are {arena.jobs()}")
    ends = dict(arena.sessions("module, ended_by"))
    expect(all(ends[module] == "tutti" for module in arena.modules[3:]), f"they were ended by {ends}")
    for module in ("m1", "m2"):
        turns = arena.query("select turn, status from message_rows where role = 'assistant' and session = "
                            "(select max(row) from sessions where module = ?) order by turn", module)
        expect(len(turns) == 2 and {status for _, status in turns} == {"completed"}, f"the turns of {module} are {turns}")


@form("T21", 10, 1)
def t21(arena, dice):
    """Trees of fifty that ignore SIGTERM, providers that are stopped: cancelled from elsewhere, none survives."""
    asking = arena.ask(question="x [[fake: --hang 2 --ignore-term --children 50 --children-ignore]] [[fake m1: --stop 2]] "
                                "[[fake m2: --stop start --children 10 --children-close]]")
    arena.until(lambda: len(arena.query("select 1 from sessions where state = 'running'")) == len(arena.modules), 30 * SLOW,
                "all sessions run")
    time.sleep(dice.uniform(0, 0.5))
    began = time.monotonic()
    arena.tutti("cancel", "@last")
    asking.wait(30 * SLOW)
    took = time.monotonic() - began
    arena.settle()
    expect(took < 3 * SLOW, f"it took {took:.2f} s")
    expect({row[1] for row in arena.jobs()} == {"cancelled"}, f"the jobs are {arena.jobs()}")


# Arguments of the provider, then the job's state, its failure, the exit status and the signal.
ENDINGS = [
    ("--lines 1", "completed", None, 0, None), ("--lines 1 --exit 3", "completed", None, 3, None),
    ("--lines 1 --signal 9", "completed", None, None, 9), ("--lines 1 --signal 11", "completed", None, None, 11),
    ("--lines 1 --no-newline", "completed", None, 0, None), ("--lines 0", "completed", None, 0, None),
    ("--lines 1 --no-result --exit 0", "failed", "no_result", 0, None),
    ("--lines 1 --no-result --exit 7", "failed", "crash", 7, None),
    ("--cut start --exit 1", "failed", "crash", 1, None), ("--cut start --exit 0", "failed", "no_result", 0, None),
    ("--cut 1 --exit 0", "failed", "no_result", 0, None), ("--cut 1 --exit 255", "failed", "crash", 255, None),
    ("--cut start --signal 9", "failed", "crash", None, 9), ("--cut 1 --core", "failed", "crash", None, 6),
    ("--outcome 400", "failed", "invalid_request", 1, None), ("--outcome 401", "failed", "auth", 1, None),
    ("--outcome 429", "failed", "rate_limit", 1, None), ("--outcome 500", "failed", "server_error", 1, None),
    ("--outcome 529", "failed", "overload", 1, None), ("--outcome refusal", "failed", "refusal", 1, None),
    ("--outcome max_turns", "failed", "turn_limit", 1, None), ("--outcome billing", "failed", "billing", 1, None),
] + [(f"--lines 2 --cut 1 --signal {number}", "failed", "crash", None, number)
     for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 31)]


@form("T23", 3, modules=len(ENDINGS), settings={"jobs": 12})
def t23(arena, dice):
    """Forty ways to end, each with its state, its class, its exit status and its signal."""
    order = list(range(len(ENDINGS)))
    dice.shuffle(order)
    finish(arena, "x " + " ".join(f"[[fake m{place}: {ENDINGS[each][0]}]]" for place, each in enumerate(order)))
    records = exits(arena)
    for place, each in enumerate(order):
        words, *wanted = ENDINGS[each]
        _, state, failure = arena.jobs()[place]
        record = records[f"m{place}"][0]
        found = [state, failure, record.get("status"), record.get("signal")]
        expect(found == wanted, f"{words}: {found} instead of {wanted}")


@form("T27", 5, settings={"timeout": {"first_byte": "1s", "idle": "1500ms", "total": "3s"}})
def t27(arena, dice):
    """Nothing at all, silence in the middle, too long in all, and a run's own time: four reasons, each in its time."""
    finish(arena, "x [[fake: --lines 1000 --rate 20]] [[fake m1: --hang start]] [[fake m2: --hang 2]] "
                  "[[fake m3: --first-delay 500 --lines 2]]")
    wanted = {"m1": "first_byte_timeout", "m2": "idle_timeout", "m3": None}
    times = {"first_byte_timeout": 1, "idle_timeout": 1.5, "total_timeout": 3}
    for module, state, failure in arena.jobs():
        expect(failure == wanted.get(module, "total_timeout"), f"{module} is {state} {failure}")
    for module, failure, started, ended in arena.sessions("module, failure_class, started_at, ended_at"):
        if failure:
            # The silence counts from the last byte, some milliseconds after the start.
            late = (ended - started) / 1000 - times[failure]
            expect(-0.2 < late < 0.5 * SLOW, f"{failure} of {module} came {late:.2f} s after its time")
    arena.ask("--deadline", "1s", question="x [[fake: --hang 2]]").wait(30 * SLOW)
    arena.settle()
    expect(arena.newest("state")[0] in ("failed", "cancelled"), f"a run over its time is {arena.newest()}")


REOPENED = {
    "bash": ["/bin/bash", "-c", "cat >/dev/null; for n in 1 2 3 4; do echo line $n >/dev/stdout; done"],
    "tee": ["/bin/sh", "-c", "cat >/dev/null; for n in 1 2 3 4; do echo line $n; done | tee /dev/stderr"],
    "python": ["/usr/bin/env", "python3", "-c", "import sys\nsys.stdin.read()\nfor n in 1, 2, 3, 4:\n"
               "    with open('/dev/stdout', 'w') as out: out.write(f'line {n}\\n')"],
    "append": ["/bin/bash", "-c", "cat >/dev/null; for n in 1 2 3 4; do echo line $n >>/dev/stdout; echo e $n >>/dev/stderr; done"],
}


@form("T71", 10, modules=4, settings={"providers": {
    name: {"extends": "plain", "command": command} for name, command in REOPENED.items()}})
def t71(arena, dice):
    """Programs that open their output by name, truncating or appending: every line is there once."""
    for name in REOPENED:
        finish(arena, "x", "--provider", name)
        for content, in arena.query("select content from messages where role = 'assistant' and run_id = "
                                    "(select id from runs order by row desc limit 1)"):
            expect(content.split("\n")[:4] == [f"line {n}" for n in (1, 2, 3, 4)], f"{name} said {content!r}")


@form("T21-tree", 5)
def t21_tree(arena, dice):
    """A host that is killed with its tree of fifty, half of it daemons: the coordinator ends the rest."""
    asking = hanging(arena, "--hang 2 --ignore-term --children 50 --children-ignore", "--retries", "0")
    hosts = sorted(arena.hosts())
    arena.kill(dice.sample(hosts, len(hosts) // 2), signal.SIGKILL)
    time.sleep(dice.uniform(0, 0.3))
    arena.kill(hosts, signal.SIGKILL)
    asking.wait(60)
    arena.settle()
    states = {state for state, attempt in arena.sessions("state, attempt") if attempt == 1}
    expect(states == {"lost"}, f"sessions whose hosts were killed are {states}")
