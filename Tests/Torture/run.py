#!/usr/bin/env python3
"""Hurts Tutti in every way that it promises to survive, and has the auditor judge what is left.

    run.py                   all forms in full
    run.py T01 T68           these forms
    run.py --quick           what the gate asks for: a few rounds of the most telling ones
    run.py --list            the forms, with their rounds in full and in quick
    run.py --release         on the release build
    run.py --rounds N --seed S

Every form ends with the auditor's line. The seed is printed; the same seed hurts at the same moments again, as far as a
machine repeats itself. The exit status is 0 only when every number is what it has to be. Standard library only.
"""

import argparse
import os
import random
import signal
import sys
import time
import traceback

# Read by the forms as they are loaded. The quick ones run on machines that nobody knows, beside who knows what.
if "--quick" in sys.argv:
    os.environ.setdefault("TUTTI_TEST_SLOW", "5")

import arena as arenas  # noqa: E402
import clocks  # noqa: E402, F401 (registers its forms, as those below do)
import crashes  # noqa: E402, F401
import endings  # noqa: E402, F401
import growing  # noqa: E402, F401
import intrusions  # noqa: E402, F401
import keeping  # noqa: E402, F401
import power  # noqa: E402, F401
import processes  # noqa: E402, F401
import queueing  # noqa: E402, F401
import scarcity  # noqa: E402, F401
import serving  # noqa: E402, F401
import streams  # noqa: E402, F401
import upgrades  # noqa: E402, F401
from arena import AUDIT, ROOT, Arena, Failed, LeftOut  # noqa: E402
from forms import FORMS  # noqa: E402


def torture(form, rounds, seed):
    """One form; the row for the table."""
    began, wrong, place, turn = time.monotonic(), [], None, -1
    print(f"== {form.name} {form.title}", flush=True)
    try:
        place = Arena(form.name, form.modules, form.arguments, form.settings)
        place.notes.update(seed=seed, rounds=rounds)
        try:
            if form.before:
                form.before(place)
        except LeftOut as reason:
            print(f"   {form.name} is left out: {reason}", flush=True)
            return None
        except Exception:
            wrong.append(f"before the first round: {traceback.format_exc()}")
            rounds = 0
        for turn in range(rounds):
            try:
                form.body(place, random.Random(f"{seed} {form.name} {turn}"))
            except LeftOut as reason:
                print(f"   {form.name} is left out: {reason}", flush=True)
                return None
            except Failed as failure:
                wrong.append(f"round {turn + 1}: {failure}")
            except Exception:  # A fault of the torture itself is a failure too, and the other forms go on.
                wrong.append(f"round {turn + 1}: {traceback.format_exc()}")
            if wrong:
                break
            progress(form, turn + 1, rounds, began)
        if form.after and not wrong:
            try:
                form.after(place)
            except Failed as failure:
                wrong.append(str(failure))
        sound, line = place.audit() if place.store.exists() else (False, "there is no store to audit")
        for words in wrong:
            print(f"{form.name} {words} (--seed {seed} {form.name})", flush=True)
        for note in place.notes.get("figures", []):
            print(f"   {note}", flush=True)
        seconds = time.monotonic() - began
        print(f"{line}\n   {form.name}: {turn + 1} rounds in {seconds:.0f} s, seed {seed}", flush=True)
        return form.name, turn + 1, seconds, sound and not wrong, line.splitlines()[-1] if line else ""
    finally:
        if place:
            place.close()


def progress(form, done, rounds, began):
    """A line every fifth of the way, for those who wait."""
    if rounds >= 10 and done % max(1, rounds // 5) == 0 and done < rounds:
        print(f"   {form.name}: {done} of {rounds} rounds, {time.monotonic() - began:.0f} s", flush=True)


def listing():
    width = max(map(len, FORMS))
    print(f"{'form':{width}}  full  quick  what is done")
    for form in FORMS.values():
        needs = " (as root)" if form.needs_root else ""
        print(f"{form.name:{width}}  {form.rounds:4}  {form.quick or '':5}  {form.title}{needs}")


def table(rows):
    width = max(len(row[0]) for row in rows)
    print(f"\n{'form':{width}}  rounds  seconds  auditor")
    for name, rounds, seconds, is_sound, line in rows:
        print(f"{name:{width}}  {rounds:6}  {seconds:7.0f}  {'' if is_sound else 'WRONG: '}{line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("forms", nargs="*", metavar="FORM", help="names as --list shows them")
    parser.add_argument("--rounds", type=int, help="so many rounds of each form")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--quick", action="store_true", help="few rounds, and only of the forms that have them")
    parser.add_argument("--release", action="store_true", help="the programs of .build/release")
    parser.add_argument("--list", action="store_true", help="the forms, and nothing is done")
    options = parser.parse_args()
    if options.list:
        return listing()
    if unknown := set(options.forms) - set(FORMS):
        sys.exit(f"no such form: {', '.join(sorted(unknown))}; there are {', '.join(FORMS)}")
    if options.release:
        os.environ["TUTTI_BUILD"] = str(ROOT / ".build" / "release")
    for program in [AUDIT, *(arenas.build() / word for word in ("tutti", "tutti-host", "fake-provider"))]:
        if not os.path.exists(program):
            sys.exit(f"{program} is missing; build it first: make {'release' if options.release else 'build'}")
    chosen = [FORMS[name] for name in options.forms] or [f for f in FORMS.values() if f.quick or not options.quick]
    # Whoever ends the torture gets it cleaned up as by Ctrl+C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows = []
    for form in chosen:
        rounds = options.rounds or (form.quick or 1 if options.quick else form.rounds)
        if row := torture(form, rounds, options.seed):
            rows.append(row)
    if not rows:
        sys.exit("nothing was done")
    table(rows)
    failed = [row[0] for row in rows if not row[3]]
    if failed:
        print(f"torture failed: {', '.join(failed)}; what is left of them: .build/torture")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
