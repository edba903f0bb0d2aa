"""Progress of what takes longer than a moment: a spinner on a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Update = Callable[[str], None]


@contextmanager
def step(console: Console, title: str) -> Iterator[Update]:
    """Show that ``title`` is under way, then how long it took; yields a function that says what it is at."""
    started = time.monotonic()
    with console.status(f"{title} …") as status:
        yield lambda detail: status.update(f"{title} … [dim]{detail}[/dim]")
    console.print(f"[green]✓[/green] {title} [dim]{time.monotonic() - started:.1f} s[/dim]", highlight=False)


@contextmanager
def bar(console: Console, title: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar over ``total`` pieces of work; yields a function to call after each."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.advance(task)
