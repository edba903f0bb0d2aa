"""What the meter knows as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from fastscale.meter.distribution import Distribution
from fastscale.meter.publisher import Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: A scraper names these in its Accept header; browsers and curl do not.
_SCRAPER_TYPES = ("text/plain", "application/openmetrics-text")
_QUANTILES = (0.5, 0.9, 0.99)


def wants_prometheus(accept: str) -> bool:
    """True when a request's Accept header asks for Prometheus text."""
    return any(part.partition(";")[0].strip().lower() in _SCRAPER_TYPES for part in accept.split(","))


def prometheus_text(seen: Snapshot) -> str:
    """Counters since the meter started; rate and quantiles are those of the interval closed last."""
    total, last = seen.total, seen.last
    errors = {"4xx": total.client_errors, "5xx": total.server_errors, "disconnect": total.disconnects}
    lines = [
        *_family("fastscale_requests_total", "counter", "Requests that arrived.", {"": total.arrived}),
        *_family(
            "fastscale_request_failures_total",
            "counter",
            "Requests that failed, by class.",
            {f'{{class="{name}"}}': count for name, count in errors.items()},
        ),
        *_family("fastscale_active_connections", "gauge", "Requests in progress.", {"": max(0, total.active)}),
        *_summary("fastscale_response_seconds", "Response time.", total.responses, last.responses if last else None),
        *_summary("fastscale_queue_seconds", "Wait before the process.", total.queue, last.queue if last else None),
    ]
    if last:
        rate = {"": last.requests_per_second}
        lines += _family("fastscale_requests_per_second", "gauge", "Arrivals per second, last interval.", rate)
    return "\n".join(lines) + "\n"


def _family(name: str, kind: str, text: str, samples: dict[str, float]) -> list[str]:
    header = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    return header + [f"{name}{labels} {value!r}" for labels, value in samples.items()]


def _summary(name: str, text: str, total: Distribution, last: Distribution | None) -> list[str]:
    values = (last.quantiles(*_QUANTILES) if last else None) or []
    samples = {f'{{quantile="{rank}"}}': value for rank, value in zip(_QUANTILES, values, strict=False)}
    return [
        *_family(name, "summary", text, samples),
        f"{name}_sum {total.total_seconds!r}",
        f"{name}_count {total.count!r}",
    ]
