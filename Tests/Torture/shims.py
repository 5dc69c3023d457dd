"""The library that plays a bad machine (`shim.c`): built once, loaded into what an arena starts from then on."""

import os
import shutil
import struct
import subprocess
import time

from arena import ROOT, LeftOut


def load(arena, **variables):
    """Loads it into all commands of the arena, with its parts that these variables turn on."""
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if not compiler:
        raise LeftOut("there is no C compiler for the library that plays a bad machine")
    library = arena.folder / "shim.so"
    done = subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, ROOT / "Tests" / "Torture" / "shim.c", "-ldl",
                           "-pthread"], capture_output=True, text=True)
    if done.returncode:
        raise LeftOut(f"the library that plays a bad machine cannot be built: {done.stderr[-300:]}")
    arena.variables |= {"LD_PRELOAD": str(library), **{f"TORTURE_{name.upper()}": str(value)
                                                       for name, value in variables.items()}}


class Clock:
    """A wall clock that jumps, for all processes of the arena at once."""

    def __init__(self, arena):
        self.path = arena.folder / "clock"
        self.ahead = 0
        self.path.write_bytes(bytes(8))
        load(arena, clock=self.path)

    def milliseconds(self):
        """What it shows."""
        return int(time.time() * 1000) + self.ahead

    def jump(self, seconds):
        self.ahead += int(seconds * 1000)
        with open(self.path, "r+b", buffering=0) as file:
            os.pwrite(file.fileno(), struct.pack("=q", self.ahead), 0)
