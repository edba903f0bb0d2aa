"""A container engine on this machine: found, asked whether it answers, and told what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastscale.errors import ImageError, InputError, MissingPartError

#: In the order in which they are tried. All of them understand the words used here.
ENGINES = ("docker", "podman", "finch", "nerdctl", "buildah")
#: An engine that does not answer by then is not there; those in a virtual machine take a while.
ANSWER_SECONDS = 20


@dataclass(frozen=True)
class Engine:
    """An engine that answers. ``buildx``: Docker's extended build is there, which can compress by zstd."""

    name: str
    program: Path
    buildx: bool = False

    def run(self, words: Sequence[str], *, typed: str | None = None) -> None:
        """Run the engine with its own progress on the terminal; ``typed`` is what it reads on standard input.

        Raises ImageError when it fails. It ends when we are interrupted.
        """
        done = subprocess.run([str(self.program), *words], input=typed, text=True, check=False)
        if done.returncode:
            raise ImageError(f"{self.name} {words[0]} failed with exit code {done.returncode}: its lines above say why")


def find(wanted: str | None = None) -> Engine:
    """The first engine that answers, or the one called ``wanted``.

    Raises MissingPartError in one line that says of each engine what is wrong with it, InputError for an unknown name.
    """
    if wanted is not None and wanted not in ENGINES:
        raise InputError(f"container engine {wanted!r} is not known: choose from {', '.join(ENGINES)}")
    silent, absent = [], []
    for name in (wanted,) if wanted else ENGINES:
        program = shutil.which(name)
        if program is None:
            absent.append(name)
            continue
        problem = _problem([program, "info"])
        if problem is None:
            buildx = name == "docker" and _problem([program, "buildx", "version"]) is None
            return Engine(name, Path(program), buildx)
        silent.append(f"{name} is installed but does not work ({problem})")
    if absent:
        silent.append(f"{_listed(absent)} not installed")
    raise MissingPartError(f"no container engine answers: {'; '.join(silent)}. Start or install one")


def _problem(command: Sequence[str]) -> str | None:
    """What a command that must succeed says when it does not; None when it does."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {ANSWER_SECONDS} s"
    except OSError as error:
        return error.strerror or "cannot be run"
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    # docker info ends with a line about itself; what is wrong stands in the one with the cause
    cause = next((line for line in lines if "connect" in line.lower()), lines[-1] if lines else "")
    return cause.rstrip(".") or f"exit code {done.returncode}"


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"
