"""What a form of torture is, and the register of all of them.

A form's body is one round: it is called `rounds` times with its arena and dice of its own. What a round needs to know of
earlier ones lies in `arena.notes`. A broken promise is a `Failed`; whether the store is true is the auditor's to say.
"""

import dataclasses
import os
import time

# Bounds of time are exact here; a busy machine may raise them.
SLOW = float(os.environ.get("TUTTI_TEST_SLOW", "1"))
# One answer takes about half a second; all modules are asked at once.
ANSWER = ["--lines", "30", "--rate", "60", "--tool-calls", "1"]
SPAN = 1.0


@dataclasses.dataclass
class Form:
    """One kind of fault, and how often it strikes in full and in quick."""

    name: str
    body: object
    rounds: int
    quick: int
    modules: int
    arguments: list
    settings: dict
    before: object
    after: object
    needs_root: bool

    @property
    def title(self):
        return self.body.__doc__.strip().splitlines()[0]


def await_moment(arena, asking, dice):
    """Some moment of a run: mostly one after it was written, for before that there is little to lose."""
    if dice.random() < 0.8:
        deadline = time.monotonic() + 10 * SLOW
        while not arena.unfinished() and asking.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    time.sleep(dice.uniform(0, SPAN * max(1, len(arena.modules) / arena.slots)))


FORMS = {}


def form(name, rounds, quick=0, *, modules=8, answer=None, settings=None, before=None, after=None, needs_root=False):
    """Registers a form. Without `quick` it is not part of the quick run."""
    def register(body):
        FORMS[name] = Form(name, body, rounds, quick, modules, ANSWER if answer is None else answer, settings or {},
                           before, after, needs_root)
        return body
    return register
