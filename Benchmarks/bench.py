#!/usr/bin/env python3
"""Tutti beside its peers, in the same run, each doing the same work; a time counts only after its store was checked.

    bench.py                all parts, then Documentation/Performance.md
    bench.py flat live      these parts only; prints, writes nothing
    bench.py --quick        small sizes, one round; prints, writes nothing

Parts: flat, live, starts, short, queued, first, big. Build first with `make release` (as `make bench` does).
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import backlog
import commands
import contestants
import machine
import streams
from measure import show, spread

PARTS = {"flat": streams.flat, "live": streams.live, "starts": streams.starts, "short": commands.short, "queued": backlog.queued,
         "first": commands.first_token, "big": commands.big}
REFERENCE = "plain C"
PAGE = contestants.ROOT / "Documentation" / "Performance.md"
AIMS = """## What is aimed at

Flat out at least 5 times asyncio with `readline` and 0.9 of plain C; at 1,000 live sessions a p50 of at most 8 ms and at most
1.5 times the processor time of plain C for a delta; 600 starts a second at 1,000 live sessions; `tutti ps` under 30 ms; short
commands at least twice as fast as GNU parallel and as fast as task-spooler; with 10,000 jobs in the queue under 100 MB, a free
slot taken within 10 ms (p99), `ps` and `queue ls` under 50 ms. The tables below say what holds; what does not is open work.
"""

INTRODUCTION = """# Performance

Written by `make bench`. Every program starts the same provider processes and stores what they print into SQLite (WAL) in
the same run, one after the other; before a time is taken, what each stored is compared with what the providers printed, by
count and by a checksum of every text. Figures are minimum / median / maximum. The peers are small programs in
`Benchmarks/peers`: asyncio with `readline`, its strongest form (a protocol that takes whole chunks), and plain C
(`posix_spawn`, libuv, a row per event). They have no hosts, no recovery and no search; Tutti's figures include all of it.
"""


def table(part):
    """One part as Markdown."""
    results, columns = part["results"], part["columns"]
    reference = part.get("reference", REFERENCE)
    ratio = part["best"] is not None and reference in results
    lines = ["| | " + " | ".join(columns) + (f" | {part['best']} ÷ {reference} |" if ratio else " |"),
             "|---" * (len(columns) + 1 + ratio) + "|"]
    for name, found in results.items():
        cells = [spread([r[c] for r in found]) for c in columns]
        if ratio:
            own, other = (statistics.median(r[part["best"]] for r in results[n]) for n in (name, reference))
            cells.append(show(own / other) if other else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(parts, load):
    described = "\n".join(f"* {what}: {value}" for what, value in machine.description())
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=contestants.ROOT, capture_output=True,
                            text=True).stdout.strip()
    sections = "\n\n".join(f"## {part['title']}\n\n{table(part)}" for part in parts)
    today = datetime.date.today().isoformat()
    return (f"{INTRODUCTION}\n{AIMS}\n## The machine\n\n{described}\n* Measured {today}, commit {commit}, "
            f"{load:.1f} other processes running at the start\n\n{sections}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, help="how often each runs (3; 1 with --quick)")
    parser.add_argument("--seconds", type=int, default=60, help="how long the live sessions speak (60)")
    parser.add_argument("--write", action="store_true", help="write the page also after a partial run")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    tutti = contestants.Tutti().program
    if not tutti.exists():
        sys.exit(f"{tutti} is missing; build it first: make release")
    contestants.build_tools()
    load, parts, began = machine.load(), [], time.monotonic()
    # What an interrupted run left is removed at the end too (see contestants.NUMBERS).
    if streams.FOLDER.exists():
        streams.FOLDER.rename(contestants.TOOLS / f"left-{os.getpid()}")
    for name in options.parts or PARTS:
        print(f"[{(time.monotonic() - began) / 60:4.1f} min] {name}: {PARTS[name].__doc__}", flush=True)
        parts.append(PARTS[name](options))
        print(f"\n{parts[-1]['title']}\n\n{table(parts[-1])}\n", flush=True)
        (contestants.TOOLS / "results.json").write_text(json.dumps(parts, indent=1))
    for folder in (streams.FOLDER, *contestants.TOOLS.glob("left-*")):
        shutil.rmtree(folder, ignore_errors=True)
    if options.write or not (options.parts or options.quick):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(parts, load))
        print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
