"""What machine this is: a figure without it says nothing."""

import os
import platform
import shutil
import subprocess


def description():
    """Lines of (what, value) about processor, memory, kernel, disk and versions."""
    cpu, memory = platform.machine(), 0
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as lines:
        memory = int(lines.readline().split()[1]) // (1 << 20)
    return [
        ("Processor", f"{cpu}, {os.cpu_count()} cores"),
        ("Memory", f"{memory} GiB"),
        ("System", f"{distribution()}, Linux {platform.release()}"),
        ("File system", filesystem(os.getcwd())),
        ("Versions", ", ".join(filter(None, [first_line("swift", "--version"), f"Python {platform.python_version()}",
                                              first_line("gcc", "--version")]))),
    ]


def distribution():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def filesystem(path):
    """Type of the mount that holds `path`."""
    best = ("", "unknown")
    with open("/proc/self/mounts") as mounts:
        for line in mounts:
            _, point, kind, *_ = line.split()
            if (path + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best[0]):
                best = (point, kind)
    return best[1]


def first_line(program, option):
    if not shutil.which(program):
        return ""
    out = subprocess.run([program, option], capture_output=True, text=True)
    return (out.stdout or out.stderr).splitlines()[0].strip()


def load():
    """Other work on the machine while it is measured."""
    return os.getloadavg()[0]
