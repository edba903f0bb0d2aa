"""How Pulse, the controller that looks once a second, watches and scales a service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pydantic import Field, field_validator, model_validator

from fastscale import names
from fastscale.plan.fargate import require_size
from fastscale.plan.model import Model

_QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)"""
_SELECTOR = re.compile(r"""\s*([^{}"'`]*?)\s*(?:\{(.*)\}\s*)?""", re.DOTALL)
_NAME_IN_BRACES = re.compile(rf"\s*({_QUOTED})\s*(?:,|$)")
_MATCHER = re.compile(rf"\s*([a-zA-Z_][a-zA-Z0-9_]*|{_QUOTED})\s*(=~|!~|!=|=)\s*({_QUOTED})\s*(?:,\s*|$)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"} | {sign: sign for sign in "\\\"'"}


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """What a label must be, or with ``!`` must not be: a value, or with ``~`` a regular expression for all of it."""

    label: str
    operator: str
    value: str

    def accepts(self, value: str) -> bool:
        """Whether ``value`` is as it must be; a label that is not there has the value ''."""
        if self.operator.endswith("~"):
            same = _compiled(self.value).fullmatch(value) is not None
        else:
            same = self.value == value
        return same is not self.excludes

    @property
    def excludes(self) -> bool:
        """Whether it only leaves samples out."""
        return self.operator.startswith("!")


@dataclass(frozen=True, slots=True)
class MetricSelector:
    """The samples of one ``metric`` that all ``matchers`` accept."""

    metric: str
    matchers: tuple[LabelMatcher, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """What ``text`` means in Prometheus's selector syntax. Raises ValueError in one line that tells the fix."""
        found = _SELECTOR.fullmatch(text)
        if found is None:
            raise ValueError("""is no metric, such as http_requests_total or http_requests_total{path!="/metrics"}""")
        metric, inside, at = found[1], found[2] or "", 0
        if not metric and (name := _NAME_IN_BRACES.match(inside)):
            metric, at = _unquoted(name[1]), name.end()
        if not metric:
            raise ValueError("""begins with no metric's name: write it before the braces""")
        matchers = []
        inside = inside.rstrip()
        while at < len(inside):
            one = _MATCHER.match(inside, at)
            if one is None:
                raise ValueError(f"""has no label at {inside[at:].strip()!r}: write such as path!="/metrics" there""")
            matchers.append(_matcher(_unquoted(one[1]), one[2], _unquoted(one[3])))
            at = one.end()
        return cls(metric, tuple(matchers))


def _matcher(label: str, operator: str, value: str) -> LabelMatcher:
    if label == "__name__":
        raise ValueError("has the label __name__: write the name before the braces")
    if operator.endswith("~"):
        if "[:" in value:
            raise ValueError(f"has {value!r} for {label}: write [a-z] and the like for [:alpha:] and the like")
        try:
            _compiled(value)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"has {value!r} for {label}, which is no regular expression: {error}") from None
    return LabelMatcher(label, operator, value)


def _compiled(expression: str) -> re.Pattern[str]:
    """As Prometheus reads it: a dot is any sign, and ``\\d`` and the like know ASCII only."""
    return re.compile(expression, re.DOTALL | re.ASCII)


def _unquoted(text: str) -> str:
    """``text`` without its quotes and escapes; what has no quotes as it is, and what has backticks has no escapes."""
    if text[0] not in "\"'":
        return text.strip("`")
    unknown = re.search(r"\\([^ntr\\\"'])", text.replace("\\\\", ""))
    if unknown is not None:
        raise ValueError(f"has an unknown escape {unknown[0]}: write \\{unknown[0]}, or ` in place of quotes")
    return re.sub(r"\\(.)", lambda escape: _ESCAPES[escape[1]], text[1:-1])


class PulseScrape(Model):
    """Where a task's Prometheus text is and what its load is called there.

    ``port`` is the target's own unless given. ``requests_metric`` is a counter of arrivals, ``active_metric`` a gauge
    of requests in progress (empty: the application has none); the defaults are those of fastscale's meter. Both may
    choose by labels, as Prometheus does: ``http_requests_total{path!="/metrics",code=~"2.."}``. At most ``most_tasks``
    tasks are read in a round, the others are estimated from them. Times are in seconds.
    """

    path: str = Field(default="/metrics", pattern=r"^/")
    port: int | None = Field(default=None, ge=1, le=65535)
    requests_metric: str = Field(default="fastscale_requests_total", min_length=1)
    active_metric: str = "fastscale_active_connections"
    timeout_seconds: float = Field(default=0.5, gt=0)
    most_tasks: int = Field(default=400, ge=1)

    @field_validator("requests_metric", "active_metric")
    @classmethod
    def _can_be_looked_for(cls, value: str) -> str:
        if value:
            MetricSelector.parse(value)
        return value


class PulsePolicy(Model):
    """The controller's part of a plan.

    ``false_alarms_per_day`` is how often noise alone may look like a surge. Of the load that is expected when new tasks
    will be ready, each task is to carry ``requests_per_task`` of the plan divided by ``headroom``, or by more, up to
    ``most_headroom``, when the load was seen to outgrow the tasks before new ones were ready: a request that fails or
    is late costs ``miss_costs`` times what the idle capacity for it does. Tasks leave when the last ``stable_seconds``
    did not need them. ``learn`` raises the floor ahead of peaks that recur. With ``dry_run`` it only reports what it
    would do. Two ``replicas`` share a lease, one of them acts. It runs as the ECS service
    ``cluster_service``; when it stops, ``heartbeat_alarm`` goes off.
    """

    enabled: bool = False
    dry_run: bool = False
    interval_seconds: float = Field(default=1.0, ge=0.2, le=10)
    false_alarms_per_day: float = Field(default=0.1, gt=0)
    headroom: float = Field(default=1.2, ge=1)
    most_headroom: float = Field(default=6.0, ge=1)
    miss_costs: float = Field(default=50.0, gt=1)
    stable_seconds: int = Field(default=200, ge=10)
    learn: bool = True
    replicas: int = Field(default=1, ge=1, le=2)
    scrape: PulseScrape = PulseScrape()
    cluster_service: str = names.PULSE_SERVICE
    heartbeat_alarm: str = names.ALARM_PULSE_HEARTBEAT
    cpu: int = 256
    memory: int = 512

    @property
    def log_group(self) -> str:
        """Where its tasks write."""
        return f"/ecs/{self.cluster_service}"

    @model_validator(mode="after")
    def _valid_on_fargate(self) -> Self:
        require_size(self.cpu, self.memory)
        return self

    @model_validator(mode="after")
    def _a_read_ends_before_the_next(self) -> Self:
        if self.scrape.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.scrape.timeout_seconds:g} must be below interval_seconds "
                f"{self.interval_seconds:g}"
            )
        return self
