"""Keeps a view on the screen: a live dashboard on a terminal, lines in a pipe."""

from __future__ import annotations

from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from fastscale.demo import lines
from fastscale.demo.recorder import Snapshot
from fastscale.demo.settings import DemoSettings
from fastscale.demo.view import Dashboard


class Screen(Protocol):
    """What shows snapshots as they come; used as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, snapshot: Snapshot) -> None:
        """Show the newest snapshot."""


def screen_for(console: Console, settings: DemoSettings, title: str) -> Screen:
    """The screen that suits where the console writes to."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveScreen(console, settings, title)
    return LineScreen(console)


class LiveScreen:
    """The dashboard on the terminal's alternate screen; what was there before comes back at the end."""

    def __init__(self, console: Console, settings: DemoSettings, title: str) -> None:
        self._settings = settings
        self._title = title
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Draw the snapshot."""
        self._live.update(Dashboard(snapshot, self._settings, self._title), refresh=True)


class LineScreen:
    """Lines, each written once, in the order of time as far as it is known."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows = 0
        self._notes = 0

    def __enter__(self) -> Self:
        self._print(lines.HEADER)
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, snapshot: Snapshot) -> None:
        """Write the seconds and happenings that are new."""
        sample = snapshot.samples[-1] if snapshot.samples else None
        for happening in snapshot.happenings[self._notes :]:
            self._print(lines.note(happening, snapshot.surge_at))
        for second in snapshot.seconds[self._rows :]:
            self._print(lines.row(second, sample, snapshot.surge_at or second.second))
        self._rows, self._notes = len(snapshot.seconds), len(snapshot.happenings)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
