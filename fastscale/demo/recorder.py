"""Collects what is seen from two sides at once: samples of the AWS API every second, and the generator's lines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastscale.demo.happenings import Happening, Tone, changes, troubles
from fastscale.demo.records import SAMPLE_SECONDS, Evidence, Recording, Sample
from fastscale.load.records import Second, Settled, Start, Summary
from fastscale.localcloud.cycle import run_cycles


@dataclass(frozen=True)
class Snapshot:
    """Everything seen so far, as one value; ``surge_at`` is None until the load has started.

    Happenings are in the order in which they were noticed, so that new ones are always at the end.
    """

    at: float
    start: Start | None
    surge_at: float | None
    seconds: tuple[Second, ...]
    samples: tuple[Sample, ...]
    happenings: tuple[Happening, ...]

    @property
    def since_surge(self) -> float | None:
        """Seconds since the surge began, negative before it."""
        return None if self.surge_at is None else self.at - self.surge_at


class Recorder:
    """``look`` takes a sample at an epoch second; it is called on a thread of the recorder's, once a second."""

    def __init__(self, look: Callable[[float], Sample], *, calm_seconds: float) -> None:
        self._look = look
        self._calm_seconds = calm_seconds
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="samples", daemon=True)
        self._start: Start | None = None
        self._summary: Summary | None = None
        self._seconds: list[Second] = []
        self._settled: list[Settled] = []
        self._samples: list[Sample] = []
        self._happenings: list[Happening] = []

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def hear(self, record: Start | Second | Settled | Summary) -> None:
        """Take a record of the load generator; safe to call from any thread."""
        with self._lock:
            match record:
                case Start():
                    self._start = record
                case Summary():
                    self._summary = record
                case Settled():
                    self._settled.append(record)
                case Second():
                    self._happenings += troubles(self._seconds[-1] if self._seconds else None, record)
                    self._seconds.append(record)

    def snapshot(self) -> Snapshot:
        """What was seen until now."""
        with self._lock:
            return Snapshot(
                at=time.time(),
                start=self._start,
                surge_at=self._surge_at(),
                seconds=tuple(self._seconds),
                samples=tuple(self._samples),
                happenings=tuple(self._happenings),
            )

    def recording(self, evidence: Evidence) -> Recording | None:
        """The whole of it; None when the load never started."""
        with self._lock:
            surge_at = self._surge_at()
            if self._start is None or surge_at is None:
                return None
            return Recording(
                start=self._start,
                surge_at=surge_at,
                seconds=tuple(self._seconds),
                settled=tuple(self._settled),
                samples=tuple(self._samples),
                evidence=evidence,
                summary=self._summary,
            )

    def _surge_at(self) -> float | None:
        return None if self._start is None else self._start.start + self._calm_seconds

    def _run(self) -> None:
        run_cycles(self._sample, self._stop, name="samples", period_seconds=SAMPLE_SECONDS, say=self._note)

    def _sample(self, now: float) -> None:
        sample = self._look(now)
        with self._lock:
            surge_at, before = self._surge_at(), self._samples[-1] if self._samples else None
            if surge_at is not None and before is not None and before.at < surge_at <= now:
                self._happenings.append(Happening(surge_at, "the surge begins", Tone.BAD))
            self._happenings += changes(before, sample)
            self._samples.append(sample)

    def _note(self, text: str) -> None:
        with self._lock:
            self._happenings.append(Happening(time.time(), text, Tone.BAD))
