"""The live view: a snapshot as something Rich can draw, in whatever room the terminal has. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from fastscale.demo.happenings import Happening, Tone
from fastscale.demo.recorder import Snapshot
from fastscale.demo.records import Sample
from fastscale.demo.settings import DemoSettings
from fastscale.demo.words import clock, offset, ordered_alarms, short_alarm
from fastscale.load.records import Second

BARS = "▁▂▃▄▅▆▇█"
ALARM_STYLES = {"ALARM": "bold white on red", "OK": "green", "INSUFFICIENT_DATA": "yellow"}
TONE_STYLES = {Tone.PLAIN: "default", Tone.GOOD: "green", Tone.BAD: "red"}
#: Columns of the numbers before the bars (two latencies of five digits and a space), and of what stands around both.
NUMBERS_WIDTH, FRAME_WIDTH = 26, 13
#: Columns of a count, so that what follows it stays where it is.
COUNT_WIDTH = 3
#: The log is never smaller than this, frame included.
LOG_LINES_MIN = 4


class Dashboard:
    """A snapshot drawn to fill the terminal: numbers above, and the log in the lines that are left."""

    def __init__(self, snapshot: Snapshot, settings: DemoSettings, title: str) -> None:
        self._seen = snapshot
        self._settings = settings
        self._title = title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw; the numbers take what they need, which depends on how the alarms wrap."""
        free = options.update(height=None)
        lines = console.render_lines(self._numbers(options.max_width), free)
        lines = lines[: max(0, console.height - LOG_LINES_MIN)]
        lines += console.render_lines(self._log(console.height - len(lines)), free)
        for number, line in enumerate(lines):
            yield from line
            if number < len(lines) - 1:
                yield Segment.line()

    def _numbers(self, width: int) -> Panel:
        seen = self._seen
        second = seen.seconds[-1] if seen.seconds else None
        sample = seen.samples[-1] if seen.samples else Sample(at=seen.at)
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(style="dim", width=8)
        grid.add_column(ratio=1)
        _add_traffic(grid, seen.seconds, second, self._settings, bars=max(8, width - NUMBERS_WIDTH - FRAME_WIDTH))
        grid.add_row("tasks", _tasks(sample, self._settings))
        grid.add_row("", _dots(sample))
        grid.add_row("alarms", _alarms(sample))
        grid.add_row("scaling", _activity(sample))
        if sample.pulse_tasks is not None:
            grid.add_row("pulse", _pulse(sample))
        return Panel(grid, title=self._title, title_align="left", subtitle=_since(seen), subtitle_align="right")

    def _log(self, height: int) -> Panel:
        newest = self._seen.happenings[-(height - 2) :] if height > 2 else ()
        body = Text("\n").join(_entry(happening, self._seen.surge_at) for happening in newest)
        body.no_wrap, body.overflow = True, "ellipsis"
        return Panel(body, title="log", title_align="left", height=height)


def sparkline(values: Sequence[float], width: int, *, top: float) -> str:
    """The newest ``width`` values as bars; ``top`` is the value of a full bar."""
    newest = values[-width:]
    if top <= 0:
        return BARS[0] * len(newest)
    return "".join(BARS[min(len(BARS) - 1, int(value / top * (len(BARS) - 1) + 0.5))] for value in newest)


def _add_traffic(
    grid: Table, seconds: Sequence[Second], now: Second | None, settings: DemoSettings, *, bars: int
) -> None:
    top = max([settings.surge_rate, *(line.offered for line in seconds)])
    failures = [line.failures for line in seconds]
    p95 = [line.latency_ms.p95 or 0.0 for line in seconds]
    rows = (
        ("offered", [line.offered for line in seconds], top, "cyan", f"{now.offered:,}/s" if now else "-"),
        ("served", [line.ok for line in seconds], top, "green", f"{now.ok:,}/s" if now else "-"),
        (
            "failed",
            failures,
            top,
            "red" if now and now.failures else "dim",
            f"{failures[-1]:,}/s" if now else "-",
        ),
        ("latency", p95, max([settings.slo_ms, *p95]), _latency_style(now, settings), _latency(now)),
    )
    for label, values, full, style, text in rows:
        cell = Text(f"{text:<{NUMBERS_WIDTH}}", no_wrap=True, overflow="crop")
        cell.append(sparkline(values, bars, top=full), style=style)
        grid.add_row(label, cell)


def _latency(now: Second | None) -> str:
    if now is None or now.latency_ms.p95 is None:
        return "p95 -"
    return f"p50 {now.latency_ms.p50 or 0:,.0f}  p95 {now.latency_ms.p95:,.0f} ms"


def _latency_style(now: Second | None, settings: DemoSettings) -> str:
    slow = now is not None and now.latency_ms.p95 is not None and now.latency_ms.p95 > settings.slo_ms
    return "red" if slow else "magenta"


def _tasks(sample: Sample, settings: DemoSettings) -> Text:
    text = Text()
    for label, count, style in (
        ("desired", sample.desired, "bold"),
        ("running", sample.running, "bold yellow"),
        ("healthy", sample.healthy, "bold green"),
    ):
        text.append(f"{label} ").append(f"{_known(count):<{COUNT_WIDTH}}", style=style).append(" ")
    if sample.healthy is not None:
        text.append(f"capacity {sample.healthy * settings.task_capacity:,.0f}/s")
    return text


def _dots(sample: Sample) -> Text:
    """One sign a task: healthy, running but not healthy yet, wanted but not running yet."""
    healthy, running, desired = sample.healthy or 0, sample.running or 0, sample.desired or 0
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("●" * healthy, style="green")
    text.append("◐" * max(0, running - healthy), style="yellow")
    return text.append("○" * max(0, desired - max(running, healthy)), style="dim")


def _alarms(sample: Sample) -> Text:
    """Each alarm in the colour of its state. Short names have no spaces, so lines break between alarms."""
    if not sample.alarms:
        return Text("-")
    names = [
        Text(
            short_alarm(name),
            style=ALARM_STYLES.get(sample.alarms[name], "dim"),
        )
        for name in ordered_alarms(sample.alarms)
    ]
    return Text("  ").join(names)


def _activity(sample: Sample) -> Text:
    if sample.activity is None:
        return Text("no activity yet", style="dim")
    text = f"{clock(sample.activity.at)} {sample.activity.description} {sample.activity.status}"
    return Text(text, no_wrap=True, overflow="ellipsis")


def _pulse(sample: Sample) -> Text:
    """Its newest decision; one that does not run decides nothing."""
    if not sample.pulse_tasks:
        return Text("does not run: the alarms act alone", style="red")
    note = sample.pulse
    if note is None:
        return Text("runs, no decision yet", style="dim")
    return Text(f"{clock(note.at)} {note.move}: {note.reason}", no_wrap=True, overflow="ellipsis")


def _since(seen: Snapshot) -> str:
    if seen.since_surge is None:
        return "the load starts"
    if seen.since_surge < 0:
        return f"surge in {-seen.since_surge:.0f} s"
    return f"[bold]{seen.since_surge:.0f} s[/] since the surge"


def _entry(happening: Happening, surge_at: float | None) -> Text:
    when = clock(happening.at) if surge_at is None else offset(happening.at - surge_at)
    return Text(f"{when:>8}  ", style="dim").append(happening.text, style=TONE_STYLES[happening.tone])


def _known(count: int | None) -> str:
    return "-" if count is None else str(count)
