#!/usr/bin/env python3
"""Kills coordinators and hosts at random moments while they work, and has the auditor judge what is left.

    run.py                   all forms, 50 kills each
    run.py T01 T68           these forms
    run.py --quick           all forms, a few kills each (about a minute)
    run.py --kills N --seed S

The seed of a run is printed; the same seed kills at the same moments again (as far as a machine repeats itself).
Standard library only.
"""

import argparse
import os
import random
import signal
import sys
import time

from arena import AUDIT, HOST, PROVIDER, TUTTI, Arena, Failed

MODULES = 8
# One answer takes about half a second; all of them run at once.
ANSWER = ["--lines", "30", "--rate", "60", "--tool-calls", "1"]
SPAN = 1.0
# Bounds of time are exact here; a busy machine may raise them.
SLOW = float(os.environ.get("TUTTI_TEST_SLOW", "1"))


def kill_coordinator(arena, dice):
    """Starts a fan-out and kills its coordinator, and nothing else, at some moment of it."""
    asking = arena.ask()
    time.sleep(dice.uniform(0, SPAN))
    asking.kill()
    asking.wait()


def recover(arena):
    """The next coordinator: takes over what the dead one left, to its end."""
    arena.tutti("recover")
    arena.settle()


def t01(arena, dice):
    """The coordinator is killed; another one comes some time later."""
    kill_coordinator(arena, dice)
    time.sleep(dice.uniform(0, 1))
    recover(arena)


def t02(arena, dice):
    """Everything is killed at once: coordinator, hosts, providers."""
    asking = arena.ask()
    time.sleep(dice.uniform(0, SPAN))
    # Stopped first: none of them may see another one die and act on it.
    everything = arena.processes()
    arena.kill(everything, signal.SIGSTOP)
    everything |= arena.processes()
    arena.kill(everything)
    asking.wait()
    recovering = arena.start("recover", name="recover")
    arena.until(lambda: not stale(arena), 2 * SLOW, "nothing is called running without a living process after the restart")
    recovering.wait(60)
    arena.settle()


def stale(arena):
    """Sessions that the store calls running while their host is dead."""
    live = arena.processes(HOST)
    return [pid for pid, in arena.query("select host_pid from sessions where state in ('running', 'ending', 'needs_input')")
            if pid not in live]


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
    for pid in arena.processes(PROVIDER):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                sessions |= {e[14:].decode() for e in environ.read().split(b"\0") if e.startswith(b"TUTTI_SESSION=")}
        except OSError:
            pass
    marks = ",".join("?" * len(sessions))
    for job, count in arena.query(f"select job, count(*) from sessions where id in ({marks}) group by job", *sessions):
        if count > 1:
            raise Failed(f"{count} living providers for job {job}")


def t04(arena, dice):
    """The coordinator is killed, and so are up to three that recover, before one may finish."""
    kill_coordinator(arena, dice)
    for _ in range(dice.randint(1, 3)):
        recovering = arena.start("recover", name="recover")
        time.sleep(dice.uniform(0, 0.3))
        recovering.kill()
        recovering.wait()
    recover(arena)


def t68(arena, dice):
    """Hosts are killed, one or more, while the coordinator lives."""
    asking = arena.ask()
    end = time.monotonic() + SPAN
    for _ in range(dice.randint(1, 3)):
        time.sleep(dice.uniform(0, SPAN / 2))
        if time.monotonic() < end and (hosts := sorted(arena.processes(HOST))):
            arena.kill([dice.choice(hosts)])
    asking.wait(90)
    arena.settle()


def t70(arena, dice):
    """The coordinator is killed and nobody starts another one: the hosts see to it."""
    # Hosts start a recovery at most three times in ten minutes; here every kill is a day of its own.
    for log in arena.state.glob("stores/*/sessions/recover.log"):
        log.unlink()
    kill_coordinator(arena, dice)
    # A run that died before its first session has no host to speak for it: the next coordinator finds it.
    spoken_for = bool(arena.processes(HOST))
    arena.until(lambda: not arena.processes(PROVIDER), 30, "all providers ended")
    if spoken_for:
        arena.until(lambda: not arena.processing() or arena.processes(PROVIDER), 5 * SLOW,
                    "the store says how they ended, soon after the last one")
    arena.settle() if spoken_for else recover(arena)


FORMS = {"T01": t01, "T02": t02, "T03": t03, "T04": t04, "T68": t68, "T70": t70}
QUICK = {"T01": 4, "T02": 2, "T03": 3, "T04": 3, "T68": 3, "T70": 3}


def torture(name, kills, seed):
    """One form; true when the auditor found nothing and no promise was broken."""
    form, arena = FORMS[name], Arena(name, MODULES, ANSWER)
    began, wrong = time.monotonic(), 0
    try:
        for turn in range(kills):
            try:
                form(arena, random.Random(f"{seed} {name} {turn}"))
            except Failed as failure:
                wrong += 1
                print(f"{name} kill {turn + 1} (seed {seed}): {failure}", flush=True)
                break
        sound, line = arena.audit()
        print(f"{name} {kills} kills, seed {seed}, {time.monotonic() - began:.0f} s: {form.__doc__}\n{line}", flush=True)
        return sound and not wrong
    finally:
        arena.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("forms", nargs="*", metavar="FORM")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.forms) - set(FORMS):
        sys.exit(f"no such form: {', '.join(sorted(unknown))}; there are {', '.join(FORMS)}")
    for program in (TUTTI, HOST, PROVIDER, AUDIT):
        if not os.path.exists(program):
            sys.exit(f"{program} is missing; build it first: make build")
    failed = [name for name in options.forms or FORMS
              if not torture(name, options.kills or (QUICK[name] if options.quick else 50), options.seed)]
    if failed:
        print(f"torture failed: {', '.join(failed)}; see .build/torture")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
