"""What each process of a task has counted up to now, so that whichever of them is asked can tell the task's counts.

Intervals are joined every few seconds; who reads the counters each second would see the others' requests come in
lumps. So each process shows its own count in a small file, ten times a second. Its lock says whether it lives: the
kernel drops that with the process.

A count may be missed for a moment and then look as if it fell, but it is never there twice, which would look like a
surge: the counts of a process that has ended are taken away before they are added to those of all that have, and read
after them.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

from fastscale.meter.locks import close, locked

_COUNTS = struct.Struct("<qq")
_SUFFIX = ".live"
_ENDED = "ended.counts"


class Counts(NamedTuple):
    """Requests that ``arrived`` since the process began to count, and those that are ``active`` now."""

    arrived: int = 0
    active: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(self.arrived + other.arrived, self.active + other.active)


class LiveCounts:
    """The counts of this process, called ``name``, and of the others in ``folder``. Raises OSError."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / f"{name}{_SUFFIX}"
        self._shown = Counts(active=-1)
        unnamed = folder / f".{name}.counts"
        self._file = locked(unnamed, exclusive=True, wait=True)
        self.show(Counts())
        unnamed.replace(self._path)  # with its lock: nobody finds it and takes its owner for dead

    def show(self, counts: Counts) -> None:
        """Let the others see ``counts``."""
        if self._file is not None and counts != self._shown:
            os.pwrite(self._file, _COUNTS.pack(*counts), 0)
            self._shown = counts

    def others(self) -> Counts:
        """Of all other processes that are or were."""
        found = _read(self._folder / _ENDED)
        for path in self._others():
            lives, counts = _look(path)
            found = found.plus(counts if lives else Counts(counts.arrived))
        return found

    def bury(self) -> None:
        """Add up what processes counted that ended without a word. The caller holds the gate of the group."""
        for path in self._others():
            lives, counts = _look(path)
            if not lives:
                path.unlink(missing_ok=True)
                self._add_ended(counts)

    def retire(self) -> None:
        """This process ends with what it showed last. The caller holds the gate of the group."""
        self.withdraw()
        self._add_ended(self._shown)

    def withdraw(self) -> None:
        """Show nothing any more."""
        self._path.unlink(missing_ok=True)
        self.abandon()

    def abandon(self) -> None:
        """Let go; in a forked child the file stays the parent's."""
        close(self._file)
        self._file = None

    def _others(self) -> list[Path]:
        return [path for path in self._folder.glob(f"*{_SUFFIX}") if path != self._path]

    def _add_ended(self, counts: Counts) -> None:
        ended = _read(self._folder / _ENDED)
        temporary = self._folder / f".{_ENDED}.tmp"
        temporary.write_bytes(_COUNTS.pack(ended.arrived + counts.arrived, 0))
        temporary.replace(self._folder / _ENDED)


def _look(path: Path) -> tuple[bool, Counts]:
    """Whether the owner of ``path`` lives, and its counts; none when it is just ending."""
    counts = _read(path)
    try:
        lock = locked(path, exclusive=False, wait=False, create=False)
    except FileNotFoundError:
        return True, Counts()
    close(lock)
    return lock is None, counts


def _read(path: Path) -> Counts:
    try:
        return Counts(*_COUNTS.unpack(path.read_bytes()))
    except (FileNotFoundError, struct.error):
        return Counts()
