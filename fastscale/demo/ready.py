"""Waiting until a service has the healthy tasks, and Pulse, that it is to begin with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console

from fastscale.demo.records import Evidence, Sample
from fastscale.errors import LocalCloudError

#: How often targets are looked at while waiting for the first ones.
LOOK_SECONDS = 0.5
#: How long (seconds) Pulse may take to run when the service's own tasks are healthy.
PULSE_SECONDS = 20.0
#: How far back (seconds) the service's events are asked for its reason.
REASON_SECONDS = 3600.0


class Watch(Protocol):
    """How a service is looked at."""

    def sample(self, now: float) -> Sample:
        """The service at an epoch second."""

    def evidence(self, since: float) -> Evidence:
        """What is on record since an epoch second."""


def wait_until_ready(watch: Watch, console: Console, *, min_tasks: int, ready_seconds: float) -> None:
    """Return when ``min_tasks`` targets are healthy, and Pulse runs if there is one or has had its time.

    Raises LocalCloudError, with the newest of the service's events, when that takes longer than ``ready_seconds``.
    """
    began = time.monotonic()
    with console.status("Waiting for healthy tasks …") as status:
        while True:
            sample = watch.sample(time.time())
            if (sample.healthy or 0) >= min_tasks:
                break
            state = f"{sample.running or 0} running, {sample.healthy or 0} of {min_tasks} healthy"
            if time.monotonic() - began > ready_seconds:
                raise LocalCloudError(
                    f"the service is not ready after {ready_seconds:g} s ({state}): {_last_event(watch)}"
                )
            status.update(f"Waiting for healthy tasks … [dim]{state}[/]")
            time.sleep(LOOK_SECONDS)
    waited = time.monotonic() - began
    console.print(f"[green]✓[/] {sample.healthy} tasks are healthy [dim]{waited:.1f} s[/]", highlight=False)
    if sample.pulse_tasks is not None:
        _wait_for_pulse(watch.sample, console)


def _last_event(watch: Watch) -> str:
    events = watch.evidence(time.time() - REASON_SECONDS).service_events
    return f"its last event is {events[-1].message!r}" if events else "it has no events"


def _wait_for_pulse(look: Callable[[float], Sample], console: Console) -> None:
    """Return when Pulse runs, or has had :data:`PULSE_SECONDS` to: without it the alarms act alone."""
    deadline = time.monotonic() + PULSE_SECONDS
    with console.status("Waiting for Pulse …"):
        while not (runs := look(time.time()).pulse_tasks) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
    line = "[green]✓[/] Pulse runs" if runs else "[red]✗[/] Pulse does not run: the alarms act alone"
    console.print(line, highlight=False)
