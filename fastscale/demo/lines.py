"""The view for a pipe or a log file: one line a second in steady columns, and what happened between them. Pure."""

from __future__ import annotations

from fastscale.demo.happenings import Happening
from fastscale.demo.records import Sample
from fastscale.demo.words import offset, ordered_alarms, short_alarm
from fastscale.load.records import Second

HEADER = (
    f"{'since surge':>11} {'offered':>8} {'served':>7} {'failed':>7} {'in flight':>9} {'p50 ms':>7} {'p95 ms':>7} "
    f"{'desired':>8} {'running':>8} {'healthy':>8}  alarms"
)


def row(second: Second, sample: Sample | None, surge_at: float) -> str:
    """A second of load, told at its end, beside the service as it was last seen."""
    counts = (sample.desired, sample.running, sample.healthy) if sample else (None, None, None)
    return (
        f"{offset(second.second + 1 - surge_at):>11} {second.offered:>8} {second.ok:>7} {second.failures:>7} "
        f"{second.in_flight:>9} {_number(second.latency_ms.p50):>7} {_number(second.latency_ms.p95):>7} "
        f"{_number(counts[0]):>8} {_number(counts[1]):>8} {_number(counts[2]):>8}  {_in_alarm(sample)}"
    )


def note(happening: Happening, surge_at: float | None) -> str:
    """Something that happened, in the time column of the rows."""
    when = "" if surge_at is None else offset(happening.at - surge_at)
    return f"{when:>11} * {happening.text}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _in_alarm(sample: Sample | None) -> str:
    states = (sample.alarms if sample else None) or {}
    return ", ".join(short_alarm(name) for name in ordered_alarms(states) if states[name] == "ALARM") or "-"
