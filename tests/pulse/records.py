"""What a tick found, for tests of what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastscale.decide.pulse.observation import PulseDecision, PulseMove
from fastscale.ports import LoadRound, Record, Target, TaskLoad
from tests.control.fakes import SERVICE, load, view


def seen(*rates: float, serving: int | None = None, **members: float) -> LoadRound:
    """One second of tasks with these rates."""
    tasks = [
        TaskLoad(target=Target(f"10.0.0.{number}", 80), seconds=1.0, arrivals=rate, **members)
        for number, rate in enumerate(rates)
    ]
    total = load(sum(rates), tasks=serving or len(rates))
    return LoadRound(load=total, tasks=tasks, asked=len(rates), answered=len(rates))


def record(found: LoadRound | None, *, move: PulseMove = PulseMove.HOLD, desired: int = 2, **members: Any) -> Record:
    decision = PulseDecision(move=move, desired=None, reason="enough")
    known = {"service": SERVICE, "acting": True, **members}
    return Record(
        at=0,
        view=view(desired=desired),
        round=found,
        forecast=None,
        startup_seconds=30,
        decision=decision,
        seconds=0.02,
        **known,
    )


def by_name(datums: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {datum["MetricName"]: datum for datum in datums}
