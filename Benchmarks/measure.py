"""Running one contestant once: time, processor time, memory, and the check of what it stored."""

import os
import statistics
import subprocess
import sys
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


class Wrong(Exception):
    """A contestant did not store what the providers printed: its time means nothing."""


class Running:
    """A contestant's process, sampled twenty times a second until it ends."""

    def __init__(self, contestant, parallel):
        self.log = contestant.folder / "stderr"
        self.began = time.monotonic()
        with open(self.log, "wb") as err:
            self.process = subprocess.Popen(contestant.command(parallel), env=contestant.environment, stdout=subprocess.DEVNULL,
                                            stdin=subprocess.DEVNULL, stderr=err)
        self.own_seconds, self.peak_kib, self.seconds, self.tree_seconds, self.status = 0.0, 0, None, None, None
        self.sampler = threading.Thread(target=self.sample, daemon=True)
        self.sampler.start()

    def sample(self):
        pid = self.process.pid
        while self.status is None:
            try:
                self.own_seconds = processor_seconds(pid)
                with open(f"/proc/{pid}/status") as lines:
                    for line in lines:
                        if line.startswith("VmHWM"):
                            self.peak_kib = int(line.split()[1])
            except (OSError, IndexError):
                return
            time.sleep(0.05)

    def wait(self):
        """Waits for its end; `seconds` is then its wall time and `tree_seconds` the processor time of its whole tree."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.seconds = time.monotonic() - self.began
        self.status = os.waitstatus_to_exitcode(status)
        self.process.returncode = self.status
        self.tree_seconds = usage.ru_utime + usage.ru_stime
        if self.status:
            raise Wrong(f"exit status {self.status}: {self.log.read_text(errors='replace')[-500:]}")
        return self


def processor_seconds(pid):
    """Processor time of one process alone, without its children."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def verify(contestant, log):
    """Compares what is stored with what each provider says it printed; returns the number of deltas."""
    wanted, lines = [], 0
    with open(log) as entries:
        for entry in entries:
            words = entry.split()
            if words[0] == "e":
                lines += int(words[1])
                wanted.append((int(words[2]), words[3]))
    stored = contestant.texts()
    if sorted(stored) != sorted(wanted):
        raise Wrong(f"{contestant.name} stored {len(stored)} texts of {sum(n for n, _ in stored)} bytes, the providers "
                    f"printed {len(wanted)} of {sum(n for n, _ in wanted)}, or the bytes differ")
    return lines


def alternately(rounds, contestants, attempt):
    """Runs `attempt(contestant)` for each in turn, `rounds` times; {name: [result…]}. One that fails is left out."""
    results = {c.name: [] for c in contestants}
    for turn in range(rounds):
        for contestant in contestants:
            try:
                result = attempt(contestant)
            except (Wrong, OSError, subprocess.SubprocessError) as error:
                print(f"  {contestant.name:18} WRONG: {error}", file=sys.stderr, flush=True)
                results.pop(contestant.name, None)
                continue
            if contestant.name in results:
                results[contestant.name].append(result)
                print(f"  {contestant.name:18} " + "  ".join(f"{k} {show(v)}" for k, v in result.items()), flush=True)
    return {name: found for name, found in results.items() if found}


def show(value):
    """A number with three digits that matter."""
    if isinstance(value, str):
        return value
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(values):
    """min / median / max in words."""
    return f"{show(min(values))} / {show(statistics.median(values))} / {show(max(values))}"
