"""Locks on files, which the kernel drops when a process dies: no crash blocks the others."""

from __future__ import annotations

import os
from pathlib import Path


def locked(path: Path, *, exclusive: bool, wait: bool, create: bool = True) -> int | None:
    """An open file that holds the lock on ``path``; None when somebody else has it and ``wait`` is False.

    Raises OSError, FileNotFoundError without ``create`` when there is no such file.
    """
    import fcntl

    file = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(file)
        return None
    return file


def upgrade(file: int | None) -> bool:
    """True when nobody else holds a lock on ``file``, on which we hold a shared one."""
    import fcntl

    if file is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_current(file: int | None, path: Path) -> bool:
    """True when ``file`` is what has the name ``path`` now."""
    try:
        return file is not None and os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def close(file: int | None) -> None:
    """Close ``file``, which drops its lock."""
    if file is not None:
        os.close(file)
