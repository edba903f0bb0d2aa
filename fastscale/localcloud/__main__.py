"""``python -m fastscale.localcloud SETTINGS.json``: the supervisor process; see :mod:`fastscale.localcloud.launch`."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread
from typing import IO

from fastscale.errors import FastscaleError, LocalCloudError
from fastscale.localcloud.cloud import Cloud
from fastscale.localcloud.events import EventLog
from fastscale.localcloud.launch import STAY, lock_path
from fastscale.localcloud.processes import Processes
from fastscale.localcloud.settings import CloudSettings


def main() -> int:
    """Run a cloud until SIGTERM, SIGINT, or until the process that holds our standard input is gone."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    settings = CloudSettings.read(Path(sys.argv[1]))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        with _locked(settings.state_dir), Processes() as processes:
            Thread(target=_watch_leash, args=(stop,), daemon=True, name="leash").start()
            log = EventLog(settings.events_path)
            Cloud(settings, processes=processes, log=log).run(stop)
    except FastscaleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _locked(state_dir: Path) -> IO[str]:
    """Hold the lock of the state directory for as long as the returned file is open."""
    file = lock_path(state_dir).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LocalCloudError(f"another local cloud runs in {state_dir}") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _watch_leash(stop: Event) -> None:
    """Standard input ends when our starter is gone; unless it told us to stay, we go too.

    Read without Python's buffer: this thread may still wait when the interpreter ends, which must not need its lock.
    """
    said = b""
    while chunk := os.read(sys.stdin.fileno(), 1024):
        said += chunk
    if STAY not in said:
        stop.set()


if __name__ == "__main__":
    sys.exit(main())
