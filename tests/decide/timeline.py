"""A small language for alarm timelines: ``X`` breaches, ``0`` does not, ``-`` is missing; the newest on the right."""

from __future__ import annotations

from fastscale.decide.alarm import AlarmMemory, AlarmProposal, evaluate
from fastscale.decide.observation import AlarmState
from fastscale.plan import Alarm, Metric

THRESHOLD = 100.0
METRIC = Metric(namespace="Shop", name="RequestsPerSecond")
VALUES: dict[str, float | None] = {"X": 150.0, "0": 50.0, "-": None}


def datapoints(pattern: str) -> list[float | None]:
    """``"0 - X"`` as datapoints, oldest first."""
    return [VALUES[mark] for mark in pattern.split()]


def alarm(m: int | None = None, n: int = 1, **settings: object) -> Alarm:
    """An alarm of M of N periods on a metric above 100."""
    fields: dict[str, object] = {"name": "HighLoad", "metric": METRIC, "threshold": THRESHOLD, **settings}
    return Alarm.model_validate({**fields, "evaluation_periods": n, "datapoints_to_alarm": m})


def verdict(watch: Alarm, pattern: str, state: AlarmState = AlarmState.OK, now: float = 0.0) -> AlarmProposal:
    """The outcome of one evaluation of ``pattern`` in ``state``."""
    return evaluate(watch, datapoints(pattern), AlarmMemory(state), now)[0]
