from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from fastscale.demo.happenings import Happening, changes
from fastscale.demo.recorder import Snapshot
from fastscale.demo.records import PulseNote
from fastscale.demo.screen import LineScreen, LiveScreen, screen_for
from fastscale.demo.settings import DemoSettings
from fastscale.demo.view import Dashboard, sparkline
from tests.demo.recordings import Answer, record

RECORDING = record(Answer())


def snapshot(since_surge: float) -> Snapshot:
    at = RECORDING.surge_at + since_surge
    samples = tuple(sample for sample in RECORDING.samples if sample.at <= at)
    happenings = [
        happening
        for number, sample in enumerate(samples)
        for happening in changes(samples[number - 1] if number else None, sample)
    ]
    return Snapshot(
        at=at,
        start=RECORDING.start,
        surge_at=RECORDING.surge_at,
        seconds=tuple(line for line in RECORDING.seconds if line.second + 1 <= at),
        samples=samples,
        happenings=tuple(happenings),
    )


def drawn(seen: Snapshot, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(Dashboard(seen, DemoSettings(), "fastscale · default"), end="")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().split("\n")


def line_with(lines: list[str], label: str) -> str:
    return next(line for line in lines if line.startswith(f"│ {label}"))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40), (60, 20)])
@pytest.mark.parametrize("since_surge", [-20.5, -5, 36, 90])
def test_the_dashboard_fills_the_terminal_and_no_more(width: int, height: int, since_surge: float) -> None:
    lines = drawn(snapshot(since_surge), width, height)

    assert len(lines) == height
    assert {len(line) for line in lines} == {width}


def test_the_dashboard_shows_the_service_as_it_is() -> None:
    lines = drawn(snapshot(36), 100, 30)

    assert "600/s" in line_with(lines, "offered")
    assert "200/s" in line_with(lines, "served")
    assert "400/s" in line_with(lines, "failed")
    assert "desired 8   running 8   healthy 2   capacity 200/s" in line_with(lines, "tasks")
    assert any("●●◐◐◐◐◐◐" in line for line in lines)
    assert "desired count to 8" in line_with(lines, "scaling")
    assert any("36 s since the surge" in line for line in lines)
    assert any("TargetTracking-AlarmHigh" in line for line in lines)


@pytest.mark.parametrize(
    ("tasks", "note", "shown"),
    [
        (0, None, "does not run: the alarms act alone"),
        (1, None, "runs, no decision yet"),
        (1, PulseNote(at=0, move="surge", desired=7, reason="load 600/s"), "surge: load 600/s"),
    ],
)
def test_the_dashboard_shows_pulse_where_there_is_one(tasks: int, note: PulseNote | None, shown: str) -> None:
    seen = snapshot(36)
    last = seen.samples[-1].model_copy(update={"pulse_tasks": tasks, "pulse": note})
    lines = drawn(replace(seen, samples=(*seen.samples[:-1], last)), 100, 30)

    assert shown in line_with(lines, "pulse")
    assert not any(line.startswith("│ pulse") for line in drawn(seen, 100, 30)), "where there is none, nothing is said"


def test_before_anything_is_known_the_dashboard_makes_nothing_up() -> None:
    lines = drawn(Snapshot(0, None, None, (), (), ()), 80, 24)

    assert "desired -   running -   healthy -" in line_with(lines, "tasks")
    assert "no activity yet" in line_with(lines, "scaling")
    assert any("the load starts" in line for line in lines)


def test_the_log_keeps_the_newest_in_sight() -> None:
    seen = snapshot(36)
    many = tuple(Happening(seen.at, f"happening {number}") for number in range(200))
    lines = drawn(Snapshot(seen.at, seen.start, seen.surge_at, seen.seconds, seen.samples, many), 80, 24)

    assert any("happening 199" in line for line in lines)
    assert not any("happening 1 " in line for line in lines)


def test_a_sparkline_shows_the_newest_values() -> None:
    assert sparkline([0, 50, 100], 10, top=100) == "▁▅█"
    assert sparkline(range(100), 2, top=99) == "██"
    assert sparkline([0, 0], 5, top=0) == "▁▁"


def test_a_terminal_gets_the_dashboard_and_a_pipe_gets_lines() -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm"})
    pipe = Console(file=io.StringIO())

    assert isinstance(screen_for(terminal, DemoSettings(), ""), LiveScreen)
    assert isinstance(screen_for(pipe, DemoSettings(), ""), LineScreen)


def test_lines_are_written_once_each_in_steady_columns() -> None:
    console = Console(file=io.StringIO(), width=80)
    with LineScreen(console) as screen:
        for since in (8.0, 9.0, 9.0, 11.0):
            screen.show(snapshot(since))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    rows = [line for line in lines[1:] if " * " not in line]

    assert lines[0].split()[:3] == ["since", "surge", "offered"]
    assert [row.split()[0] for row in rows] == [f"{second:+d}.0" for second in range(-19, 12)]
    assert all(row[:11].endswith(" s") and row[11:20].strip().isdigit() for row in rows)
    assert any(line.split(" * ")[1] == "desired count 2 → 8" for line in lines if " * " in line)
    assert rows[-1].endswith("CustomRPS, CustomRPS-Large, LowRPS")


def test_what_grows_moves_nothing_beside_it() -> None:
    few, many = snapshot(36), snapshot(36)
    sample = many.samples[-1].model_copy(update={"desired": 120, "running": 37, "healthy": 10})
    latency = many.seconds[-1].latency_ms.model_copy(update={"p50": 10_694.0, "p95": 12_781.0})
    second = many.seconds[-1].model_copy(update={"latency_ms": latency})
    many = replace(many, samples=(*many.samples[:-1], sample), seconds=(*many.seconds[:-1], second))
    before, after = drawn(few, 80, 24), drawn(many, 80, 24)

    for word in ("running", "healthy", "capacity"):
        assert line_with(before, "tasks").index(word) == line_with(after, "tasks").index(word)
    assert "p50 10,694  p95 12,781 ms ▁" in line_with(after, "latency")
