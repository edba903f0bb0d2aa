"""The event log of a local cloud: one line a happening, written by the supervisor for people to read."""

from __future__ import annotations

import threading
import time
from pathlib import Path


class EventLog:
    """Appends events to a file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = path.open("a", buffering=1)

    def say(self, part: str, text: str) -> None:
        """Append one event, now: seconds since 1970, the speaker (alarms, scaling, ecs …) and the text, with tabs."""
        single_line = " ".join(text.split())
        with self._lock:
            self._file.write(f"{time.time():.3f}\t{part}\t{single_line}\n")
