"""Work that waits: questions of several priorities and a batch of two waves, handed over to whoever does them.

Handed over means detached: whoever serves the store takes it, or where nobody does a coordinator in the background.
"""

from arena import expect, write_json
from forms import SLOW

FIRST, SECOND = 4, 2
# More work than slots: most jobs wait while the fault strikes.
QUEUED = {"modules": 5, "settings": {"jobs": 4, "limits": {"jobs": 4}, "retry": {"attempts": 3, "delay": "50ms", "jitter": 0}}}


def write_batch(arena):
    """The batch that is handed over, in the arena's project."""
    row = {"provider": "told", "prompt": "x ${{ matrix.row }}"}
    write_json(arena.project / "queued.batch.yaml", {"version": 1, "name": "queued", "jobs": {
        "first": {"matrix": {"row": list(range(FIRST))}, **row},
        "second": {"needs": ["first"], "matrix": {"row": list(range(SECOND))}, **row}}})


def words(dice, number, *options, question="x"):
    """The command of one run."""
    priority = f"--priority={dice.choice((-5, 0, 0, 7))}"
    if number % 3 == 1:
        return ["batch", "run", "queued.batch.yaml", *options, priority]
    return ["ask", f"{question} {number}", "--all", *options, priority]


def hand_over(arena, dice, runs=3, question="x"):
    """Starts the commands that hand work over, all at once."""
    return [arena.start(*words(dice, number, "--detach", "--quiet", question=question), name=f"over-{number}")
            for number in range(runs)]


def accepted(arena, handing):
    """Waits for these commands, which must succeed; the identifiers of their runs."""
    for number, each in enumerate(handing):
        status = each.wait(60 * SLOW)
        expect(status == 0, f"handing over exits {status}: {(arena.folder / f'over-{number}.err').read_text()[-300:]}")
    return [identifier(arena, number) for number in range(len(handing))]


def identifier(arena, number):
    return (arena.folder / f"over-{number}.out").read_text().strip()


def completed_once(arena):
    """Every run is completed, and no job was answered more than once."""
    left = arena.query("select id, state, exit from runs where state <> 'completed'")
    expect(not left, f"runs are not completed: {left}")
    none_twice(arena)


def none_twice(arena):
    """No job was answered more than once."""
    twice = arena.query("select job from sessions where state = 'completed' group by job having count(*) > 1")
    expect(not twice, f"answered twice: {twice}")
