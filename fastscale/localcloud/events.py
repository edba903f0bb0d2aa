"""The event log of a local cloud: one line a happening, written by the supervisor, followed by whoever watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Event:
    """What happened when: ``timestamp`` in seconds since 1970, ``part`` is the speaker (alarms, scaling, ecs …)."""

    timestamp: float
    part: str
    text: str

    def line(self) -> str:
        """The event as a person reads it, in local time."""
        clock = datetime.fromtimestamp(self.timestamp).strftime("%H:%M:%S")
        return f"{clock}  {self.part:<8} {self.text}"


class EventLog:
    """Appends events to a file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = path.open("a", buffering=1)

    def say(self, part: str, text: str) -> None:
        """Append one event, now."""
        single_line = " ".join(text.split())
        with self._lock:
            self._file.write(f"{time.time():.3f}\t{part}\t{single_line}\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class EventReader:
    """Reads the events that were added since it last looked. A missing file simply has none yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new_events(self) -> Iterator[Event]:
        """The complete lines added since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # still being written: read again next time
                self._offset += len(line)
                yield _event(line.decode())


def _event(line: str) -> Event:
    timestamp, part, text = line.rstrip("\n").split("\t", 2)
    return Event(float(timestamp), part, text)
