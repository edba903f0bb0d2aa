"""The guardian: a small process that outlives the supervisor just long enough to end what the supervisor started.

It reads lines from its standard input, a pipe whose other end only the supervisor holds: ``+PID`` says that the
process group PID was started, ``-PID`` that it is gone. When the pipe closes, for whatever reason (a clean end, a
crash, SIGKILL), every group that is still listed gets SIGTERM and, :data:`GRACE_SECONDS` later, SIGKILL.

Standard library only, and started by its path with ``python -I -S``: it must be up in milliseconds and depend on
nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import BinaryIO

#: Between SIGTERM and SIGKILL once the supervisor is gone. Short: nobody is left who could wait for a clean end.
GRACE_SECONDS = 0.5
#: How long the guardian waits for killed groups to vanish before it ends. Zombies that nobody reaps never vanish.
LAST_WAIT_SECONDS = 1.0


def read_groups(pipe: BinaryIO) -> set[int]:
    """Read the pipe to its end and return the process groups that are still running."""
    groups: set[int] = set()
    for line in pipe:
        sign, number = line[:1], line[1:].strip()
        if not number.isdigit():
            continue  # a line cut short by the end of its writer
        if sign == b"+":
            groups.add(int(number))
        elif sign == b"-":
            groups.discard(int(number))
    return groups


def signal_group(group: int, signal_number: int) -> bool:
    """Send a signal to a process group; False when there is nobody left to get it.

    macOS answers EPERM, Linux success, for a group that consists of zombies.
    """
    try:
        os.killpg(group, signal_number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_groups(groups: set[int]) -> None:
    """SIGTERM, wait a little, SIGKILL."""
    remaining = {group for group in groups if signal_group(group, signal.SIGTERM)}
    remaining = wait_for_end(remaining, GRACE_SECONDS)
    remaining = {group for group in remaining if signal_group(group, signal.SIGKILL)}
    wait_for_end(remaining, LAST_WAIT_SECONDS)


def wait_for_end(groups: set[int], seconds: float) -> set[int]:
    """Wait until all groups are gone, at most ``seconds``; returns those that are not."""
    deadline = time.monotonic() + seconds
    while groups and time.monotonic() < deadline:
        time.sleep(0.02)
        groups = {group for group in groups if signal_group(group, 0)}
    return groups


def main() -> None:
    """Guard until the pipe closes. Signals meant for the supervisor must not end its guardian first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    end_groups(read_groups(sys.stdin.buffer))


if __name__ == "__main__":
    main()
