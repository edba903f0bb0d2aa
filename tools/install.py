"""Install fastscale with one of its extras into a virtual environment, showing progress.

    python3 tools/install.py --venv .venv --extra demo

Runs on the bare standard library. Leaves `<venv>/.installed-<extra>` behind, so that make runs it once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


def main() -> int:
    """Create the environment if need be, install, and say how it went."""
    options = _parser().parse_args()
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return _fail(f"fastscale needs Python 3.11 or newer, and {sys.executable} is {found}: make PYTHON=python3.12")
    venv = Path(options.venv)
    started = time.monotonic()
    if not (venv / "bin" / "python").exists() and not _create(venv):
        return _fail("could not create a virtual environment: on Debian or Ubuntu, `apt install python3-venv` adds it")
    if not _install(venv, options.extra):
        return _fail(f"installing failed; the lines above and {venv / 'install.log'} say why")
    (venv / f".installed-{options.extra}").touch()
    print(f"Installed fastscale[{options.extra}] into {venv} in {time.monotonic() - started:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", default=".venv")
    parser.add_argument("--extra", default="demo")
    return parser


def _create(venv: Path) -> bool:
    print(f"Creating a virtual environment in {venv}", flush=True)
    return subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False).returncode == 0


def _install(venv: Path, extra: str) -> bool:
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--constraint", str(ROOT / "constraints.txt"), "--editable", f"{ROOT}[{extra}]"]
    with (venv / "install.log").open("w") as log:
        pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tail = _follow(pip, log)
    if pip.wait() != 0:
        print("\n".join(tail[-10:]))
    return pip.returncode == 0


def _follow(pip: subprocess.Popen[str], log: object) -> list[str]:
    """Show what pip is at: one line that changes on a terminal, a line every ten packages elsewhere."""
    tail: list[str] = []
    packages = 0
    for line in pip.stdout or ():
        print(line, end="", file=log)  # type: ignore[call-overload]  # an open text file
        tail.append(line.rstrip())
        if not line.startswith(("Collecting", "Installing collected")):
            continue
        packages += line.startswith("Collecting")
        _show(packages, line.split("(")[0].split(":")[0].strip())
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    return tail


def _show(packages: int, doing: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K  {packages:3} packages  {doing[:60]}", end="", flush=True)
    elif packages % 10 == 1 or doing.startswith("Installing"):
        print(f"  {packages:3} packages  {doing[:60]}", flush=True)


def _fail(line: str) -> int:
    print(f"error: {line}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
