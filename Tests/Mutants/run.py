#!/usr/bin/env python3
"""Plants one plausible mistake after another in a copy of the sources and expects the tests to notice each.

    run.py                  all patches beside this file
    run.py NAME...          these, by the beginning of their names
    run.py --simulate N     no mistake: the scheduler in N random worlds, as a release build

The copy holds Model, Scheduler and their tests, as a package of its own under .build/mutants. The first line of a patch is
`# FILTER: what is wrong`; FILTER says which tests should notice. A mistake that does not build proves nothing, so it counts
as a failure, and so does a copy whose tests fail without any. Standard library only.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COPY = ROOT / ".build" / "mutants"
PARTS = ["Sources/Model", "Sources/Scheduler", "Sources/CLinux", "Tests/ModelTests", "Tests/SchedulerTests",
         "Tests/TestSupport"]
# A mistake may make a machine go round for ever; that is noticed too.
PATIENCE = 240
ISSUE = re.compile(r"recorded an issue\b.*? at (\w+\.swift:.*)")

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let package = Package(
    name: "mutants",
    targets: [
        .systemLibrary(name: "CLinux"),
        .target(name: "Model", swiftSettings: strict),
        .target(name: "Scheduler", dependencies: ["Model"], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Model", "CLinux"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["Model", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SchedulerTests", dependencies: ["Model", "Scheduler", "TestSupport"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
"""


def refresh():
    """Brings the copy up to the sources, touching only what differs so that little is built again."""
    COPY.mkdir(parents=True, exist_ok=True)
    write(COPY / "Package.swift", PACKAGE.encode())
    for part in PARTS:
        wanted = {path.relative_to(ROOT) for path in (ROOT / part).rglob("*") if path.is_file()}
        for path in (COPY / part).rglob("*"):
            if path.is_file() and path.relative_to(COPY) not in wanted:
                path.unlink()
        for path in wanted:
            write(COPY / path, (ROOT / path).read_bytes())


def write(path, content):
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def swift(*arguments, environment=None, patience=None):
    """Runs swift in the copy; returns its status (None when patience ended) and what it printed."""
    command = ["swift", *arguments, "--package-path", str(COPY)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True, env={**os.environ, **(environment or {})})
    try:
        output, _ = process.communicate(timeout=patience)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return None, ""


def test(filter):
    """Builds and tests; returns "passed", "caught ..." or "does not build"."""
    status, output = swift("build", "--build-tests")
    if status != 0:
        return "does not build", output
    # A crash is noticed by its status; drawing a picture of it would take longer than the tests.
    quiet = {"SWIFT_BACKTRACE": "enable=no"}
    status, output = swift("test", "--skip-build", "--disable-xctest", "--filter", filter, environment=quiet,
                           patience=PATIENCE)
    if status == 0:
        return "passed", output
    if status is None:
        return "caught: the tests did not end", output
    said = ISSUE.search(output)
    return "caught: " + (said[1] if said else "the tests crashed"), output


def mutants(names):
    patches = sorted(pathlib.Path(__file__).parent.glob("*.patch"))
    if names:
        patches = [patch for patch in patches if patch.name.startswith(tuple(names))]
    if not patches:
        print("No such patch beside Tests/Mutants/run.py.")
        return 1
    refresh()
    filters = sorted({first_line(patch)[0] for patch in patches})
    verdict, output = test("|".join(filters))
    if verdict != "passed":
        print(output, f"The tests do not pass without a mistake ({verdict}); nothing can be said of mutants.", sep="\n")
        return 1
    missed = 0
    for patch in patches:
        filter, words = first_line(patch)
        refresh()
        applied = subprocess.run(["patch", "--strip=1", "--quiet", "--no-backup-if-mismatch", f"--input={patch}"],
                                 cwd=COPY, capture_output=True, text=True)
        began = time.monotonic()
        verdict = test(filter)[0] if applied.returncode == 0 else "does not apply: " + applied.stdout.strip()
        good = verdict.startswith("caught")
        missed += not good
        mark = "ok " if good else "NOT CAUGHT"
        print(f"{mark} {patch.stem}: {words} ({verdict[:150]}; {time.monotonic() - began:.0f} s)", flush=True)
    refresh()
    print(f"mutants {len(patches)} caught {len(patches) - missed} missed {missed}")
    return 1 if missed else 0


def first_line(patch):
    filter, _, words = patch.read_text().splitlines()[0].removeprefix("# ").partition(": ")
    return filter, words


def simulate(seeds):
    refresh()
    began = time.monotonic()
    status, output = swift("test", "-c", "release", "-Xswiftc", "-enable-testing", "--disable-xctest", "--filter",
                           "SimulationTests", environment={"TUTTI_SIMULATION_SEEDS": str(seeds)})
    print(output if status else f"ok  simulation: {seeds} worlds in {time.monotonic() - began:.0f} s, build included")
    return 1 if status else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--simulate", type=int, metavar="N")
    options = parser.parse_args()
    if not shutil.which("patch"):
        print("patch is needed: apt install patch")
        return 1
    return simulate(options.simulate) if options.simulate else mutants(options.names)


if __name__ == "__main__":
    sys.exit(main())
