"""Where a reading comes from: nginx's `stub_status`, Prometheus text, or Envoy's statistics in that format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from fastscale.errors import InputError, MissingPartError
from fastscale.meter.sidecar.reading import Reading, SourceError

Source = Callable[[], Reading]

_TIMEOUT_SECONDS = 2.0
_LARGEST_ANSWER_BYTES = 16 * 2**20
_STUB_STATUS = re.compile(
    r"server accepts handled requests\s+\d+\s+\d+\s+(?P<requests>\d+)\s+"
    r"Reading:\s*(?P<reading>\d+)\s+Writing:\s*(?P<writing>\d+)"
)


def nginx(url: str, *, allow_remote: bool = False) -> Source:
    """Reads `stub_status` at ``url`` (https://nginx.org/en/docs/http/ngx_http_stub_status_module.html).

    Each look is itself a request that nginx counts, and is subtracted. nginx tells neither response times nor errors.
    """
    _check(url, allow_remote=allow_remote)
    looks = seen = 0

    def read() -> Reading:
        nonlocal looks, seen
        found = _STUB_STATUS.search(_fetch(url))
        if not found:
            raise SourceError(f"{url} does not answer with nginx's stub_status")
        before, seen = seen, int(found["requests"])
        looks = looks + 1 if seen >= before else 1  # a smaller count: nginx was restarted
        return Reading(requests=seen - looks, active=max(0, int(found["reading"]) + int(found["writing"]) - 1))

    return read


@dataclass(frozen=True)
class PrometheusNames:
    """Which of a service's metrics say what.

    ``requests`` and ``statuses`` are counters, the latter with a label, one of ``status_labels``, that holds a status
    code or class (`404`, `4xx`, `4`); ``active`` is a gauge; ``durations`` a histogram or summary whose values are
    multiplied by ``seconds_per_unit``. Samples count when they have every label of ``match`` and none of ``exclude``.
    """

    requests: str = "http_requests_total"
    statuses: str | None = None
    active: str | None = None
    durations: str | None = "http_request_duration_seconds"
    seconds_per_unit: float = 1.0
    status_labels: tuple[str, ...] = ("status", "code", "status_code", "http_status")
    match: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, str] = field(default_factory=dict)


#: Envoy's statistics of its HTTP connection managers, without those of its own admin interface
#: (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/stats).
ENVOY = PrometheusNames(
    requests="envoy_http_downstream_rq_total",
    statuses="envoy_http_downstream_rq_xx",
    active="envoy_http_downstream_rq_active",
    durations="envoy_http_downstream_rq_time",
    seconds_per_unit=0.001,
    status_labels=("envoy_response_code_class",),
    exclude={"envoy_http_conn_manager_prefix": "admin"},
)


def prometheus(url: str, names: PrometheusNames, *, allow_remote: bool = False) -> Source:
    """Reads Prometheus text at ``url``."""
    _check(url, allow_remote=allow_remote)

    def read() -> Reading:
        try:
            return parse(_fetch(url), names)
        except ValueError as error:
            raise SourceError(f"{url} does not answer with Prometheus text: {error}") from error

    return read


def envoy(url: str, *, match: Mapping[str, str] | None = None, allow_remote: bool = False) -> Source:
    """Reads Envoy's `/stats/prometheus` at ``url``; ``match`` may name one listener's connection manager."""
    return prometheus(url, replace(ENVOY, match=match or {}), allow_remote=allow_remote)


def parse(text: str, names: PrometheusNames) -> Reading:
    """The reading in ``text``. Raises SourceError without ``names.requests`` in it, ValueError when it is malformed."""
    found = _Samples(text, names)
    requests = found.values(names.requests)
    if not requests:
        raise SourceError(f"no counter {names.requests!r} among the service's metrics: name it")
    durations = names.durations or ""
    statuses = names.statuses or names.requests
    return Reading(
        requests=sum(requests),
        active=sum(found.values(names.active)) if names.active else 0,
        client_errors=sum(found.with_status(statuses, "4")),
        server_errors=sum(found.with_status(statuses, "5")),
        responses=sum(found.values(f"{durations}_count")),
        response_seconds=sum(found.values(f"{durations}_sum")) * names.seconds_per_unit,
        buckets=found.buckets(f"{durations}_bucket"),
    )


class _Samples:
    """The samples of a Prometheus text that count, by name."""

    def __init__(self, text: str, names: PrometheusNames) -> None:
        try:
            from prometheus_client.parser import text_string_to_metric_families
        except ModuleNotFoundError as missing:
            raise MissingPartError("reading Prometheus text needs a parser: pip install prometheus-client") from missing

        self._names = names
        self._samples: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if self._counts(sample.labels):
                    self._samples.setdefault(sample.name, []).append((sample.labels, sample.value))

    def _counts(self, labels: Mapping[str, str]) -> bool:
        wanted = all(labels.get(name) == value for name, value in self._names.match.items())
        return wanted and not any(labels.get(name) == value for name, value in self._names.exclude.items())

    def _named(self, name: str) -> list[tuple[dict[str, str], float]]:
        """The parser adds `_total` to counters that lack it, as Envoy's do."""
        return self._samples.get(name) or self._samples.get(f"{name}_total", [])

    def values(self, name: str) -> list[float]:
        return [value for _, value in self._named(name)]

    def with_status(self, name: str, first_digit: str) -> Iterable[float]:
        for labels, value in self._named(name):
            status = next((labels[label] for label in self._names.status_labels if label in labels), "")
            if status.startswith(first_digit):
                yield value

    def buckets(self, name: str) -> dict[float, float]:
        found: dict[float, float] = {}
        for labels, value in self._named(name):
            bound = float(labels["le"]) * self._names.seconds_per_unit
            found[bound] = found.get(bound, 0.0) + value
        return found


def _check(url: str, *, allow_remote: bool) -> None:
    """The counters of a service are nobody else's business: they are read over loopback unless allowed otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url!r} is not an http URL such as http://127.0.0.1:8081/stub_status")
    if not allow_remote and not _is_loopback(parts.hostname):
        raise InputError(f"{url!r} is not on this machine: use a loopback address, or allow remote ones")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fetch(url: str) -> str:
    request = Request(url, headers={"Accept": "text/plain;version=0.0.4, */*"})  # noqa: S310 - checked by _check
    try:
        with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked by _check
            body: bytes = answer.read(_LARGEST_ANSWER_BYTES)
    except OSError as error:
        raise SourceError(f"cannot read {url}: {error}") from error
    return body.decode("utf-8", "replace")
