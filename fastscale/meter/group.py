"""The processes of one task publish as one, through a directory they share.

An alarm on the load *per task* needs one number a task, however many worker processes serve it. One process leads and
publishes; the others leave each closed interval as a file, which the leader adds to its own. Everything hangs on file
locks that the kernel drops when a process dies, so no crash blocks the others, and the next process leads. A process
that ends normally hands over what it has; the last one of the task publishes the rest itself.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastscale.errors import FastscaleError
from fastscale.meter.interval import Interval
from fastscale.meter.live import Counts, LiveCounts
from fastscale.meter.locks import close, is_current, locked, upgrade
from fastscale.meter.stand_by import Promise

log = logging.getLogger("fastscale.meter")

#: Names the directory, for tasks outside ECS whose workers do not descend from one process by fork.
DIRECTORY_VARIABLE = "FASTSCALE_METER_DIR"
#: Set by ECS, different for each container of each task
#: (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html).
METADATA_VARIABLE = "ECS_CONTAINER_METADATA_URI_V4"

_MEMBERS, _LEADER, _GATE = "members.lock", "leader.lock", "gate.lock"
_TOTALS, _PROMISE = "totals.json", "promise.json"
_SPOOLED = "*.interval.json"


class GroupError(FastscaleError):
    """The directory cannot be shared safely."""


def directory(environment: Mapping[str, str]) -> tuple[Path, bool]:
    """The directory of this task's processes, and whether all of them are sure to find it by themselves.

    Outside ECS, and without ``FASTSCALE_METER_DIR``, only forked children can know it: they inherit the name. In a
    container whose file system is read-only, shared memory is still writable.
    """
    chosen = environment.get(DIRECTORY_VARIABLE)
    if chosen:
        return Path(chosen), True
    container = environment.get(METADATA_VARIABLE)
    key = "".join(filter(str.isalnum, container))[-64:] if container else os.urandom(8).hex()
    places = [environment.get("TMPDIR") or "/tmp", "/dev/shm"]  # noqa: S108 - checked to be ours alone before use
    writable = [place for place in places if os.access(place, os.W_OK)]
    return Path((writable or places)[0]) / f"fastscale-meter-{key}", bool(container and writable)


class Group:
    """This process's membership in the group of processes that share ``path``. For one thread, but for promises.

    Raises GroupError when ``path`` belongs to another user or is open to others, and OSError when it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._written = 0
        self._leading: int | None = None
        self._membership = self._enter()
        try:
            self._live = LiveCounts(path, self._name)
        except OSError:
            close(self._membership)
            raise

    @property
    def leads(self) -> bool:
        """True when this process publishes for all; tries to become the leader when there is none."""
        if self._leading is not None and not is_current(self._leading, self._path / _LEADER):
            close(self._leading)  # somebody cleaned up the temporary directory
            self._leading = None
        if self._leading is None:
            self._leading = locked(self._path / _LEADER, exclusive=True, wait=False)
        return self._leading is not None

    def spool(self, interval: Interval) -> None:
        """Leave ``interval`` for the leader. Raises OSError when it could not be written."""
        self._written += 1
        self._write(f"{self._name}.{self._written:09d}.interval.json", interval.to_json())

    def collect(self) -> list[list[Interval]]:
        """Remove and return what the other processes left: a list of intervals, oldest first, for each of them."""
        self._bury()
        collected: dict[str, list[Interval]] = {}
        for path in sorted(self._path.glob(_SPOOLED)):
            try:
                text = path.read_text()
                path.unlink()  # before it counts: what cannot be removed would count again
                interval = Interval.from_json(json.loads(text))
            except (OSError, KeyError, TypeError, ValueError):
                log.exception("metrics in %s cannot be read and are lost", path)
                continue
            collected.setdefault(path.name.partition(".")[0], []).append(interval)
        return list(collected.values())

    def write_totals(self, total: Interval, last: Interval) -> None:
        """Tell the other processes what the task has seen so far."""
        self._write(_TOTALS, {"total": total.to_json(), "last": last.to_json()})

    def read_totals(self) -> tuple[Interval, Interval] | None:
        """What the task has seen so far, and its last interval; None before the first one."""
        found = self._read(_TOTALS)
        return (Interval.from_json(found["total"]), Interval.from_json(found["last"])) if found else None

    def write_promise(self, promise: Promise) -> None:
        """Tell the other processes that somebody else publishes for the task."""
        self._write(_PROMISE, asdict(promise))

    def read_promise(self) -> Promise | None:
        """What the task was promised last; None before the first promise."""
        found = self._read(_PROMISE)
        return Promise(**found) if found else None

    def show(self, counts: Counts) -> None:
        """Let the other processes see what this one has counted so far."""
        self._live.show(counts)

    def others(self) -> Counts:
        """What all other processes of the task have counted so far, those that have ended included."""
        return self._live.others()

    def leave(self) -> bool:
        """End the membership; True when this was the last process of the task, which then publishes what is left.

        Leaving is done by one process at a time: of two that end together, the second knows that it is the last. The
        last one calls :meth:`collect` and then :meth:`dissolve`.
        """
        gate = locked(self._path / _GATE, exclusive=True, wait=True)
        try:
            self._live.retire()
            last = upgrade(self._membership)
            if not last:
                self.abandon()
            return last
        finally:
            close(gate)

    def dissolve(self) -> None:
        """After the last process has left: remove the directory."""
        import shutil

        shutil.rmtree(self._path, ignore_errors=True)
        self.abandon()

    def abandon(self) -> None:
        """Let go of the locks, without a word to the others: in a forked child they stay the parent's."""
        close(self._leading)
        close(self._membership)
        self._leading = self._membership = None
        self._live.abandon()

    def withdraw(self) -> None:
        """Leave without a word because something failed; what was counted is shown again after the next joining."""
        try:
            self._live.withdraw()
        finally:
            self.abandon()

    def _bury(self) -> None:
        gate = locked(self._path / _GATE, exclusive=True, wait=False)
        if gate is not None:
            try:
                self._live.bury()
            finally:
                close(gate)

    def _enter(self) -> int | None:
        """Become a member of the directory that has the name now: the last one out may be removing the one we found."""
        if os.name != "posix":
            raise GroupError("sharing metrics between processes needs POSIX file locks")
        while True:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _require_private(self._path)
            try:
                membership = locked(self._path / _MEMBERS, exclusive=False, wait=True)
            except FileNotFoundError:
                continue
            if is_current(membership, self._path / _MEMBERS):
                return membership
            close(membership)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self._path / name).read_text())
        except FileNotFoundError:
            return None
        return found

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Readers see the whole file or none."""
        temporary = self._path / f".{self._name}.{name}.tmp"
        temporary.write_text(json.dumps(content))
        temporary.replace(self._path / name)


def _require_private(path: Path) -> None:
    """A directory in a place where anybody may write must be ours alone, or others could feed us numbers."""
    found = path.stat(follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise GroupError(f"{path} is not a directory that only this user can write")
