"""The real programs: installs them into a virtual environment of their own and says where they lie.

Versions are fixed, because what a program prints is what is tested. Nothing of the person's own is used or touched:
no sign-in, no settings, no key.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("TUTTI_CONTRACT_CACHE", ROOT / ".build" / "contract"))
PACKAGES = ("claude-agent-sdk==0.2.186", "openai-codex-cli-bin==0.163.0")


def installed():
    """Paths of the programs by provider's name; installs what is missing (about 800 MB once)."""
    venv = CACHE / "venv"
    site = venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    paths = {"claude": site / "claude_agent_sdk" / "_bundled" / "claude", "codex": site / "codex_cli_bin" / "bin" / "codex"}
    mark = venv / "installed"
    if not mark.exists() or mark.read_text() != " ".join(PACKAGES) or not all(p.exists() for p in paths.values()):
        print("installing " + " and ".join(PACKAGES), file=sys.stderr)
        if subprocess.run([sys.executable, "-m", "venv", venv]).returncode:
            sys.exit("Python's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv")
        if subprocess.run([venv / "bin" / "pip", "install", "-q", *PACKAGES]).returncode:
            sys.exit("pip could not install the programs (see above); the contract test needs them")
        mark.write_text(" ".join(PACKAGES))
    for path in paths.values():
        path.chmod(0o755)
    return paths
