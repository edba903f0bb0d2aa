"""Pulse's own metrics as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock

from fastscale.ports import Change, Record

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


class OwnMetrics:
    """Counts since the start, and the last state of each service. Safe to use from several threads.

    ``facts`` are values that somebody else knows, by name, asked for when somebody reads.
    """

    def __init__(self, facts: Mapping[str, Callable[[], float]]) -> None:
        self._facts = facts
        self._counts: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._last: dict[str, Record] = {}
        self._lock = Lock()

    def add(self, record: Record) -> None:
        """One service at one tick."""
        service = ("service", record.service)
        with self._lock:
            self._last[record.service] = record
            self._counts["decisions_total", (service, ("move", record.decision.move.value))] += 1
            for failure, times in (record.round.failures if record.round is not None else {}).items():
                self._counts["scrape_failures_total", (service, ("kind", failure))] += times

    def changed(self, record: Record, change: Change) -> None:
        """What became of a decision."""
        outcome = "set" if change.desired is not None else "not_set"
        with self._lock:
            self._counts["changes_total", (("service", record.service), ("outcome", outcome))] += 1

    def ticked(self, seconds: float) -> None:
        """A tick over all services took so long."""
        with self._lock:
            self._counts["tick_seconds_count", ()] += 1
            self._counts["tick_seconds_sum", ()] += seconds

    def text(self) -> str:
        """Everything, one sample a line."""
        with self._lock:
            counts = list(self._counts.items())
            last = list(self._last.items())
        lines = [
            "# HELP pulse_tick_seconds Time of one look at all services.",
            "# TYPE pulse_tick_seconds summary",
            *_samples((name, labels, value) for (name, labels), value in counts if name.startswith("tick_")),
        ]
        for name in ("decisions_total", "changes_total", "scrape_failures_total"):
            lines.append(f"# TYPE pulse_{name} counter")
            lines += _samples((name, labels, value) for (found, labels), value in counts if found == name)
        for name, value_of in _GAUGES.items():
            lines.append(f"# TYPE pulse_{name} gauge")
            lines += _samples(_gauge(name, value_of, last))
        for name, fact in self._facts.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# TYPE pulse_{name} {kind}", *_samples([(name, (), fact())])]
        return "\n".join(lines) + "\n"


def _rate(record: Record) -> float | None:
    return record.round.load.rate if record.round is not None and record.round.load is not None else None


def _relative_error(record: Record) -> float | None:
    return record.round.load.relative_error if record.round is not None and record.round.load is not None else None


def _sampled(record: Record) -> float | None:
    if record.round is None or record.view is None or not record.view.targets:
        return None
    return record.round.answered / len(record.view.targets)


_GAUGES: dict[str, Callable[[Record], float | None]] = {
    "desired_tasks": lambda record: record.view.reading.desired if record.view else None,
    "serving_tasks": lambda record: record.view.reading.serving if record.view else None,
    "starting_tasks": lambda record: len(record.view.reading.starting) if record.view else None,
    "requests_per_second": _rate,
    "relative_error": _relative_error,
    "sampled_share": _sampled,
    "decision_latency_seconds": lambda record: record.seconds,
    "startup_seconds": lambda record: record.startup_seconds,
    "forecast_tasks": lambda record: record.forecast.floor if record.forecast else None,
}


def _gauge(
    name: str, value_of: Callable[[Record], float | None], last: Iterable[tuple[str, Record]]
) -> Iterator[tuple[str, Labels, float]]:
    for service, record in last:
        value = value_of(record)
        if value is not None:
            yield name, (("service", service),), value


def _samples(samples: Iterable[tuple[str, Labels, float]]) -> list[str]:
    return [f"pulse_{name}{_label_text(labels)} {value!r}" for name, labels, value in samples]


def _label_text(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""
