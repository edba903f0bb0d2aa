"""Install fastscale with one of its extras into a virtual environment, showing progress.

    python3 tools/install.py --venv .venv --extra demo

Runs on the bare standard library. Leaves `<venv>/.installed-<extra>` behind, so that make runs it once. It may be ended
at any moment and begun again: an environment that was not finished is made anew.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
#: Signals that end the installation, in one way.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Create the environment if need be, install, and say how it went. 130 when it was interrupted."""
    options = _parser().parse_args()
    for number in ENDING:
        signal.signal(number, signal.default_int_handler)
    try:
        return _run(Path(options.venv), options.extra)
    except KeyboardInterrupt:
        print("\nInterrupted: the installation is not complete; the same command goes on with it", file=sys.stderr)
        return 130


def _run(venv: Path, extra: str) -> int:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return _fail(f"fastscale needs Python 3.11 or newer, and {sys.executable} is {found}: make PYTHON=python3.12")
    started = time.monotonic()
    if not _has_pip(venv) and not _create(venv):
        return _fail("could not create a virtual environment: on Debian or Ubuntu, `apt install python3-venv` adds it")
    if not _install(venv, extra):
        return _fail(f"installing failed; the lines above and {venv / 'install.log'} say why")
    (venv / f".installed-{extra}").touch()
    print(f"Installed fastscale[{extra}] into {venv} in {time.monotonic() - started:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", default=".venv")
    parser.add_argument("--extra", default="demo")
    return parser


def _has_pip(venv: Path) -> bool:
    """Whether the environment is complete: its interpreter is there long before pip is."""
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _create(venv: Path) -> bool:
    """Make the environment, anew when there is half of one. What cannot be finished is taken away again.

    A folder that was there and is no environment keeps what is in it, whatever `--venv` names.
    """
    print(f"Creating a virtual environment in {venv}", flush=True)
    ours = (venv / "pyvenv.cfg").is_file() or not venv.exists()
    made = False
    try:
        if ours:
            shutil.rmtree(venv, ignore_errors=True)
        with _running([sys.executable, "-m", "venv", str(venv)]) as process:
            made = process.wait() == 0
    finally:
        if ours and not made:
            shutil.rmtree(venv, ignore_errors=True)
    return made


@contextmanager
def _running(command: Sequence[str], output: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program in a session of its own: when we are interrupted it ends with all that it started, without a word.

    An interruption while it is being started waits until there is something to end.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    process = subprocess.Popen(
        command,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING),  # noqa: PLW1509 - there are no threads
    )
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Kill the program and what it started, and wait until no process is left that could still write a file."""
    deadline = time.monotonic() + 5
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(0.01)


def _install(venv: Path, extra: str) -> bool:
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--constraint", str(ROOT / "constraints.txt"), "--editable", f"{ROOT}[{extra}]"]
    with (venv / "install.log").open("w") as log, _running(command, subprocess.PIPE) as pip:
        tail = _follow(pip, log)
        code = pip.wait()
    if code != 0:
        print("\n".join(tail[-10:]))
    return code == 0


def _follow(pip: subprocess.Popen[str], log: TextIO) -> list[str]:
    """Show what pip is at: one line that changes on a terminal, a line every ten packages elsewhere."""
    tail: list[str] = []
    packages = 0
    for line in pip.stdout or ():
        print(line, end="", file=log)
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
